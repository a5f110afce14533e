#include "base/ip.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace berth {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kAllBits = 128;
constexpr unsigned kMappedBits = 96;

struct Block {
  std::array<std::uint8_t, 16> first;
  unsigned bits;
};
constexpr Block kLoopbackV6 = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128};
constexpr Block kLinkLocalV6 = {{0xfe, 0x80}, 10};
constexpr Block kUniqueLocalV6 = {{0xfc}, 7};
constexpr Block block_v4(std::uint8_t a, std::uint8_t b, unsigned length) {
  return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b}, kMappedBits + length};
}

bool same_bits(const std::array<std::uint8_t, 16>& a, const std::array<std::uint8_t, 16>& b,
               unsigned bits) {
  const std::size_t whole = bits / 8;
  if (std::memcmp(a.data(), b.data(), whole) != 0) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}
bool in(const std::array<std::uint8_t, 16>& bytes, const Block& block) {
  return same_bits(bytes, block.first, block.bits);
}

// Of a prefix: digits without a sign or leading zeros.
std::optional<unsigned> length_from(std::string_view text, unsigned most) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  unsigned length = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, length);
  if (error != std::errc{} || at != end || length > most) return std::nullopt;
  return length;
}

// The first of the longest runs of two or more groups of zeros, as [begin, end); RFC 5952 §4.2.
std::pair<std::size_t, std::size_t> zeros_of(const std::array<unsigned, 8>& groups) {
  std::pair<std::size_t, std::size_t> best{groups.size(), groups.size()};
  for (std::size_t i = 0; i < groups.size();) {
    std::size_t end = i;
    while (end < groups.size() && groups[end] == 0) ++end;
    if (end - i >= 2 && end - i > best.second - best.first) best = {i, end};
    i = std::max(end, i + 1);
  }
  return best;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  // inet_pton wants an end, and would take a zero byte within for one.
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (text.size() >= buffer.size() || text.find('\0') != std::string_view::npos) return {};
  std::ranges::copy(text, buffer.begin());
  std::array<std::uint8_t, 16> bytes{};
  if (text.find(':') != std::string_view::npos) {
    if (inet_pton(AF_INET6, buffer.data(), bytes.data()) != 1) return {};
  } else {
    std::ranges::copy(kMapped, bytes.begin());
    if (inet_pton(AF_INET, buffer.data(), bytes.data() + kMapped.size()) != 1) return {};
  }
  return from_v6(bytes);
}

std::optional<IpAddress> IpAddress::parse_host(std::string_view host) {
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool v6_text = host.find(':') != std::string_view::npos;
  return v6_text == bracketed ? parse(host) : std::nullopt;
}

IpAddress IpAddress::from_v4(const std::array<std::uint8_t, 4>& bytes) {
  IpAddress address;
  std::ranges::copy(bytes, std::ranges::copy(kMapped, address.bytes_.begin()).out);
  return address;
}

IpAddress IpAddress::from_v6(const std::array<std::uint8_t, 16>& bytes) {
  IpAddress address;
  address.bytes_ = bytes;
  return address;
}

bool IpAddress::v4() const {
  return std::memcmp(bytes_.data(), kMapped.data(), kMapped.size()) == 0;
}
bool IpAddress::loopback() const {
  return in(bytes_, block_v4(127, 0, 8)) || in(bytes_, kLoopbackV6);
}
bool IpAddress::link_local() const {
  return in(bytes_, block_v4(169, 254, 16)) || in(bytes_, kLinkLocalV6);
}
bool IpAddress::private_use() const {
  return in(bytes_, block_v4(10, 0, 8)) || in(bytes_, block_v4(172, 16, 12)) ||
         in(bytes_, block_v4(192, 168, 16)) || in(bytes_, block_v4(100, 64, 10)) ||
         in(bytes_, kUniqueLocalV6);
}

std::string IpAddress::text() const {
  if (v4()) return fmt::format("{}.{}.{}.{}", bytes_[12], bytes_[13], bytes_[14], bytes_[15]);
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i] = (static_cast<unsigned>(bytes_[2 * i]) << 8U) | bytes_[2 * i + 1];
  }
  const auto [zeros, after] = zeros_of(groups);
  std::string out;
  for (std::size_t i = 0; i < groups.size();) {
    if (i == zeros) {
      out += "::";
      i = after;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    fmt::format_to(std::back_inserter(out), "{:x}", groups[i++]);
  }
  return out;
}

IpPrefix::IpPrefix(const IpAddress& address, unsigned length)
    : IpPrefix(OfAllBits{}, address, length + (address.v4() ? kMappedBits : 0)) {}

IpPrefix::IpPrefix(OfAllBits /*unused*/, const IpAddress& address, unsigned bits)
    : bits_(std::min(bits, kAllBits)) {
  std::array<std::uint8_t, 16> bytes = address.bytes();
  for (unsigned bit = bits_; bit < kAllBits; ++bit) {
    bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
  }
  first_ = IpAddress::from_v6(bytes);
}

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  const auto address = IpAddress::parse(host);
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return IpPrefix(OfAllBits{}, *address, kAllBits);
  // The length counts in the family of the text: "::ffff:10.0.0.0/104" is 10.0.0.0/8.
  const bool v6_text = host.find(':') != std::string_view::npos;
  const auto length = length_from(text.substr(slash + 1), v6_text ? kAllBits : 32);
  if (!length) return std::nullopt;
  return IpPrefix(OfAllBits{}, *address, *length + (v6_text ? 0 : kMappedBits));
}

IpAddress IpPrefix::last() const {
  std::array<std::uint8_t, 16> bytes = first_.bytes();
  for (unsigned bit = bits_; bit < kAllBits; ++bit) {
    bytes[bit / 8] |= static_cast<std::uint8_t>(0x80U >> (bit % 8));
  }
  return IpAddress::from_v6(bytes);
}

bool IpPrefix::contains(const IpAddress& address) const {
  return address.v4() == v4() && same_bits(first_.bytes(), address.bytes(), bits_);
}

bool IpPrefix::contains(const IpPrefix& other) const {
  return bits_ <= other.bits_ && overlaps(other);
}

bool IpPrefix::overlaps(const IpPrefix& other) const {
  return v4() == other.v4() &&
         same_bits(first_.bytes(), other.first_.bytes(), std::min(bits_, other.bits_));
}

std::string IpPrefix::text() const {
  return bits_ == kAllBits ? first_.text() : fmt::format("{}/{}", first_.text(), length());
}

}  // namespace berth
