#include "policy/evaluation.h"

#include <algorithm>
#include <string>
#include <vector>

#include "policy/ascii.h"
#include "policy/roles.h"

namespace berth::policy {
namespace {

// More groups or levels than this are not followed: what lies beyond gives no right. Azure stops at
// six levels of management groups.
constexpr std::size_t kMaxGroups = 1000;
constexpr int kMaxParents = 16;

// The principal and every group that holds it, directly or through groups. A cycle ends because an
// id is added once.
std::vector<std::string_view> ids_of(const Snapshot& snapshot, const Principal& principal) {
  std::vector<std::string_view> ids = {principal.id};
  const auto add = [&](const std::string& group) {
    if (ids.size() <= kMaxGroups && std::ranges::find(ids, group) == ids.end())
      ids.push_back(group);
  };
  // An issuer may still vouch for a group that is gone, whose assignments are not.
  for (const std::string& group : principal.groups) {
    const PrincipalRecord* record = snapshot.principals.find(group);
    if (record != nullptr && record->group) add(group);
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const PrincipalRecord* record = snapshot.principals.find(ids[i]);
    if (record == nullptr || !record->enabled) continue;
    for (const std::string& group : record->member_of) add(group);
  }
  return ids;
}

// What Azure calls built-in cannot be defined anew by a document.
const RoleDefinition* find_role(const Snapshot& snapshot, std::string_view id) {
  const auto at = std::ranges::find(built_in_roles(), id, &RoleDefinition::id);
  return at != built_in_roles().end() ? &*at : snapshot.roles.find(id);
}

struct Question {
  const Snapshot& snapshot;
  const std::vector<std::string_view> ids;
  const std::span<const std::string_view> operations;

  bool allowed_at(std::string_view scope) const {
    const auto* assignments = snapshot.assignments.find(scope);
    if (assignments == nullptr) return false;
    return std::ranges::any_of(*assignments, [&](const RoleAssignment& assignment) {
      if (std::ranges::find(ids, assignment.principal) == ids.end()) return false;
      const RoleDefinition* role = find_role(snapshot, assignment.role);
      return role != nullptr &&
             std::ranges::any_of(operations, [&](auto op) { return role_allows(*role, op); });
    });
  }
};

}  // namespace

bool roles_allow(const Snapshot& snapshot, const Principal& principal, std::string_view scope,
                 std::span<const std::string_view> operations) {
  if (operations.empty() || principal.id.empty()) return false;
  const Question question{snapshot, ids_of(snapshot, principal), operations};
  std::string id = lower(scope);
  const std::string* parent = nullptr;
  // The resource, and what its id names before it: resource group, subscription.
  while (!id.empty()) {
    if (question.allowed_at(id)) return true;
    if (parent == nullptr) parent = snapshot.parents.find(id);
    id.resize(std::min(id.rfind('/'), id.size()));
  }
  // Management groups, which ids do not name.
  for (int level = 0; parent != nullptr && level < kMaxParents; ++level) {
    if (question.allowed_at(*parent)) return true;
    parent = snapshot.parents.find(*parent);
  }
  return question.allowed_at("/");
}

}  // namespace berth::policy
