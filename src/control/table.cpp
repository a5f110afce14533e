#include "control/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

namespace berth::control {

std::string Resource::etag() const {
  return fmt::format("\"{:x}-{}\"", to_micros(created), version);
}

ResourcePtr Table::find(std::string_view type, std::string_view key) const {
  const std::shared_lock lock(mutex_);
  const auto resources = types_.find(type);
  if (resources == types_.end()) return nullptr;
  const auto at = resources->second.find(key);
  return at == resources->second.end() ? nullptr : at->second;
}

std::vector<ResourcePtr> Table::page(std::string_view type, std::string_view prefix,
                                     std::string_view after, std::size_t limit) const {
  std::vector<ResourcePtr> out;
  const std::shared_lock lock(mutex_);
  const auto resources = types_.find(type);
  if (resources == types_.end()) return out;
  const ById& ids = resources->second;
  auto at = after < prefix ? ids.lower_bound(prefix) : ids.upper_bound(after);
  for (; at != ids.end() && out.size() < limit && at->first.starts_with(prefix); ++at) {
    out.push_back(at->second);
  }
  return out;
}

void Table::for_each(std::string_view type, std::string_view prefix,
                     const std::function<void(const ResourcePtr&)>& visit) const {
  find_if(type, prefix, [&](const ResourcePtr& one) {
    visit(one);
    return false;
  });
}

ResourcePtr Table::find_if(std::string_view type, std::string_view prefix,
                           const std::function<bool(const ResourcePtr&)>& wanted) const {
  constexpr std::size_t kChunk = 256;
  std::string after;
  while (true) {
    const auto chunk = page(type, prefix, after, kChunk);
    const auto at = std::ranges::find_if(chunk, wanted);
    if (at != chunk.end()) return *at;
    if (chunk.size() < kChunk) return nullptr;
    after = chunk.back()->id.key();
  }
}

void Table::set(ResourcePtr resource) {
  const std::unique_lock lock(mutex_);
  ResourcePtr& place = types_[resource->id.type()][resource->id.key()];
  place = std::move(resource);
}

void Table::erase(const ResourceId& id) {
  const std::unique_lock lock(mutex_);
  const auto resources = types_.find(id.type());
  if (resources != types_.end()) resources->second.erase(id.key());
}

}  // namespace berth::control
