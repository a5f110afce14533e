#include "registry/leases.h"

#include <boost/asio/steady_timer.hpp>

namespace berth::registry {
namespace {

std::uint64_t touch_key(const meta::RepositoryKey& repository, const oci::Digest& digest) {
  const std::hash<std::string_view> hash;
  std::uint64_t key = hash(repository.registry);
  for (const std::string_view part :
       {std::string_view(repository.name.text()), std::string_view(digest.text())}) {
    key ^= hash(part) + 0x9e3779b97f4a7c15ULL + (key << 6U) + (key >> 2U);
  }
  return key;
}

}  // namespace

void Lease::release() {
  if (owner_ != nullptr) std::exchange(owner_, nullptr)->end(*digest_);
}

void Claim::release() {
  if (owner_ != nullptr) std::exchange(owner_, nullptr)->unclaim(digests_);
}

Task<Lease> Leases::hold(const oci::Digest& digest) {
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (!claimed_.contains(digest)) {
        ++held_[digest];
        break;
      }
    }
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(2));
    co_await timer.async_wait(use_task);
  }
  co_return Lease(*this, digest);
}

void Leases::end(const oci::Digest& digest) {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(digest);
  if (found != held_.end() && --found->second == 0) held_.erase(found);
}

Claim Leases::claim(const std::vector<oci::Digest>& digests) {
  std::vector<oci::Digest> claimed;
  const std::lock_guard lock(mutex_);
  for (const oci::Digest& digest : digests) {
    if (!held_.contains(digest) && claimed_.insert(digest).second) claimed.push_back(digest);
  }
  return {*this, std::move(claimed)};
}

void Leases::unclaim(const std::vector<oci::Digest>& digests) {
  const std::lock_guard lock(mutex_);
  for (const oci::Digest& digest : digests) claimed_.erase(digest);
}

void Leases::touch(const meta::RepositoryKey& repository, const oci::Digest& digest) {
  const std::uint64_t key = touch_key(repository, digest);
  TouchShard& shard = touches_[key % kShards];
  const TimePoint now = clock_.now();
  const std::lock_guard lock(shard.mutex);
  if (shard.last.size() >= kMaxTouchesPerShard && !shard.last.contains(key)) {
    shard.overflowed = now;
  } else {
    shard.last[key] = now;
  }
}

bool Leases::touched(const meta::RepositoryKey& repository, const oci::Digest& digest,
                     TimePoint since) const {
  const std::uint64_t key = touch_key(repository, digest);
  const TouchShard& shard = touches_[key % kShards];
  const std::lock_guard lock(shard.mutex);
  if (shard.overflowed >= since && shard.overflowed != TimePoint{}) return true;
  const auto found = shard.last.find(key);
  return found != shard.last.end() && found->second >= since;
}

void Leases::forget_touches(TimePoint before) {
  for (TouchShard& shard : touches_) {
    const std::lock_guard lock(shard.mutex);
    std::erase_if(shard.last, [&](const auto& entry) { return entry.second < before; });
  }
}

}  // namespace berth::registry
