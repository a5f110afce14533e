// Where a request comes from, as the server saw it: decided once per connection (and, behind a
// declared HTTP proxy, per request) and carried as a value. Only facts that somebody answers for:
// the kernel, or a proxy that the operator declared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace berth::policy {

struct Source {
  std::string address;  // numeric, of the client; empty for the machine's own socket
  bool loopback = false;
  bool tls = false;
  bool own_socket = false;           // the Unix socket in the data directory
  std::optional<std::uint32_t> uid;  // of the peer on that socket
  std::string listener;              // its configured name
  std::string destination;           // numeric: the address that the client connected to
  std::string proxy;                 // of the declared proxy that named `address`; empty: none did
  // "azure:1234", "aws:vpce-1", "gcp:77": private link, as the proxy said. `address` is then one of
  // a network behind it, and no rule about addresses is about it.
  std::string link;
  std::string client_ca;  // name of the authority behind the client's certificate; empty: none

  // A question about a way that nobody came (can-i), and a signed link that was given on one: the
  // private endpoint, the subnet and the service behind it, by name instead of by evidence.
  std::string private_endpoint, subnet;  // resource ids
};

}  // namespace berth::policy
