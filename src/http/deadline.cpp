#include "http/deadline.h"

#include <algorithm>
#include <utility>

namespace berth::http {

Deadline::Deadline(const Executor& executor, Limits::Duration granularity)
    : timer_(executor), granularity_(granularity) {}

void Deadline::start(std::weak_ptr<void> owner, std::function<void()> on_expire) {
  owner_ = std::move(owner);
  on_expire_ = std::move(on_expire);
  running_ = true;
  arm(std::min(at_, std::chrono::steady_clock::now() + granularity_));
}

void Deadline::stop() {
  running_ = false;
  timer_.cancel();
}

void Deadline::set(SteadyTime at) {
  at_ = at;
  expired_ = false;
  if (running_ && at < armed_) arm(at);
}

void Deadline::arm(SteadyTime at) {
  armed_ = at;
  timer_.expires_at(at);  // ends the wait before, if there is one
  timer_.async_wait([this, owner = owner_.lock()](const boost::system::error_code& ec) {
    if (!ec && running_) wake();
  });
}

void Deadline::wake() {
  const SteadyTime now = std::chrono::steady_clock::now();
  if (now < armed_) return;  // re-armed while this call was on its way
  if (at_ <= now) {
    clear();
    expired_ = true;
    on_expire_();
  }
  arm(std::min(at_, now + granularity_));
}

RateGuard::RateGuard(std::uint64_t bytes_per_second, Limits::Duration window)
    : window_(window),
      minimum_(bytes_per_second * static_cast<std::uint64_t>(window.count()) / 1000) {}

SteadyTime RateGuard::deadline(SteadyTime now) const {
  // Who has delivered the minimum already has the whole next window besides.
  const SteadyTime::duration window = window_;
  return now + (window - waited_) + (bytes_ >= minimum_ ? window : SteadyTime::duration{});
}

bool RateGuard::account(SteadyTime began, SteadyTime ended, std::size_t bytes) {
  waited_ += ended - began;
  bytes_ += bytes;
  if (waited_ < window_) return true;
  const bool enough = bytes_ >= minimum_;
  reset();
  return enough;
}

void RateGuard::reset() {
  waited_ = {};
  bytes_ = 0;
}

}  // namespace berth::http
