// Which scopes lie above a resource (acr-access-model C3): by the text of its id, and through
// management groups, which ids do not name. A value for one question; borrows the snapshot and the
// id. Not safe for several threads.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "policy/snapshot.h"

namespace berth::policy {

// `id` is `scope`, or names something below it. Both in lower case; "/" holds everything.
bool within(std::string_view id, std::string_view scope);

class ScopesAbove {
 public:
  // `id` in lower case and without a '/' at its end; empty for the tenant.
  ScopesAbove(const Snapshot& snapshot, std::string_view id) : snapshot_(snapshot), id_(id) {}

  // Whether what is assigned at `scope` holds for the resource.
  bool hold(std::string_view scope);
  // The management groups that it lies in, the nearest first. Ids of the snapshot.
  std::span<const std::string_view> groups();
  std::string_view id() const { return id_; }

 private:
  // Azure stops at six levels of management groups. What lies beyond this gives no right.
  static constexpr std::size_t kMaxGroups = 16;
  void find_groups();

  const Snapshot& snapshot_;
  const std::string_view id_;
  std::array<std::string_view, kMaxGroups> groups_;
  std::size_t count_ = 0;
  bool found_ = false;
};

}  // namespace berth::policy
