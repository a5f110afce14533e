#include "slow_evaluator.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policy/roles.h"

namespace berth::permissions {
namespace {

using conditions::Attribute;
using conditions::Truth;
using policy::Action;
using policy::PermissionsMode;
using policy::Principal;
using policy::PrincipalKind;
using policy::Verdict;

constexpr std::string_view kRegistries = "Microsoft.ContainerRegistry/registries/";

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

// ---- before roles

std::optional<Answer> network(const World& world, const policy::Source& source) {
  if (source.own_socket) {
    const bool known = source.uid && (*source.uid == 0 || *source.uid == world.server_uid);
    if (!known) return Answer{Verdict::kDenyNetwork, Why::kNetwork};
  } else if (!source.tls && !source.loopback) {
    return Answer{Verdict::kDenyNetwork, Why::kNetwork};
  }
  return {};
}

const WorldRegistry* registry_by_name(const World& world, std::string_view name) {
  for (const auto& registry : world.registries) {
    if (registry.name == name) return &registry;
  }
  return nullptr;
}

const WorldToken* token_of(const WorldRegistry& registry, const Principal& principal) {
  for (const auto& token : registry.tokens) {
    if (token.name == principal.id) return &token;
  }
  return nullptr;
}

// Whether the account is there, switched on, and its credential among those that are good.
bool good_account(const World& world, const Principal& principal) {
  for (const auto& record : world.principals) {
    if (record.id != principal.id) continue;
    return !record.group && record.enabled && contains(record.credentials, principal.credential);
  }
  return false;
}

bool good_issuer(const World& world, const Principal& principal) {
  for (const auto& [name, trusted] : world.issuers) {
    if (name == principal.credential) return trusted;
  }
  return false;
}

bool good_admin(const WorldRegistry* registry, const Principal& principal) {
  return registry != nullptr && registry->key == principal.registry && registry->admin_enabled &&
         contains(registry->admin_passwords, principal.credential);
}

bool good_token(const WorldRegistry* registry, const Principal& principal) {
  if (registry == nullptr || registry->key != principal.registry) return false;
  const WorldToken* token = token_of(*registry, principal);
  return token != nullptr && token->enabled && contains(token->passwords, principal.credential);
}

std::optional<Answer> credential(const World& world, const WorldRegistry* registry,
                                 const Principal& principal) {
  const auto refused = [](Why why) { return Answer{Verdict::kDenyCredential, why}; };
  switch (principal.kind) {
    case PrincipalKind::kAnonymous:
    case PrincipalKind::kOwner:
      return {};
    case PrincipalKind::kAdminUser:
      if (good_admin(registry, principal)) return {};
      return refused(Why::kBadAdminUser);
    case PrincipalKind::kToken:
      if (good_token(registry, principal)) return {};
      return refused(Why::kBadToken);
    case PrincipalKind::kExternal:
      if (good_issuer(world, principal)) return {};
      return refused(Why::kBadIssuer);
    default:
      if (good_account(world, principal)) return {};
      return refused(Why::kBadAccount);
  }
}

// ---- scope maps (C6)

bool rule_names(const std::string& pattern, const std::string& repository) {
  if (pattern == "*") return true;
  if (!pattern.ends_with("/*")) return pattern == repository;
  const std::string folder = pattern.substr(0, pattern.size() - 1);
  return repository.size() > folder.size() && repository.substr(0, folder.size()) == folder;
}

// The actions of scope-map rules, any one of which gives the action.
std::vector<std::string> rule_actions(Action action) {
  switch (action) {
    case Action::kPull:
      return {"content/read"};
    case Action::kPush:
      return {"content/write"};
    case Action::kDelete:
      return {"content/delete"};
    case Action::kMetadataRead:
      return {"metadata/read"};
    case Action::kMetadataWrite:
      return {"metadata/write"};
    case Action::kMetadataDelete:
      return {"metadata/write", "content/delete"};
    case Action::kCatalogRead:
      return {"metadata/read", "catalog/read"};
    default:
      return {};
  }
}

// The rules of the token's map that give the action somewhere.
std::vector<policy::ScopeMapRule> rules_for(const WorldRegistry& registry,
                                            const policy::AccessRequest& request) {
  std::vector<policy::ScopeMapRule> out;
  const WorldToken* token = token_of(registry, request.principal);
  for (const auto& map : registry.scope_maps) {
    if (map.name != token->scope_map) continue;
    for (const auto& rule : map.rules) {
      if (contains(rule_actions(request.action), rule.action)) out.push_back(rule);
    }
  }
  return out;
}

bool some_rule_names(const std::vector<policy::ScopeMapRule>& rules, const std::string& name) {
  return std::ranges::any_of(rules,
                             [&](const auto& rule) { return rule_names(rule.repository, name); });
}

bool map_allows(const WorldRegistry& registry, const policy::AccessRequest& request) {
  const auto rules = rules_for(registry, request);
  if (request.action == Action::kCatalogRead) return !rules.empty();
  return request.repository != nullptr && some_rule_names(rules, request.repository->text());
}

// ---- roles (C1, C2, C3)

struct Operation {
  std::string name;
  bool data = false;
};

// C2, "request → needed permission": any one is enough.
struct Need {
  Action action;
  std::vector<std::string_view> by_registry;    // actions
  std::vector<std::string_view> by_repository;  // data actions
};
const std::vector<Need>& needs() {
  static const std::vector<Need> all = {
      {Action::kPull, {"pull/read"}, {"repositories/content/read"}},
      {Action::kPush, {"push/write"}, {"repositories/content/write"}},
      {Action::kDelete, {"artifacts/delete"}, {"repositories/content/delete"}},
      {Action::kMetadataRead, {"pull/read", "metadata/read"}, {"repositories/metadata/read"}},
      {Action::kMetadataWrite, {"metadata/write"}, {"repositories/metadata/write"}},
      {Action::kMetadataDelete,
       {"push/write", "artifacts/delete"},
       {"repositories/metadata/delete", "repositories/metadata/write"}},
      {Action::kCatalogRead, {"pull/read"}, {"catalog/read"}},
  };
  return all;
}

// To sign in is to have any of these rights, or to see the registry.
std::vector<Operation> operations(Action action, PermissionsMode mode) {
  const bool by_repository = mode == PermissionsMode::kRepository;
  std::vector<Operation> out;
  for (const auto& need : needs()) {
    if (need.action != action && action != Action::kRegistryRead) continue;
    for (const auto name : by_repository ? need.by_repository : need.by_registry) {
      out.push_back({std::string(kRegistries).append(name), by_repository});
    }
  }
  if (action == Action::kRegistryRead) out.push_back({std::string(kRegistries) + "read", false});
  return out;
}

bool any_matches(const std::vector<std::string>& patterns, const std::string& operation) {
  for (const auto& pattern : patterns) {
    if (naive_action_match(operation, pattern)) return true;
  }
  return false;
}

template <class Definition>  // a role, or a deny assignment: both list what they name
bool names_operation(const Definition& definition, const Operation& operation) {
  if (operation.data) {
    return any_matches(definition.data_actions, operation.name) &&
           !any_matches(definition.not_data_actions, operation.name);
  }
  return any_matches(definition.actions, operation.name) &&
         !any_matches(definition.not_actions, operation.name);
}

const policy::RoleDefinition* role_of(const World& world, const std::string& id) {
  for (const auto& role : policy::built_in_roles()) {
    if (role.id == id) return &role;
  }
  for (const auto& role : world.custom_roles) {
    if (role.id == id) return &role;
  }
  return nullptr;
}

// Whether one id is the other, or begins with it and goes on behind a slash.
bool same_or_longer(const std::string& longer, const std::string& id) {
  return longer.starts_with(id) && (longer.size() == id.size() || longer[id.size()] == '/');
}

// Whether `above` is the scope itself or holds it: by the id's text, or through management groups.
bool at_or_above(const World& world, const std::string& above, const std::string& scope) {
  if (above == "/" || same_or_longer(scope, above)) return true;
  for (const auto& [below, parent] : world.parents) {
    if (same_or_longer(scope, below) && at_or_above(world, above, parent)) return true;
  }
  return false;
}

bool is_group(const World& world, const std::string& id) {
  return std::ranges::any_of(
      world.principals, [&](const auto& one) { return one.id == id && one.group && one.enabled; });
}

// The principal and its groups, also through groups, until nothing is added any more. A group that
// is gone or disabled is none.
std::set<std::string> everyone_it_is(const World& world, const Principal& principal) {
  std::set<std::string> ids = {principal.id};
  const auto add = [&](const std::vector<std::string>& groups) {
    for (const auto& group : groups) {
      if (is_group(world, group)) ids.insert(group);
    }
  };
  add(principal.groups);
  for (std::size_t before = 0; before != ids.size();) {
    before = ids.size();
    for (const auto& record : world.principals) {
      if (record.enabled && ids.contains(record.id)) add(record.member_of);
    }
  }
  return ids;
}

struct RoleQuestion {
  const World& world;
  std::set<std::string> ids;
  std::string scope;
  TreeFacts facts;
  bool conditions_aside = false;  // signing in: whether there is any right at all
};

// What lies in the tenant itself stays what it is when another scope stands before its id.
bool protects(const World& world, const policy::DenyAssignment& denial, const std::string& scope) {
  if (denial.scope.starts_with("/providers/") && scope.ends_with(denial.scope)) return true;
  return denial.below_too ? at_or_above(world, denial.scope, scope) : denial.scope == scope;
}

bool denied(const RoleQuestion& question, const Operation& operation) {
  for (const auto& denial : question.world.denials) {
    const bool here = protects(question.world, denial, question.scope);
    const bool excluded = std::ranges::any_of(
        denial.excluded, [&](const auto& id) { return question.ids.contains(id); });
    if (here && !excluded && names_operation(denial, operation)) return true;
  }
  return false;
}

// C3, steps 2 and 4 to 7, for one operation.
Why granted_by(RoleQuestion& question, const Operation& operation) {
  Why result = Why::kNoRole;
  question.facts.action = operation.name;
  for (const auto& assignment : question.world.assignments) {
    if (!question.ids.contains(assignment.principal)) continue;
    if (!at_or_above(question.world, assignment.scope, question.scope)) continue;
    const auto* role = role_of(question.world, assignment.role);
    if (role == nullptr || !names_operation(*role, operation)) continue;
    if (!assignment.tree) return Why::kPlainRole;
    if (question.conditions_aside || evaluate(*assignment.tree, question.facts) == Truth::kTrue) {
      result = Why::kConditionalRole;
    } else if (result == Why::kNoRole) {
      result = Why::kNotTrue;
    }
  }
  return result;
}

// Any one of the operations is enough. Of refusals, what came closest is told: a denial when it is
// what stands in the way, then a condition, then the mode.
Answer by_roles(RoleQuestion& question, const std::vector<Operation>& wanted,
                const std::vector<Operation>& in_other_mode) {
  bool some_free = false;
  bool granted_but_denied = false;
  bool not_true = false;
  for (const auto& operation : wanted) {
    const bool free = !denied(question, operation);
    const Why why = granted_by(question, operation);
    const bool granted = why == Why::kPlainRole || why == Why::kConditionalRole;
    if (granted && free) return {Verdict::kAllow, why};
    some_free = some_free || free;
    granted_but_denied = granted_but_denied || granted;
    not_true = not_true || why == Why::kNotTrue;
  }
  if (granted_but_denied || !some_free) return {Verdict::kDenyPermission, Why::kDenied};
  if (not_true) return {Verdict::kDenyPermission, Why::kNotTrue};
  for (const auto& operation : in_other_mode) {
    if (granted_by(question, operation) != Why::kNoRole) {
      return {Verdict::kDenyPermission, Why::kOtherMode};
    }
  }
  return {Verdict::kDenyPermission, Why::kNoRole};
}

TreeFacts environment(const policy::Source& source, TimePoint now) {
  TreeFacts facts;
  const auto add = [&](Attribute attribute, std::string text, std::int64_t number) {
    facts.values.push_back({attribute, {std::move(text), number}});
  };
  add(Attribute::kPrivateLink, {}, source.private_endpoint.empty() ? 0 : 1);
  add(Attribute::kNow, {}, to_micros(now));
  if (!source.private_endpoint.empty()) {
    add(Attribute::kPrivateEndpoint, source.private_endpoint, 0);
  }
  if (!source.subnet.empty()) add(Attribute::kSubnet, source.subnet, 0);
  return facts;
}

Answer by_roles(const World& world, const WorldRegistry& registry,
                const policy::AccessRequest& request) {
  RoleQuestion question{world, everyone_it_is(world, request.principal), registry.id,
                        environment(request.source, request.now),
                        request.action == Action::kRegistryRead};
  if (request.repository != nullptr) {
    question.facts.values.push_back({Attribute::kRepositoryName, {request.repository->text(), 0}});
  }
  const bool by_registry = registry.mode == PermissionsMode::kRegistry;
  return by_roles(question, operations(request.action, registry.mode),
                  operations(request.action, by_registry ? PermissionsMode::kRepository
                                                         : PermissionsMode::kRegistry));
}

}  // namespace

Answer decide_slowly(const World& world, const policy::AccessRequest& request) {
  if (const auto refused = network(world, request.source)) return *refused;
  const WorldRegistry* registry = registry_by_name(world, request.registry);
  if (!request.source.own_socket && !request.registry.empty() && registry == nullptr) {
    return {Verdict::kDenyNetwork, Why::kUnknownRegistry};
  }
  const Principal& principal = request.principal;
  if (const auto refused = credential(world, registry, principal)) return *refused;
  if (request.action == Action::kOperate) {
    // Network let only root and the server's user through the socket.
    const bool owner = principal.kind == PrincipalKind::kOwner && request.source.own_socket;
    return owner ? Answer{Verdict::kAllow, Why::kMaintenance}
                 : Answer{Verdict::kDenyPermission, Why::kNoMaintenance};
  }
  if (registry == nullptr) return {Verdict::kDenyNetwork, Why::kUnknownRegistry};
  const bool reading = request.action == Action::kPull || request.action == Action::kMetadataRead;
  if (registry->anonymous_pull && reading && request.repository != nullptr) {
    return {Verdict::kAllow, Why::kAnonymousPull};
  }
  if (principal.kind == PrincipalKind::kOwner) return {Verdict::kAllow, Why::kOwner};
  if (principal.kind == PrincipalKind::kAdminUser) return {Verdict::kAllow, Why::kAdminUser};
  if (principal.anonymous()) return {Verdict::kDenyPermission, Why::kNeedsSignIn};
  if (principal.kind != PrincipalKind::kToken) return by_roles(world, *registry, request);
  if (request.action == Action::kRegistryRead) return {Verdict::kAllow, Why::kTokenSignsIn};
  return map_allows(*registry, request) ? Answer{Verdict::kAllow, Why::kScopeMap}
                                        : Answer{Verdict::kDenyPermission, Why::kNoScopeMap};
}

bool shows_in_catalog(const World& world, const policy::AccessRequest& request,
                      const std::string& repository) {
  if (request.principal.kind != PrincipalKind::kToken) return true;
  const WorldRegistry* registry = registry_by_name(world, request.registry);
  return some_rule_names(rules_for(*registry, request), repository);
}

Answer decide_slowly(const World& world, const policy::ControlRequest& request) {
  if (const auto refused = network(world, request.source)) return *refused;
  const Principal& principal = request.principal;
  if (principal.kind == PrincipalKind::kOwner) return {Verdict::kAllow, Why::kOwner};
  if (!principal.in_directory() && principal.kind != PrincipalKind::kExternal) {
    return {Verdict::kDenyCredential, Why::kNoAccount};
  }
  if (const auto refused = credential(world, nullptr, principal)) return *refused;
  RoleQuestion question{world, everyone_it_is(world, principal), lower_case(request.scope),
                        environment(request.source, request.now)};
  if (request.facts != nullptr) {
    for (const auto attribute :
         {Attribute::kGivenRole, Attribute::kGivenPrincipal, Attribute::kGivenPrincipalType,
          Attribute::kStoredRole, Attribute::kStoredPrincipal, Attribute::kStoredPrincipalType}) {
      const auto& value = request.facts->get(attribute);
      if (value) {
        question.facts.values.push_back(
            {attribute, {std::string(std::get<std::string_view>(*value)), 0}});
      }
    }
  }
  return by_roles(question, {{std::string(request.operation), false}}, {});
}

}  // namespace berth::permissions
