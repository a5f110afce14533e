// Tokens that were verified, by the hash of their signature and what it signs. Bounded: entries
// live in two generations, and when the younger is full the older goes, so that what is in use
// stays. Safe from any thread; a mutex is held for a map operation.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "access/token_service.h"

namespace berth::access {

// One part of the cache. Looking up what is in use takes a lock that readers share.
class TokenCacheShard {
 public:
  static constexpr std::size_t kGeneration = 1024;  // entries; about 2 KiB each

  // Null when it is not there, or was verified under other keys.
  std::shared_ptr<const RegistryToken> find(const std::string& hash, std::string_view signed_text,
                                            std::uint64_t keys) {
    Entry old;
    {
      const std::shared_lock lock(mutex_);
      if (keys != keys_) return nullptr;
      if (const auto at = young_.find(hash); at != young_.end()) return at->second.of(signed_text);
      const auto at = old_.find(hash);
      if (at == old_.end()) return nullptr;
      old = at->second;
    }
    const std::lock_guard lock(mutex_);
    if (keys == keys_) insert(hash, old);
    return old.of(signed_text);
  }
  void add(const std::string& hash, std::string_view signed_text,
           std::shared_ptr<const RegistryToken> token, std::uint64_t keys) {
    const std::lock_guard lock(mutex_);
    if (keys < keys_) return;  // verified while the keys changed
    if (keys > keys_) {
      young_.clear();
      old_.clear();
      keys_ = keys;
    }
    insert(hash, {std::string(signed_text), std::move(token)});
  }

 private:
  struct Entry {
    std::string signed_text;
    std::shared_ptr<const RegistryToken> token;
    std::shared_ptr<const RegistryToken> of(std::string_view asked) const {
      return asked == signed_text ? token : nullptr;
    }
  };
  using Map = std::unordered_map<std::string, Entry>;
  void insert(const std::string& hash, Entry token) {
    if (young_.size() >= kGeneration) {
      old_ = std::move(young_);
      young_ = {};
    }
    young_.insert_or_assign(hash, std::move(token));
  }

  std::shared_mutex mutex_;
  Map young_, old_;
  std::uint64_t keys_ = 0;  // KeyRing::generation
};

class TokenService::Cache {
 public:
  std::shared_ptr<const RegistryToken> find(const std::string& hash, std::string_view signed_text,
                                            std::uint64_t keys) {
    return shard(hash).find(hash, signed_text, keys);
  }
  void add(const std::string& hash, std::string_view signed_text,
           std::shared_ptr<const RegistryToken> token, std::uint64_t keys) {
    shard(hash).add(hash, signed_text, std::move(token), keys);
  }

 private:
  TokenCacheShard& shard(const std::string& hash) {
    return shards_[static_cast<unsigned char>(hash.front()) % shards_.size()];
  }
  std::array<TokenCacheShard, 16> shards_;
};

}  // namespace berth::access
