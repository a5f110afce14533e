#include "base/random.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace berth {

void SystemRandom::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t n = ::getrandom(out.data(), out.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) std::abort();  // cannot happen after boot; going on without randomness must not
    out = out.subspan(static_cast<std::size_t>(n));
  }
}

void SeededRandom::fill(std::span<std::byte> out) {
  for (std::byte& b : out) {  // splitmix64, one byte a step: plain and repeatable
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    b = static_cast<std::byte>((z ^ (z >> 31)) & 0xff);
  }
}

std::string make_uuid(RandomSource& random) {
  std::array<std::byte, 16> raw{};
  random.fill(raw);
  std::array<unsigned, 16> b{};
  for (std::size_t i = 0; i < raw.size(); ++i) b[i] = std::to_integer<unsigned>(raw[i]);
  b[6] = (b[6] & 0x0fU) | 0x40U;
  b[8] = (b[8] & 0x3fU) | 0x80U;
  return fmt::format(
      "{:02x}{:02x}{:02x}{:02x}-{:02x}{:02x}-{:02x}{:02x}-{:02x}{:02x}-{:02x}{:02x}{:02x}{:02x}{:"
      "02x}{:02x}",
      b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
      b[15]);
}

}  // namespace berth
