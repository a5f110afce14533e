// The HTTP/1.1 server: takes connections from its listeners and hands requests to a Service.
//
//   Server server({io, files, log, random, metrics, clock}, limits);
//   server.add_listener(std::move(listener), service);
//   …
//   co_await server.drain(30s);
//
// One coroutine and one strand per connection. HTTP/1.1 and 1.0 (RFC 9110, RFC 9112) with
// keep-alive, pipelining and chunked bodies; see Limits for what a client may cost.
//
// Thread contract: on_request_done() before the first add_listener(), both from the owner; the rest
// from any thread. What ServerParts refers to must outlive the io_context's last run; connections
// may outlive the Server.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/blocking_pool.h"
#include "base/clock.h"
#include "base/logger.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/task.h"
#include "http/exchange.h"
#include "http/limits.h"
#include "net/listener.h"

namespace berth::http {

// What is known of a request when it is over; the views are valid during the call only.
struct RequestSummary {
  std::string_view method;            // empty, like `path`, when the request line could not be read
  std::string_view path;              // without the query, which may hold secrets
  unsigned status;                    // 499 when the client left before a response
  std::uint64_t bytes_in, bytes_out;  // head and body
  double seconds;                     // from the complete head to the last byte of the response
  const std::string& correlation_id;
  const Peer& peer;
};

struct ServerParts {
  asio::io_context& io;
  BlockingPool& files;  // reads response bodies that are not in the page cache
  Logger& log;
  RandomSource& random;
  Metrics& metrics;  // one Server per Metrics: the names would collide
  const Clock& clock;
};

class Server {
 public:
  Server(ServerParts parts, Limits limits);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();  // closes the listeners; for a graceful end drain() first

  // Called on the connection's strand after each request, for the access log. Must not block.
  void on_request_done(std::function<void(const RequestSummary&)> hook);

  // Begins to serve. `service` renders this listener's errors, too.
  void add_listener(net::Listener listener, Service& service);

  // Stops accepting, closes idle connections, lets running requests finish (their responses say
  // `Connection: close`), and closes by force what is left after `grace`. Returns when no
  // connection is left.
  Task<> drain(std::chrono::milliseconds grace);

  // After TLS contexts have been loaded anew: ends the connections whose client came by a
  // certificate that would not be taken any more, whatever they do.
  void review_clients();

  std::size_t active_connections() const;

 private:
  const std::shared_ptr<class ServerCore> core_;
  std::vector<net::Listener> listeners_;
};

}  // namespace berth::http
