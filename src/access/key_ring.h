// The server's keys: ES256 for registry tokens, RS256 for directory tokens, and one secret for
// keyed hashes. They are metadata documents, so that every node has the same; made at the first
// start.
//
// A new signing key is made every `kRotateAfter`; the old one verifies for as long as a token that
// it signed may live. Safe from any thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/blocking_pool.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "base/task.h"
#include "crypto/jws.h"
#include "meta/documents.h"

namespace berth::access {

class KeyRing {
 public:
  static constexpr std::chrono::hours kRotateAfter{24 * 90};
  static constexpr std::chrono::hours kKeepAfterRotation{24 * 2};

  // Making an RSA key takes a tenth of a second: it happens on `pool`, or without one where the
  // caller is. A server gives one; a command and a test need not.
  KeyRing(meta::Documents& documents, const Clock& clock, RandomSource& random,
          BlockingPool* pool = nullptr);

  // Reads the keys, makes those that are missing. Before anything else is called.
  Task<Result<void>> load();
  // Makes new signing keys where the time has come (or now, with `force`), drops what is too old,
  // and reads what other nodes made. Returns whether anything changed. One caller at a time.
  Task<Result<bool>> rotate(bool force = false);

  std::shared_ptr<const crypto::SigningKey> signing_key(crypto::JwsAlgorithm algorithm) const;
  // The key that signed under this `kid`; null when there is none.
  std::shared_ptr<const crypto::VerifyingKey> verifying_key(std::string_view kid) const;
  std::vector<crypto::VerifyingKey> public_keys(crypto::JwsAlgorithm algorithm) const;
  // Changes with every change of the keys: what was verified before must be verified again.
  std::uint64_t generation() const;

  // HMAC of a secret under the server's own key: how secrets are stored and compared.
  std::string keyed_hash(std::string_view secret) const;
  // A password that can be shown again: derived from the server's key, the owner and a nonce.
  std::string derived_password(std::string_view message) const;

 private:
  struct Keys;
  Task<Result<std::shared_ptr<Keys>>> read();
  Task<Result<void>> make(crypto::JwsAlgorithm algorithm);
  Task<Result<void>> make_secret();
  // Puts the keys in use; false when they are those that already are.
  bool use(std::shared_ptr<Keys> keys);
  meta::Documents& documents_;
  const Clock& clock_;
  RandomSource& random_;
  BlockingPool* const pool_;
  std::atomic<std::shared_ptr<const Keys>> keys_;
  std::atomic<std::uint64_t> generation_{0};  // a copy: it is asked for with every request
};

}  // namespace berth::access
