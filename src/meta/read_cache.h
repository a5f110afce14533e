// Bounded memory of positive answers, so that a warm pull touches no database and no other thread.
//
// Correct by versions alone: a reader notes the version of the repository before it reads the
// database and stores the answer under that version; the writer raises the version after COMMIT and
// before it answers its caller. An entry counts only while its version is the current one, so
// whoever was told that a write is done never sees what was before it. Nothing is ever erased for
// correctness; outdated entries are overwritten or fall out as least recently used.
//
// Safe from any thread; a shard's mutex is held for a few pointer operations, never over I/O.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/metrics.h"
#include "meta/records.h"

namespace berth::meta {

// What an entry is found by; borrowed text.
struct CacheKey {
  CacheKey(const RepositoryKey& key, std::string_view of);
  bool operator==(const CacheKey& other) const {
    return hash == other.hash && reference == other.reference && name == other.name &&
           registry == other.registry;
  }
  std::string_view registry, name, reference;
  std::size_t repository_hash, hash;
};

// One counter per repository, by hash: two that share one only cause needless misses.
class RepositoryVersions {
 public:
  std::uint64_t current(const CacheKey& key) const {
    return counters_[key.repository_hash % kCounters].load(std::memory_order_acquire);
  }
  void raise(const RepositoryKey& key) {
    counters_[CacheKey(key, {}).repository_hash % kCounters].fetch_add(1,
                                                                       std::memory_order_acq_rel);
  }
  void raise_all() {
    for (auto& counter : counters_) counter.fetch_add(1, std::memory_order_acq_rel);
  }

 private:
  static constexpr std::size_t kCounters = 16'384;
  std::vector<std::atomic<std::uint64_t>> counters_ =
      std::vector<std::atomic<std::uint64_t>>(kCounters);
};

template <class T>
class ReadCache {
 public:
  // At most `entries` in all; 0 switches the cache off.
  ReadCache(const RepositoryVersions& versions, std::size_t entries, Counter& hits, Counter& misses)
      : versions_(versions), per_shard_(entries / kShards), hits_(hits), misses_(misses) {}

  std::shared_ptr<const T> find(const CacheKey& key) {
    const std::uint64_t version = versions_.current(key);
    auto found = shard(key).find(key, version);
    (found ? hits_ : misses_).add();
    return found;
  }

  // `version` is what versions.current(key) was before the database was read.
  void insert(const CacheKey& key, std::uint64_t version, const T& value) {
    if (per_shard_ == 0 || version != versions_.current(key)) return;
    auto entry = std::make_unique<Entry>(key, version, value);
    shard(key).insert(std::move(entry), per_shard_);
  }

 private:
  static constexpr std::size_t kShards = 16;

  struct Entry {
    Entry(const CacheKey& k, std::uint64_t v, const T& t)
        : text(std::string(k.registry) + std::string(k.name) + std::string(k.reference)),
          key(k),
          version(v),
          value(std::make_shared<const T>(t)) {
      const std::string_view all = text;
      key.registry = all.substr(0, k.registry.size());
      key.name = all.substr(k.registry.size(), k.name.size());
      key.reference = all.substr(k.registry.size() + k.name.size());
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    const std::string text;
    CacheKey key;  // into `text`
    std::uint64_t version;
    std::shared_ptr<const T> value;
  };
  struct Hash {
    std::size_t operator()(const CacheKey& key) const { return key.hash; }
  };

  class Shard {
   public:
    std::shared_ptr<const T> find(const CacheKey& key, std::uint64_t version) {
      const std::lock_guard lock(mutex_);
      const auto it = index_.find(key);
      if (it == index_.end() || (*it->second)->version != version) return nullptr;
      order_.splice(order_.begin(), order_, it->second);
      return (*it->second)->value;
    }

    void insert(std::unique_ptr<Entry> entry, std::size_t limit) {
      std::list<std::unique_ptr<Entry>> node;  // allocated, and later freed, outside the lock
      std::list<std::unique_ptr<Entry>> dropped;
      node.push_back(std::move(entry));
      const std::lock_guard lock(mutex_);
      const auto it = index_.find(node.front()->key);
      if (it != index_.end()) {
        // A slower reader must not put its older answer over a newer one.
        if ((*it->second)->version > node.front()->version) return;
        dropped.splice(dropped.begin(), order_, it->second);
        index_.erase(it);
      } else if (index_.size() >= limit) {
        index_.erase(order_.back()->key);
        dropped.splice(dropped.begin(), order_, std::prev(order_.end()));
      }
      index_.emplace(node.front()->key, node.begin());
      order_.splice(order_.begin(), node);
    }

   private:
    std::mutex mutex_;
    std::list<std::unique_ptr<Entry>> order_;  // most recently used first
    std::unordered_map<CacheKey, typename std::list<std::unique_ptr<Entry>>::iterator, Hash> index_;
  };

  Shard& shard(const CacheKey& key) { return shards_[(key.hash >> 7) % kShards]; }

  const RepositoryVersions& versions_;
  const std::size_t per_shard_;
  Counter& hits_;
  Counter& misses_;
  std::array<Shard, kShards> shards_;
};

}  // namespace berth::meta
