// A listening socket: binds, accepts, tells who the peer is.
//
//   auto listener = Listener::open(io, {.name = "data", .endpoint = e}, log);
//   co_spawn(…, listener->serve([&](Accepted a) { … }), …);
//
// Thread contract: open() and the destructor from one owner; serve() runs once, on executor();
// close() from any thread. Each accepted stream has a strand of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/ip.h"
#include "base/logger.h"
#include "base/task.h"
#include "net/endpoint.h"
#include "net/stream.h"
#include "net/tls_context.h"

namespace berth::net {

// The other end of a connection, as the kernel names it.
struct RemoteAddress {
  std::string address;  // numeric; empty for a Unix socket
  std::uint16_t port = 0;
  std::string local;  // numeric: the address of ours that it connected to
  bool loopback = false;
  std::optional<std::uint32_t> uid;  // SO_PEERCRED of a Unix socket
};

struct Accepted {
  Stream stream;
  RemoteAddress remote;
};

// Whom a listener believes about where a client is, and whose certificates it takes. Empty lists:
// nobody. What is not declared here is never read.
struct Ingress {
  IpPrefixList proxy_protocol_from;  // these must send a PROXY header first (proxy_protocol.h)
  IpPrefixList forwarded_from;       // these name the client in one HTTP header
  enum class Header { kXForwardedFor, kForwarded } forwarded_header = Header::kXForwardedFor;
};

struct ListenerOptions {
  std::string name;  // as configured; goes into logs and to handlers
  Endpoint endpoint;
  std::shared_ptr<TlsContext> tls;  // null: plain
  int backlog = 1024;
  bool reserved = false;   // its connections do not compete with those of the others
  bool everybody = false;  // a Unix socket that all users of the machine may open
  std::string interface;   // only what arrives on this network interface; empty: on any
  std::shared_ptr<const Ingress> ingress;  // null: nobody is believed
};

class Listener {
 public:
  // Binds and listens. SO_REUSEADDR is set, so a restart needs no wait; an IPv6 socket takes IPv6
  // only. A Unix socket gets mode 0600 (0666 for everybody); a socket file that nobody listens on
  // any more is replaced. The Error says in words why it could not: address in use, not permitted,
  // not of this machine.
  static Result<Listener> open(asio::io_context& io, ListenerOptions options, Logger& log);
  Listener(Listener&&) noexcept;
  Listener& operator=(Listener&&) noexcept;
  ~Listener();  // closes, and removes the file of a Unix socket

  // Calls `on_connection` for each connection until close(). Where the system is out of
  // descriptors or memory it logs, waits a moment and goes on.
  Task<> serve(std::function<void(Accepted)> on_connection);
  void close();

  const ListenerOptions& options() const;
  Endpoint bound() const;  // with the port that the kernel chose
  Executor executor() const;

 private:
  struct Impl;
  explicit Listener(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace berth::net
