#include "http/server.h"

#include <algorithm>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <utility>

#include "http/server_core.h"
#include "http/server_session.h"

namespace berth::http {
namespace {

// Connections that are being told "too many" at the same time; above it they are closed at once.
constexpr std::size_t kMaxRefusals = 256;

// Of a Place::waits_since that is no time.
constexpr SteadyTime kServing = SteadyTime::max();
constexpr SteadyTime kGivenUp = SteadyTime::min();

Peer to_peer(net::RemoteAddress remote, const net::ListenerOptions& listener) {
  Peer peer;
  peer.address = std::move(remote.address);
  peer.port = remote.port;
  peer.loopback = remote.loopback;
  peer.destination = std::move(remote.local);
  peer.tls = listener.tls != nullptr;
  peer.unix_socket = listener.endpoint.kind == net::Endpoint::Kind::kUnix;
  peer.uid = remote.uid;
  peer.listener = listener.name;
  return peer;
}

}  // namespace

ServerCore::Seat::~Seat() {
  if (!core_) return;
  const std::lock_guard lock(core_->mutex_);
  Places& places = core_->places_[place_->kind];
  if (place_->served) --places.served;
  places.all.erase(place_);
}

bool ServerCore::Seat::begin() {
  return place_->waits_since.exchange(kServing, std::memory_order_relaxed) != kGivenUp;
}

ServerCore::Seat ServerCore::take_seat(const std::shared_ptr<ServerSession>& session, Kind kind,
                                       bool served) {
  Seat seat;
  const std::lock_guard lock(mutex_);
  auto& all = places_[kind].all;
  seat.place_ = all.emplace(all.end());
  seat.place_->session = session;
  seat.place_->kind = kind;
  seat.place_->served = served;
  seat.wait(std::chrono::steady_clock::now());
  seat.core_ = shared_from_this();
  return seat;
}

// Where many wait, the longest of the next kLooks is good enough, and where nobody of kMostLooks
// does, they are busy: what a new connection costs must not grow with those that are there.
std::shared_ptr<ServerSession> ServerCore::displace_one(Places& places) {
  constexpr std::size_t kLooks = 256;
  constexpr std::size_t kMostLooks = 4096;
  auto longest = places.all.end();
  SteadyTime since = kServing;
  const std::size_t most = std::min(places.all.size(), kMostLooks);
  for (std::size_t n = 0; n < most && (n < kLooks || longest == places.all.end()); ++n) {
    const auto place = places.all.begin();
    places.all.splice(places.all.end(), places.all, place);  // the next one begins with others
    const SteadyTime waits = place->waits_since.load(std::memory_order_relaxed);
    if (!place->served || waits >= since) continue;
    longest = place;
    since = waits;
  }
  // Its request may have come in this moment.
  if (longest == places.all.end() ||
      !longest->waits_since.compare_exchange_strong(since, kGivenUp, std::memory_order_relaxed)) {
    return nullptr;
  }
  longest->served = false;
  --places.served;
  return longest->session.lock();
}

// The place is counted here already, so that no other connection takes it before take_seat().
ServerCore::Room ServerCore::make_room(Kind kind) {
  constexpr int kTries = 3;
  Room room;
  const std::lock_guard lock(mutex_);
  Places& places = places_[kind];
  const bool full = places.served >= places.most;
  for (int i = 0; full && !room.displaced && i < kTries; ++i) room.displaced = displace_one(places);
  room.served = !full || room.displaced;
  room.crowded = places.all.size() - places.served >= kMaxRefusals;
  if (room.served) ++places.served;
  return room;
}

void ServerCore::accept(net::Accepted accepted, const net::ListenerOptions& listener,
                        Service& service) {
  if (draining) return;
  // What the machine's owner and its probes come by must not be taken by anybody else.
  const bool own = listener.reserved ||
                   (listener.endpoint.kind == net::Endpoint::Kind::kUnix && !listener.everybody);
  const Kind kind = own ? kReserved : kShared;
  const Room room = make_room(kind);
  if (room.displaced) {
    metrics.displaced_connections.add();
    room.displaced->abort();
  }
  if (!room.served) metrics.refused_connections.add();
  if (!room.served && room.crowded) return;
  const Executor executor = accepted.stream.executor();
  auto session = std::make_shared<ServerSession>(
      shared_from_this(), service, std::move(accepted.stream),
      ServerSession::Origin{to_peer(std::move(accepted.remote), listener), listener.tls,
                            listener.ingress, !room.served});
  Seat seat = take_seat(session, kind, room.served);
  asio::co_spawn(executor, ServerSession::run(std::move(session), std::move(seat)), asio::detached);
}

void ServerCore::for_each(const std::function<void(ServerSession&)>& visit) {
  std::vector<std::shared_ptr<ServerSession>> alive;
  {
    const std::lock_guard lock(mutex_);
    for (const Places& places : places_) {
      for (const Place& place : places.all) {
        if (auto session = place.session.lock()) alive.push_back(std::move(session));
      }
    }
  }
  for (const auto& session : alive) visit(*session);
}

std::size_t ServerCore::active() const {
  const std::lock_guard lock(mutex_);
  return places_[kShared].all.size() + places_[kReserved].all.size();
}

Server::Server(ServerParts parts, Limits limits)
    : core_(std::make_shared<ServerCore>(parts, limits)) {}

Server::~Server() {
  core_->draining = true;
  for (net::Listener& listener : listeners_) listener.close();
}

void Server::on_request_done(std::function<void(const RequestSummary&)> hook) {
  core_->on_request_done = std::move(hook);
}

void Server::add_listener(net::Listener listener, Service& service) {
  net::Listener& kept = listeners_.emplace_back(std::move(listener));
  auto on_connection = [core = core_, options = kept.options(), &service](net::Accepted accepted) {
    core->accept(std::move(accepted), options, service);
  };
  asio::co_spawn(kept.executor(), kept.serve(std::move(on_connection)), asio::detached);
}

Task<> Server::drain(std::chrono::milliseconds grace) {
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;
  constexpr std::chrono::milliseconds kLook{5};
  const auto core = core_;
  core->draining = true;
  for (net::Listener& listener : listeners_) listener.close();
  core->for_each([](ServerSession& session) { session.drain(); });

  const auto deadline = std::chrono::steady_clock::now() + grace;
  Timer timer(co_await asio::this_coro::executor);
  while (core->active() > 0) {
    timer.expires_after(kLook);
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(use_task, ignored));
    if (std::chrono::steady_clock::now() >= deadline) {
      core->for_each([](ServerSession& session) { session.abort(); });
    }
  }
}

void Server::review_clients() {
  core_->for_each([](ServerSession& session) { session.review_client(); });
}

std::size_t Server::active_connections() const {
  return core_->active();
}

}  // namespace berth::http
