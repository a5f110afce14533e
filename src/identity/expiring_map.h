// Things that are remembered until a moment: pending sign-ins, used assertion ids. Bounded: a full
// map drops what has expired and then refuses, so that nobody's flood pushes out what protects
// another. Not kept across a restart. Safe from any thread; a mutex is held for a map operation.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace berth::identity {

template <class Value>
class ExpiringMap {
 public:
  explicit ExpiringMap(std::size_t most) : most_(most) {}

  // False when the key is there already (and has not expired), or there is no room.
  bool add(const std::string& key, Value value, TimePoint expires, TimePoint now) {
    const std::lock_guard lock(mutex_);
    drop_expired(now);
    if (entries_.size() >= most_) return false;
    const bool added = entries_.try_emplace(key, std::move(value), expires).second;
    if (added) by_time_.emplace(expires, key);
    return added;
  }

  // Runs `use(Value&)` under the lock and returns what it does; nullopt when there is none.
  template <class F>
  auto with(std::string_view key, TimePoint now, F use)
      -> std::optional<std::invoke_result_t<F&, Value&>> {
    const std::lock_guard lock(mutex_);
    drop_expired(now);
    const auto at = entries_.find(key);
    if (at == entries_.end()) return std::nullopt;
    return use(at->second.first);
  }
  std::optional<Value> get(std::string_view key, TimePoint now) {
    return with(key, now, [](Value& value) { return value; });
  }

 private:
  void drop_expired(TimePoint now) {
    while (!by_time_.empty() && by_time_.begin()->first <= now) {
      entries_.erase(by_time_.begin()->second);
      by_time_.erase(by_time_.begin());
    }
  }

  const std::size_t most_;
  std::mutex mutex_;
  std::map<std::string, std::pair<Value, TimePoint>, std::less<>> entries_;
  std::set<std::pair<TimePoint, std::string>> by_time_;
};

}  // namespace berth::identity
