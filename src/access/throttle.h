// Slows down guessing: failures are counted per address and per name in token buckets; a bucket
// that is empty refuses until it has refilled. Memory is bounded: the least recent entries go.
// Safe from any thread; a mutex is held for a map operation.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"

namespace berth::access {

struct ThrottleLimits {
  unsigned burst = 20;       // failures at once
  unsigned per_minute = 20;  // and then this many
  // An address may stand for a whole office, and some clients fail four times for one pull.
  unsigned address_factor = 5;
  std::size_t entries = 65'536;
};

class Throttle {
 public:
  Throttle(ThrottleLimits limits, const Clock& clock);
  ~Throttle();

  // `address`: policy::caller_key. kTooManyRequests with the detail "retryAfter" (whole seconds, at
  // least 1) when `address` or `name` has failed too often. Good credentials do not reset a bucket:
  // they are just not counted.
  Result<void> check(std::string_view address, std::string_view name) const;
  void failed(std::string_view address, std::string_view name);

 private:
  struct Buckets;
  const ThrottleLimits limits_, address_limits_;
  const Clock& clock_;
  const std::unique_ptr<Buckets> buckets_;
};

}  // namespace berth::access
