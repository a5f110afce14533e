// IP addresses and prefixes as values (RFC 4291, RFC 4632, text after RFC 5952). An IPv4 address
// and its IPv4-mapped IPv6 form are one and the same value. No names, no look-ups, no errors but
// "not one". Safe from any thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth {

class IpAddress {
 public:
  IpAddress() = default;
  // "10.1.2.3", "2001:db8::1", "::ffff:10.1.2.3". No brackets, port, zone or leading zeros.
  static std::optional<IpAddress> parse(std::string_view text);
  // As it stands before a port: "10.1.2.3", "[2001:db8::1]".
  static std::optional<IpAddress> parse_host(std::string_view host);
  static IpAddress from_v4(const std::array<std::uint8_t, 4>& bytes);
  static IpAddress from_v6(const std::array<std::uint8_t, 16>& bytes);

  bool v4() const;
  bool loopback() const;  // 127.0.0.0/8, ::1
  bool link_local() const;
  bool private_use() const;  // RFC 1918, RFC 4193, 100.64.0.0/10
  std::string text() const;
  // Network byte order, IPv4 as ::ffff:a.b.c.d: the order of addresses is the order of these.
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  auto operator<=>(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

// A block of addresses. Host bits are cleared when it is read.
class IpPrefix {
 public:
  IpPrefix() = default;  // ::/0
  // "10.0.0.0/8", "2001:db8::/32"; an address alone is a block of one.
  static std::optional<IpPrefix> parse(std::string_view text);
  // Of a family's own length: 0-32 for IPv4, 0-128 for IPv6.
  IpPrefix(const IpAddress& address, unsigned length);

  bool v4() const { return first_.v4() && bits_ >= 96; }
  unsigned length() const { return v4() ? bits_ - 96 : bits_; }
  const IpAddress& first() const { return first_; }
  IpAddress last() const;
  // A block of one family holds nothing of the other: ::/0 is all of IPv6, and no IPv4 address.
  bool contains(const IpAddress& address) const;
  bool contains(const IpPrefix& other) const;  // all of it
  bool overlaps(const IpPrefix& other) const;
  // "10.0.0.0/8"; a block of one address is written as that address.
  std::string text() const;
  auto operator<=>(const IpPrefix&) const = default;

 private:
  struct OfAllBits {};
  IpPrefix(OfAllBits, const IpAddress& address, unsigned bits);

  IpAddress first_;
  unsigned bits_ = 0;  // of the 128
};

// A few blocks, for lists that an operator writes by hand; the search looks at each.
class IpPrefixList {
 public:
  IpPrefixList() = default;
  explicit IpPrefixList(std::vector<IpPrefix> blocks) : blocks_(std::move(blocks)) {}
  bool contains(const IpAddress& address) const {
    for (const IpPrefix& block : blocks_) {
      if (block.contains(address)) return true;
    }
    return false;
  }
  bool empty() const { return blocks_.empty(); }
  const std::vector<IpPrefix>& blocks() const { return blocks_; }
  bool operator==(const IpPrefixList&) const = default;

 private:
  std::vector<IpPrefix> blocks_;
};

}  // namespace berth
