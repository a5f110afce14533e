// Everything that the decision knows, as an immutable value. Built from the control plane's and the
// directory's documents; a change makes a new snapshot that shares what did not change. Keys are
// lower case. Times are microseconds since 1970 UTC.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/principal.h"
#include "policy/sharded_map.h"

namespace berth::policy {

// A secret that Berth made: known by its keyed hash (crypto/secrets.h), never by itself.
struct Secret {
  std::string id;            // new with each value
  std::string hash;          // HMAC-SHA-256, 32 bytes
  std::int64_t expires = 0;  // 0: never
  bool operator==(const Secret&) const = default;
};

// acr-access-model C6. One rule is "repositories/<repository>/<action>" taken apart; `repository`
// may end in "/*" or be "*".
struct ScopeMapRule {
  std::string repository;
  std::string action;  // "content/read"
  bool operator==(const ScopeMapRule&) const = default;
};
struct ScopeMap {
  std::vector<ScopeMapRule> rules;
};

struct Token {
  bool enabled = true;
  std::string scope_map;                           // its name, lower case
  std::array<std::optional<Secret>, 2> passwords;  // password1, password2
};

struct RegistryPolicy {
  std::string key;          // of its content in metadata; another when a name is used again
  std::string name;         // as created
  std::string resource_id;  // lower case
  bool admin_enabled = false;
  std::array<Secret, 2> admin_passwords;
  bool anonymous_pull = false;
  bool arm_audience = true;  // azureADAuthenticationAsArmPolicy
  ShardedMap<Token> tokens;
  ShardedMap<ScopeMap> scope_maps;
};

// A user, group, service principal or managed identity, by object id.
struct PrincipalRecord {
  bool enabled = true;
  bool group = false;
  std::vector<std::string> credentials;  // ids of those that are good
  std::vector<std::string> member_of;    // groups, direct
};

// Azure RBAC (C2). Patterns hold '*' for any text, compared without case.
struct RoleDefinition {
  std::string id;  // GUID, lower case
  std::string name;
  std::string description;
  std::vector<std::string> actions, not_actions, data_actions, not_data_actions;
};
struct RoleAssignment {
  std::string id;         // resource id of the assignment, lower case
  std::string principal;  // object id
  std::string role;       // GUID of the definition, lower case
};

struct Snapshot {
  ShardedMap<RegistryPolicy> registries;  // by name
  ShardedMap<PrincipalRecord> principals;
  ShardedMap<RoleDefinition> roles;
  ShardedMap<std::vector<RoleAssignment>> assignments;  // by the scope they are made at
  // The scope above, where the id's text does not tell: subscription or management group → group.
  ShardedMap<std::string> parents;
  ShardedMap<bool> issuers;      // names of trusted OpenID issuers
  std::uint32_t server_uid = 0;  // this user and root are Owner over the machine's own socket
};

}  // namespace berth::policy
