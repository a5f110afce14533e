#include "control/claims.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "control/arm_error.h"

namespace berth::control {
namespace {

constexpr int kAlone = -1;
constexpr std::chrono::milliseconds kShortest{1}, kLongest{50};
constexpr std::chrono::seconds kPatience{10};

}  // namespace

bool Claims::try_take(const std::vector<Wanted>& wanted) {
  const std::lock_guard lock(mutex_);
  const bool free = std::ranges::all_of(wanted, [&](const Wanted& one) {
    const auto at = held_.find(one.name);
    return at == held_.end() || (!one.alone && at->second != kAlone);
  });
  if (!free) return false;
  for (const Wanted& one : wanted) {
    if (one.alone) {
      held_[one.name] = kAlone;
    } else {
      ++held_[one.name];
    }
  }
  return true;
}

void Claims::release(const std::vector<Wanted>& wanted) {
  const std::lock_guard lock(mutex_);
  for (const Wanted& one : wanted) {
    const auto at = held_.find(one.name);
    if (at->second == kAlone || --at->second == 0) held_.erase(at);
  }
}

namespace {

// Each name once: alone, if it is wanted alone at all.
void merge_names(std::vector<Claims::Wanted>& wanted) {
  std::ranges::sort(wanted, [](const Claims::Wanted& a, const Claims::Wanted& b) {
    return a.name != b.name ? a.name < b.name : a.alone > b.alone;
  });
  const auto rest = std::ranges::unique(wanted, {}, &Claims::Wanted::name);
  wanted.erase(rest.begin(), rest.end());
}

}  // namespace

// Collisions are rare and last for one commit: looking again is simpler than a queue.
Task<Result<Claims::Held>> Claims::take(std::vector<Wanted> wanted) {
  merge_names(wanted);
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (auto pause = kShortest; !try_take(wanted); pause = std::min(pause * 2, kLongest)) {
    if (std::chrono::steady_clock::now() > until) {
      co_return fail(conflict("AnotherOperationInProgress",
                              "Another operation on this resource is in progress; try again when "
                              "it has ended."));
    }
    timer.expires_after(pause);
    co_await timer.async_wait(use_task);
  }
  co_return Held(*this, std::move(wanted));
}

}  // namespace berth::control
