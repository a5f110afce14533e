// Correlation ids: a random UUID for every request, at the price of one system call for sixteen.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "base/random.h"

namespace berth::http {

// One per connection; one strand at a time.
class CorrelationIds {
 public:
  explicit CorrelationIds(RandomSource& random) : random_(random) {}

  // Overwrites `id` with the next one: RFC 9562 version 4, lower case with hyphens.
  void next(std::string& id);

 private:
  static constexpr std::size_t kUuidBytes = 16;

  RandomSource& random_;
  std::array<std::byte, 16 * kUuidBytes> pool_{};
  std::size_t used_ = sizeof(pool_);
};

}  // namespace berth::http
