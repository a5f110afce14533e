// Whose role assignments count for a principal (acr-access-model C3): its own, and those of every
// group that holds it, directly or through groups. A value for one question; borrows the snapshot
// and the principal.
#pragma once

#include <cstddef>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "policy/principal.h"
#include "policy/snapshot.h"

namespace berth::policy {

class Identities {
 public:
  // More groups are not followed: what lies beyond gives no right.
  static constexpr std::size_t kMaxGroups = 1000;

  Identities(const Snapshot& snapshot, const Principal& principal);

  // The object ids one after the other, the principal's first; empty after the last. Groups are
  // looked up as they are asked for: who stops early does not pay for the others. A cycle ends,
  // because each id comes once. A group that was deleted or disabled is none, and leads to none;
  // whether the principal itself is enabled is a question of its credential.
  std::string_view next();

 private:
  struct Entry {
    std::string_view id;
    const PrincipalRecord* record;
  };
  void add_groups(const std::vector<std::string>& groups);
  bool is_new(std::string_view id);

  const Snapshot& snapshot_;
  const Principal& principal_;
  std::vector<Entry> found_;
  std::unordered_set<std::string_view> seen_;  // only when there are many
  std::size_t next_ = 0;
};

}  // namespace berth::policy
