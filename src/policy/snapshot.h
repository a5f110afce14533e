// Everything that the decision knows, as an immutable value. Built from the control plane's and the
// directory's documents; a change makes a new snapshot that shares what did not change. Keys are
// lower case. Times are microseconds since 1970 UTC.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conditions/condition.h"
#include "policy/network.h"
#include "policy/principal.h"
#include "policy/service_kind.h"
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
// may end in "/*" or be "*". The action "catalog/read" is ours: it shows the names in the catalog
// and nothing else.
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

// `roleAssignmentMode` (C1): which roles count for images.
enum class PermissionsMode {
  kRegistry,    // LegacyRegistryPermissions: actions, for the registry as a whole
  kRepository,  // AbacRepositoryPermissions: data actions, by repository where a condition says so
};
inline constexpr std::array<std::string_view, 2> kPermissionsModeNames = {
    "LegacyRegistryPermissions", "AbacRepositoryPermissions"};
constexpr std::string_view mode_name(PermissionsMode mode) {
  return kPermissionsModeNames[static_cast<std::size_t>(mode)];
}

struct RegistryPolicy {
  std::string key;          // of its content in metadata; another when a name is used again
  std::string name;         // as created
  std::string resource_id;  // lower case
  bool admin_enabled = false;
  std::array<Secret, 2> admin_passwords;
  bool anonymous_pull = false;
  bool arm_audience = true;  // azureADAuthenticationAsArmPolicy
  PermissionsMode mode = PermissionsMode::kRegistry;
  ShardedMap<Token> tokens;
  ShardedMap<ScopeMap> scope_maps;
  std::shared_ptr<const Network> network;  // null: open to all networks
};

// A user, group, service principal or managed identity, by object id.
struct PrincipalRecord {
  bool enabled = true;
  bool group = false;
  ServiceKind service = ServiceKind::kNone;
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
// A role as decisions use it: which of the operations on images it holds, found once (roles.h).
struct Role {
  RoleDefinition definition;
  std::uint32_t image_operations = 0;  // a bit for each ImageOperation
};
struct RoleAssignment {
  std::string id;     // resource id of the assignment, lower case
  std::string scope;  // resource id it is made at, lower case; "/" for the tenant
  std::string role;   // GUID of the definition, lower case
  std::shared_ptr<const conditions::Condition> condition = {};  // null: none
};
// What nobody may do whatever roles they hold, made by the platform and not by users (C3).
struct DenyAssignment {
  std::string id;  // GUID
  std::string name;
  std::string description;
  std::string scope;      // lower case; "/" for the tenant
  bool below_too = true;  // what lies below the scope is protected, too
  std::vector<std::string> actions, not_actions, data_actions, not_data_actions;
  std::vector<std::string> excluded;  // object ids that it does not hold for
};

// What of a registry's catalog somebody sees: all, or what these patterns name ("team/*", "tool").
struct CatalogView {
  bool all = true;
  std::vector<std::string> patterns;  // of scope-map rules; sorted, none within another
};

struct Snapshot {
  ShardedMap<RegistryPolicy> registries;  // by name
  ShardedMap<PrincipalRecord> principals;
  ShardedMap<Role> roles;                                      // by GUID; the built-in ones, too
  ShardedMap<std::vector<RoleAssignment>> assignments;         // by the principal's object id
  std::shared_ptr<const std::vector<DenyAssignment>> denials;  // null: none
  // The scope above, where the id's text does not tell: subscription or management group → group.
  ShardedMap<std::string> parents;
  std::shared_ptr<const Subnets> subnets;             // null: none is declared
  std::shared_ptr<const TrustedIngresses> ingresses;  // null: none is declared
  ShardedMap<bool> issuers;                           // names of trusted OpenID issuers
  std::uint32_t server_uid = 0;  // this user and root are Owner over the machine's own socket
};

}  // namespace berth::policy
