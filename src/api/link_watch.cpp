#include "api/link_watch.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace berth::api {

std::size_t LinkWatch::Hash::operator()(const Blob& blob) const {
  const std::hash<std::string> hash;
  std::size_t all = 0;
  for (const std::string* part : {&blob.registry, &blob.repository, &blob.digest, &blob.client}) {
    all = all * 31 + hash(*part);
  }
  return all;
}

LinkWatch::Seen LinkWatch::given(Blob blob, std::string_view asker, TimePoint end, TimePoint now) {
  const std::size_t name = std::hash<std::string_view>{}(asker);
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = entries_.try_emplace(std::move(blob));
  Entry& entry = at->second;
  if (is_new) {
    entry.place = recent_.insert(recent_.begin(), &at->first);
  } else {
    recent_.splice(recent_.begin(), recent_, entry.place);
  }
  std::erase_if(entry.askers, [&](const Asker& old) { return old.end <= now; });
  const auto known = std::ranges::find(entry.askers, name, &Asker::name);
  if (known != entry.askers.end()) {
    if (now - known->first < kPatience) return Seen::kFirst;
    return std::exchange(known->said, true) ? Seen::kAgain : Seen::kUnreached;
  }
  if (entry.askers.size() == kAskers) entry.askers.erase(entry.askers.begin());
  entry.askers.push_back({name, now, end, false});
  if (entries_.size() > limit_) {
    const auto oldest = entries_.find(*recent_.back());
    recent_.pop_back();
    entries_.erase(oldest);
  }
  return Seen::kFirst;
}

bool LinkWatch::fetched(const Blob& blob) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(blob);
  if (at == entries_.end()) return false;
  const bool said = std::ranges::any_of(at->second.askers, &Asker::said);
  recent_.erase(at->second.place);
  entries_.erase(at);
  return said;
}

}  // namespace berth::api
