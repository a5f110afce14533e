// What all connections of a Server share, and the list of them. Outlives the Server as long as a
// connection does. Safe from any thread.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "http/deadline.h"
#include "http/server.h"
#include "http/server_metrics.h"

namespace berth::http {

class ServerSession;

class ServerCore : public std::enable_shared_from_this<ServerCore> {
 public:
  ServerCore(ServerParts server_parts, const Limits& server_limits)
      : parts(server_parts),
        limits(server_limits),
        metrics(server_parts.metrics),
        places_{Places{server_limits.max_connections},
                Places{server_limits.max_reserved_connections}} {}

  // Connections of reserved listeners do not compete with the others.
  enum Kind : std::size_t { kShared, kReserved };

  // A connection in the list. Its client keeps it for as long as a request is served; while it
  // waits for one, a new connection may take it.
  struct Place {
    std::weak_ptr<ServerSession> session;
    Kind kind = kShared;
    bool served = true;  // or is being turned away
    std::atomic<SteadyTime> waits_since;
  };

  // Holds a place for the connection; gives it back when the connection is gone.
  class Seat {
   public:
    Seat() = default;
    Seat(Seat&& other) noexcept = default;
    Seat& operator=(Seat&&) = delete;
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    ~Seat();

    // A request is served from now on. False: the place has been given to another connection.
    bool begin();
    void wait(SteadyTime now) { place_->waits_since.store(now, std::memory_order_relaxed); }

   private:
    friend class ServerCore;
    std::shared_ptr<ServerCore> core_;
    std::list<Place>::iterator place_;
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
  struct Places {
    std::size_t most;
    std::list<Place> all = {};
    std::size_t served = 0;  // of them, and of those that are about to take a seat
  };
  // What there is for a new connection.
  struct Room {
    bool served = false;
    bool crowded = false;                      // too many are being turned away already
    std::shared_ptr<ServerSession> displaced;  // to be ended in its favour
  };
  Room make_room(Kind kind);
  // Gives a place up that a client only waits on, and returns whose it was; null: all are served.
  static std::shared_ptr<ServerSession> displace_one(Places& places);
  Seat take_seat(const std::shared_ptr<ServerSession>& session, Kind kind, bool served);

  mutable std::mutex mutex_;  // of what follows; held for moments, once per connection
  std::array<Places, 2> places_;
};

}  // namespace berth::http
