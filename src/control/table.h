// All resources by type and id, in id order. Safe from any thread: a mutex is held for a map
// operation or for the copying of one page's pointers, never longer.
#pragma once

#include <functional>
#include <map>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "control/resource.h"

namespace berth::control {

class Table {
 public:
  // `key` is an id in lower case.
  ResourcePtr find(std::string_view type, std::string_view key) const;
  // At most `limit` resources whose key begins with `prefix` and comes after `after`, in order.
  std::vector<ResourcePtr> page(std::string_view type, std::string_view prefix,
                                std::string_view after, std::size_t limit) const;
  // Calls `visit` for each of them, without holding the mutex meanwhile.
  void for_each(std::string_view type, std::string_view prefix,
                const std::function<void(const ResourcePtr&)>& visit) const;
  // The first that is `wanted`; null: none is.
  ResourcePtr find_if(std::string_view type, std::string_view prefix,
                      const std::function<bool(const ResourcePtr&)>& wanted) const;
  bool any(std::string_view type, std::string_view prefix) const {
    return !page(type, prefix, {}, 1).empty();
  }

  void set(ResourcePtr resource);
  void erase(const ResourceId& id);

 private:
  using ById = std::map<std::string, ResourcePtr, std::less<>>;
  mutable std::shared_mutex mutex_;
  std::map<std::string, ById, std::less<>> types_;
};

}  // namespace berth::control
