// What all connections of a Server share, and the list of them. Outlives the Server as long as a
// connection does. Safe from any thread.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "http/server.h"
#include "http/server_metrics.h"

namespace berth::http {

class ServerSession;

class ServerCore : public std::enable_shared_from_this<ServerCore> {
 public:
  ServerCore(ServerParts server_parts, const Limits& server_limits)
      : parts(server_parts), limits(server_limits), metrics(server_parts.metrics) {}

  // A connection's place in the list; gives it back when the connection is gone.
  class Seat {
   public:
    Seat() = default;
    Seat(Seat&& other) noexcept = default;
    Seat& operator=(Seat&&) = delete;
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    ~Seat();

   private:
    friend class ServerCore;
    std::shared_ptr<ServerCore> core_;
    std::list<std::weak_ptr<ServerSession>>::iterator place_;
    bool served_ = true;
  };

  // Starts a connection, or turns it away.
  void accept(net::Accepted accepted, const net::ListenerOptions& listener, Service& service);

  void for_each(const std::function<void(ServerSession&)>& visit);
  std::size_t active() const;

  const ServerParts parts;
  const Limits limits;
  ServerMetrics metrics;
  std::function<void(const RequestSummary&)> on_request_done;
  std::atomic<bool> draining{false};

 private:
  Seat take_seat(const std::shared_ptr<ServerSession>& session, bool served);

  mutable std::mutex mutex_;  // of what follows; held for moments, once per connection
  std::list<std::weak_ptr<ServerSession>> sessions_;
  std::size_t served_ = 0;  // of them; the others are being turned away
};

}  // namespace berth::http
