// An address to listen on, as the configuration writes it. Nothing is ever looked up by name: what
// a server binds must not depend on a resolver.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace berth::net {

struct Endpoint {
  enum class Kind { kIpv4, kIpv6, kUnix };

  Kind kind = Kind::kIpv4;
  std::string address;     // numeric and canonical, or the path of a Unix socket
  std::uint16_t port = 0;  // 0 lets the kernel choose; unused for a Unix socket

  // "127.0.0.1:5000", "[::1]:5000", "unix:/run/berth.sock"; "localhost:5000" gives both loopback
  // endpoints, IPv4 first; "[::ffff:127.0.0.1]:5000" is 127.0.0.1:5000. Error kInvalidRequest says
  // what is wrong and shows a right one.
  static Result<std::vector<Endpoint>> parse(std::string_view text);

  // Nobody but this machine can reach it. True for a Unix socket.
  bool is_loopback() const;
  std::string text() const;  // parse(text()) gives the same endpoint

  bool operator==(const Endpoint&) const = default;
};

// 127.0.0.0/8, ::1, or the IPv4-mapped form of the former. `address` is numeric.
bool is_loopback_address(std::string_view address);

}  // namespace berth::net
