// An immutable map from text whose copies share all but what changed: changing one entry among
// 50,000 copies some hundreds of pointers. The policy snapshot is made of these. In no order. A
// value; many threads may read one.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace berth::policy {

template <class Value>
class ShardedMap {
 public:
  // Valid as long as this map or a copy that still has the entry.
  const Value* find(std::string_view key) const {
    const Shard* shard = shards_[shard_of(key)].get();
    if (shard == nullptr) return nullptr;
    const auto at = shard->find(key);
    return at == shard->end() ? nullptr : at->second.get();
  }
  std::shared_ptr<const Value> share(std::string_view key) const {
    const Shard* shard = shards_[shard_of(key)].get();
    if (shard == nullptr) return nullptr;
    const auto at = shard->find(key);
    return at == shard->end() ? nullptr : at->second;
  }

  void set(std::string_view key, Value value) {
    edit(key)[std::string(key)] = std::make_shared<const Value>(std::move(value));
  }
  void erase(std::string_view key) {
    if (find(key) == nullptr) return;
    Shard& shard = edit(key);
    shard.erase(shard.find(key));
  }

  template <class F>
  void for_each(F visit) const {
    for (const auto& shard : shards_) {
      if (!shard) continue;
      for (const auto& [key, value] : *shard) visit(key, *value);
    }
  }
  std::size_t size() const {
    std::size_t total = 0;
    for (const auto& shard : shards_) total += shard ? shard->size() : 0;
    return total;
  }

 private:
  // May throw as far as the library can tell, which makes the map keep each hash beside its key:
  // a look-up then reads one entry and not its neighbours.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept(false) {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Shard =
      std::unordered_map<std::string, std::shared_ptr<const Value>, Hash, std::equal_to<>>;
  static constexpr std::size_t kShards = 256;

  static std::size_t shard_of(std::string_view key) {
    return std::hash<std::string_view>{}(key) % kShards;
  }
  // A shard that is nobody else's: while a map is being built, no copies are made.
  Shard& edit(std::string_view key) {
    std::shared_ptr<Shard>& shard = shards_[shard_of(key)];
    if (!shard) {
      shard = std::make_shared<Shard>();
    } else if (shard.use_count() > 1) {
      shard = std::make_shared<Shard>(*shard);
    }
    return *shard;
  }

  std::array<std::shared_ptr<Shard>, kShards> shards_;
};

}  // namespace berth::policy
