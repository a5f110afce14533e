// Manifest bytes in memory, by digest, bounded by bytes. Content of a digest never changes, so
// there is nothing to invalidate; whether a caller may have it was decided before the cache is
// asked. Safe from any thread; a mutex per shard, held for a map operation.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "oci/digest.h"

namespace berth::registry {

class ManifestCache {
 public:
  using Bytes = std::shared_ptr<const std::string>;

  explicit ManifestCache(std::uint64_t max_bytes) : max_shard_bytes_(max_bytes / kShards) {}
  ManifestCache(const ManifestCache&) = delete;
  ManifestCache& operator=(const ManifestCache&) = delete;

  Bytes find(const oci::Digest& digest);  // null when absent
  void insert(const oci::Digest& digest, Bytes bytes);
  void erase(const oci::Digest& digest);

 private:
  static constexpr std::size_t kShards = 8;
  struct Entry {
    oci::Digest digest;
    Bytes bytes;
  };
  struct Shard {
    std::mutex mutex;
    std::list<Entry> order;  // least recently used last
    std::unordered_map<oci::Digest, std::list<Entry>::iterator> index;
    std::uint64_t bytes = 0;
  };
  Shard& shard_of(const oci::Digest& digest) {
    return shards_[std::hash<oci::Digest>{}(digest) % kShards];
  }

  const std::uint64_t max_shard_bytes_;
  std::array<Shard, kShards> shards_;
};

}  // namespace berth::registry
