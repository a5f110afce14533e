#include "meta/read_cache.h"

#include <functional>

namespace berth::meta {
namespace {

std::size_t mix(std::size_t seed, std::string_view text) {
  return seed * 0x9e3779b97f4a7c15U + std::hash<std::string_view>{}(text);
}

}  // namespace

CacheKey::CacheKey(const RepositoryKey& key, std::string_view of)
    : registry(key.registry),
      name(key.name.text()),
      reference(of),
      repository_hash(mix(mix(0, registry), name)),
      hash(mix(repository_hash, reference)) {}

}  // namespace berth::meta
