// Where a connection comes from; decided once per connection (behind a declared HTTP proxy, per
// request) and carried as a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace berth::http {

struct Peer {
  // Numeric IPv4 or IPv6 text, of the client: as the kernel names it, or a declared proxy in its
  // PROXY header or its forwarding header; empty for a Unix socket.
  std::string address;
  std::uint16_t port = 0;
  bool loopback = false;  // 127.0.0.0/8 or ::1, and no proxy speaks for it
  std::string proxy;      // the declared proxy that named `address`; empty: none did
  // Numeric: the address that the client connected to. Behind a declared HTTP proxy empty, as is
  // client_ca: the connection and the certificate are the proxy's, not its client's.
  std::string destination;
  std::string link;       // private link as the proxy said it: "azure:…", "aws:…", "gcp:…"
  std::string client_ca;  // the authority behind the client's certificate; empty: none
  bool tls = false;
  std::string server_name;  // of the TLS handshake (SNI), lower case; empty: none was sent
  bool unix_socket = false;
  std::optional<std::uint32_t> uid;  // SO_PEERCRED of a Unix socket
  std::string listener;              // the configured name of the listener
};

}  // namespace berth::http
