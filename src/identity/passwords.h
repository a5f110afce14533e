// Passwords of people: Argon2id (crypto/password_hash.h) on threads of its own, so that a flood of
// sign-ins takes neither the loop nor more than kThreads × 19 MiB. Safe from any thread.
#pragma once

#include <atomic>
#include <string>

#include "base/blocking_pool.h"
#include "base/error.h"
#include "base/random.h"
#include "base/task.h"

namespace berth::identity {

class Passwords {
 public:
  static constexpr unsigned kThreads = 4;   // what `pool` should have: the cap on hashes at once
  static constexpr unsigned kWaiting = 64;  // beyond: kTooManyRequests with "retryAfter"

  Passwords(BlockingPool& pool, RandomSource& random) : pool_(pool), random_(random) {}

  // kInvalidRequest for a password that is too short or too long.
  Task<Result<std::string>> hash(std::string password);
  // `encoded` empty stands for nobody: costs the same and is false.
  Task<Result<bool>> verify(std::string password, std::string encoded);

 private:
  template <class F>
  auto run(F job) -> Task<std::invoke_result_t<F&>>;

  BlockingPool& pool_;
  RandomSource& random_;
  std::atomic<unsigned> waiting_{0};
};

}  // namespace berth::identity
