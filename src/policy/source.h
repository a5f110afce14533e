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
  // a network behind it, and no rule about addresses is about it; no other way leads to a private
  // endpoint. A trusted service still counts by its listener or certificate: the operator declared
  // that way whoever takes it, and its identity has to be of that kind besides.
  std::string link;
  // Name of the authority behind the client's certificate; empty: none. Behind a declared HTTP
  // proxy the certificate is the proxy's, as is the connection's destination: both are empty.
  std::string client_ca;

  // A question about a way that nobody came (can-i), and a signed link that was given on one: the
  // private endpoint, the subnet and the service behind it, by name instead of by evidence.
  std::string private_endpoint, subnet;  // resource ids
};

// Who counts as one caller, for limits and for what is noticed of them: networks behind different
// private links may have the same addresses. Not for people to read.
inline std::string caller_key(const Source& source) {
  return source.link.empty() ? source.address : source.link + " " + source.address;
}

}  // namespace berth::policy
