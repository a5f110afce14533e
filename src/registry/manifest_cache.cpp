#include "registry/manifest_cache.h"

namespace berth::registry {

ManifestCache::Bytes ManifestCache::find(const oci::Digest& digest) {
  Shard& shard = shard_of(digest);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.index.find(digest);
  if (found == shard.index.end()) return nullptr;
  shard.order.splice(shard.order.begin(), shard.order, found->second);
  return found->second->bytes;
}

void ManifestCache::insert(const oci::Digest& digest, Bytes bytes) {
  Shard& shard = shard_of(digest);
  if (bytes->size() > max_shard_bytes_) return;
  const std::lock_guard lock(shard.mutex);
  if (shard.index.contains(digest)) return;
  shard.bytes += bytes->size();
  shard.order.push_front({digest, std::move(bytes)});
  shard.index.emplace(digest, shard.order.begin());
  while (shard.bytes > max_shard_bytes_) {
    const Entry& last = shard.order.back();
    shard.bytes -= last.bytes->size();
    shard.index.erase(last.digest);
    shard.order.pop_back();
  }
}

void ManifestCache::erase(const oci::Digest& digest) {
  Shard& shard = shard_of(digest);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.index.find(digest);
  if (found == shard.index.end()) return;
  shard.bytes -= found->second->bytes->size();
  shard.order.erase(found->second);
  shard.index.erase(found);
}

}  // namespace berth::registry
