// Randomness as a dependency, so that tests can repeat it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace berth {

// Safe from any thread.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void fill(std::span<std::byte> out) = 0;
};

// The kernel's generator; fit for secrets.
class SystemRandom final : public RandomSource {
 public:
  void fill(std::span<std::byte> out) override;
};

// A repeatable sequence for tests; not safe from several threads.
class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::byte> out) override;

 private:
  std::uint64_t state_;
};

// RFC 9562 version 4, lower case with hyphens. Upload and correlation ids.
std::string make_uuid(RandomSource& random);

}  // namespace berth
