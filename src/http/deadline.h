// The one timer of a connection, armed lazily: setting a deadline is a comparison and a store.
//
// The timer wakes at least every `granularity`, looks whether the deadline of that moment has
// passed, and sleeps on. As long as deadlines lie further away than the granularity (the shortest
// of the configured timeouts), no request ever touches the timer queue.
//
// Used from the connection's strand only.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/task.h"
#include "http/limits.h"

namespace berth::http {

using SteadyTime = std::chrono::steady_clock::time_point;

class Deadline {
 public:
  Deadline(const Executor& executor, Limits::Duration granularity);

  // Begins to watch. `on_expire` runs each time that a deadline passes; the timer's handlers keep
  // `owner`, which holds this object, alive.
  void start(std::weak_ptr<void> owner, std::function<void()> on_expire);
  void stop();

  void set(SteadyTime at);
  // Before an operation whose end the deadline bounds; afterwards clear().
  void clear() { at_ = SteadyTime::max(); }
  // Since the last set().
  bool expired() const { return expired_; }

 private:
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;
  void arm(SteadyTime at);
  void wake();

  Timer timer_;
  const Limits::Duration granularity_;
  std::weak_ptr<void> owner_;
  std::function<void()> on_expire_;
  SteadyTime at_ = SteadyTime::max();
  SteadyTime armed_ = SteadyTime::max();
  bool expired_ = false;
  bool running_ = false;
};

// Whether a client keeps the minimum rate, averaged over windows of time spent waiting for it.
class RateGuard {
 public:
  RateGuard(std::uint64_t bytes_per_second, Limits::Duration window);

  // By when a wait that begins at `now` must have brought something.
  SteadyTime deadline(SteadyTime now) const;
  // A wait ended with `bytes` transferred. False: the window is over and the client was too slow.
  [[nodiscard]] bool account(SteadyTime began, SteadyTime ended, std::size_t bytes);
  void reset();

 private:
  const Limits::Duration window_;
  const std::uint64_t minimum_;  // bytes per window
  SteadyTime::duration waited_{};
  std::uint64_t bytes_ = 0;
};

}  // namespace berth::http
