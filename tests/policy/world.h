// A server's policy written down plainly: lists, ids as texts, no index. The table, the slow
// evaluator and the generators speak of worlds; the engine gets the snapshot that is made of one.
// All ids are lower case, as in the snapshot. Values; tests only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "condition_tree.h"
#include "policy/snapshot.h"

namespace berth::permissions {

struct WorldToken {
  std::string name;
  bool enabled = true;
  std::string scope_map;
  std::vector<std::string> passwords;  // ids, two at most
};
struct WorldScopeMap {
  std::string name;
  std::vector<policy::ScopeMapRule> rules;
};
struct WorldRegistry {
  std::string name;
  std::string key;
  std::string id;  // resource id
  policy::PermissionsMode mode = policy::PermissionsMode::kRegistry;
  bool anonymous_pull = false;
  bool admin_enabled = false;
  std::vector<std::string> admin_passwords;  // ids, two at most
  std::vector<WorldToken> tokens;
  std::vector<WorldScopeMap> scope_maps;
};
struct WorldPrincipal {
  std::string id;
  bool enabled = true;
  bool group = false;
  std::vector<std::string> credentials;
  std::vector<std::string> member_of;
};
struct WorldAssignment {
  std::string id;
  std::string principal;
  std::string role;
  std::string scope;
  std::string condition;                      // its text, for the engine; empty: none
  std::shared_ptr<const ConditionTree> tree;  // the same, for the slow evaluator
};

struct World {
  std::vector<WorldRegistry> registries;
  std::vector<WorldPrincipal> principals;
  std::vector<policy::RoleDefinition> custom_roles;
  std::vector<WorldAssignment> assignments;
  std::vector<policy::DenyAssignment> denials;
  std::vector<std::pair<std::string, std::string>> parents;  // what lies below, what above
  std::vector<std::pair<std::string, bool>> issuers;         // name, trusted
  std::uint32_t server_uid = 990;
};

// Throws std::runtime_error when a condition does not compile: a world is valid by construction.
policy::Snapshot to_snapshot(const World& world);

// For a person who has to understand a disagreement: everything, one fact in a line.
std::string to_text(const World& world);

}  // namespace berth::permissions
