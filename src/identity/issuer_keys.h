// The public keys of one external issuer: fetched from where the operator's configuration says and
// never from an address that a token names (`jku`, `x5u` and the like are not even read).
//
// Keys are kept for an hour; a `kid` that is unknown makes one new fetch, at most once a minute; a
// fetch that failed is tried again after five seconds, and the old keys serve for a day at most.
// Fetches run on a blocking pool, with limits on size and time. Safe from any thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/blocking_pool.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/logger.h"
#include "base/task.h"
#include "crypto/jws.h"
#include "identity/issuers_config.h"

namespace berth::identity {

// Blocks; the body of a 200 answer. Injected, so that tests need no network.
using Fetch =
    std::function<Result<std::string>(const std::string& url, const std::string& ca_file)>;
Result<std::string> fetch_over_https(const std::string& url, const std::string& ca_file);

class IssuerKeys {
 public:
  static constexpr std::chrono::hours kFresh{1};
  static constexpr std::chrono::hours kUsable{24};
  static constexpr std::chrono::minutes kUnknownKid{1};
  static constexpr std::chrono::seconds kAfterFailure{5};

  IssuerKeys(const IssuerConfig& config, BlockingPool& pool, const Clock& clock, Logger& log,
             Fetch fetch);

  // The key named `kid`; with an empty `kid`, the only key there is. kUnauthorized with the reason
  // in `cause` when there is none, kUnavailable when the keys could not be had at all.
  Task<Result<crypto::VerifyingKey>> find(std::string_view kid);

 private:
  using Keys = std::vector<crypto::VerifyingKey>;
  std::shared_ptr<const Keys> keys() const;
  bool may_fetch(bool unknown_kid);
  bool first_fetch_runs() const;
  Task<void> refresh();
  Result<Keys> load() const;  // blocks

  const IssuerConfig& config_;
  BlockingPool& pool_;
  const Clock& clock_;
  Logger& log_;
  const Fetch fetch_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Keys> keys_;
  TimePoint fetched_{}, tried_{};
  bool failed_ = false, fetching_ = false;
};

}  // namespace berth::identity
