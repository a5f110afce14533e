// Where a connection comes from; decided once per connection and carried as a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace berth::http {

struct Peer {
  std::string address;  // numeric IPv4 or IPv6 text; empty for a Unix socket
  std::uint16_t port = 0;
  bool loopback = false;  // 127.0.0.0/8, ::1, or the IPv4-mapped form of the former
  bool tls = false;
  std::string server_name;  // of the TLS handshake (SNI), lower case; empty: none was sent
  bool unix_socket = false;
  std::optional<std::uint32_t> uid;  // SO_PEERCRED of a Unix socket
  std::string listener;              // the configured name of the listener
};

}  // namespace berth::http
