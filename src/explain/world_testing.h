// A small world of one registry, "team1", in the resource group "g" of the subscription "s". Ids
// of principals are the names in the tests. Tests only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "explain/explain.h"
#include "policy/roles.h"

namespace berth::explain {

inline const std::string kRegistryId =
    "/subscriptions/s/resourcegroups/g/providers/microsoft.containerregistry/registries/team1";
inline const std::string kGroupId = "/subscriptions/s/resourcegroups/g";
inline const std::string kElsewhereId =
    "/subscriptions/s/resourcegroups/g/providers/microsoft.containerregistry/registries/team2";
inline constexpr auto kByRegistry = policy::PermissionsMode::kRegistry;
inline constexpr auto kByRepository = policy::PermissionsMode::kRepository;
inline const std::string kNameAttribute =
    "@Request[Microsoft.ContainerRegistry/registries/repositories:name]";

struct World {
  policy::Snapshot snapshot;

  explicit World(policy::PermissionsMode mode = kByRegistry) {
    policy::RegistryPolicy registry;
    registry.key = "key-1";
    registry.name = "team1";
    registry.resource_id = kRegistryId;
    registry.mode = mode;
    registry.admin_passwords = {policy::Secret{"admin-1", {}, 0}, policy::Secret{}};
    registry.scope_maps.set("_repositories_pull", map({{"*", "content/read"}}));
    registry.scope_maps.set("_repositories_pull_metadata_read",
                            map({{"*", "content/read"}, {"*", "metadata/read"}}));
    registry.scope_maps.set("_repositories_push",
                            map({{"*", "content/read"}, {"*", "content/write"}}));
    snapshot.registries.set("team1", std::move(registry));
    policy::add_built_in_roles(snapshot);
  }

  static policy::ScopeMap map(std::vector<policy::ScopeMapRule> rules) {
    return {std::move(rules)};
  }
  World& edit(const std::function<void(policy::RegistryPolicy&)>& change) {
    policy::RegistryPolicy registry = *snapshot.registries.find("team1");
    change(registry);
    snapshot.registries.set("team1", std::move(registry));
    return *this;
  }
  World& user(const std::string& id, std::vector<std::string> groups = {}) {
    snapshot.principals.set(
        id, {true, false, policy::ServiceKind::kNone, {id + "-1"}, std::move(groups)});
    return *this;
  }
  World& group(const std::string& id, std::vector<std::string> groups = {}) {
    snapshot.principals.set(id, {true, true, policy::ServiceKind::kNone, {}, std::move(groups)});
    return *this;
  }
  World& custom(const std::string& id, policy::RoleDefinition role) {
    role.id = id;
    snapshot.roles.set(id, policy::compile_role(std::move(role)));
    return *this;
  }
  World& assign(const std::string& principal, std::string_view role, const std::string& scope = {},
                const std::string& condition = {}) {
    const auto* there = snapshot.assignments.find(principal);
    auto list = there == nullptr ? std::vector<policy::RoleAssignment>() : *there;
    policy::RoleAssignment made{principal + "-" + std::to_string(list.size()),
                                scope.empty() ? kRegistryId : scope, std::string(role)};
    if (!condition.empty()) {
      made.condition = conditions::Condition::compile(condition).value();
    }
    list.push_back(std::move(made));
    snapshot.assignments.set(principal, std::move(list));
    return *this;
  }
  World& token(const std::string& name, const std::string& scope_map, bool enabled = true) {
    return edit([&](policy::RegistryPolicy& registry) {
      registry.tokens.set(name,
                          {enabled, scope_map, {policy::Secret{name + "-1", {}, 0}, std::nullopt}});
    });
  }
  World& scope_map(const std::string& name, std::vector<policy::ScopeMapRule> rules) {
    return edit([&](policy::RegistryPolicy& registry) {
      registry.scope_maps.set(name, map(std::move(rules)));
    });
  }
  World& network(policy::NetworkRules rules) {
    return edit([&](policy::RegistryPolicy& registry) {
      registry.network = std::make_shared<const policy::Network>(std::move(rules));
    });
  }
  // Of the server's configuration: from these addresses the services of the kind come.
  World& expect(policy::ServiceKind kind, std::string_view block) {
    snapshot.ingresses = std::make_shared<const policy::TrustedIngresses>(
        std::vector<policy::TrustedIngress>{{kind, {block_of(block)}, {}, {}}});
    return *this;
  }
  World& subnet(const std::string& id, std::string_view block) {
    snapshot.subnets = std::make_shared<const policy::Subnets>(
        std::vector<policy::Subnet>{{id, {}, block_of(block)}});
    return *this;
  }
  static IpPrefix block_of(std::string_view text) { return IpPrefix::parse(text).value(); }
  World& deny(std::vector<std::string> actions, std::vector<std::string> data_actions,
              std::vector<std::string> excluded = {}) {
    policy::DenyAssignment denial;
    denial.id = "deny-1";
    denial.name = "kept by the platform";
    denial.scope = kRegistryId;
    denial.actions = std::move(actions);
    denial.data_actions = std::move(data_actions);
    denial.excluded = std::move(excluded);
    snapshot.denials = std::make_shared<const std::vector<policy::DenyAssignment>>(
        std::vector<policy::DenyAssignment>{std::move(denial)});
    return *this;
  }
};

inline policy::Principal as_user(const std::string& id) {
  return {policy::PrincipalKind::kUser, id, id, id + "-1", {}, {}};
}
inline policy::Principal as_token(const std::string& name) {
  return {policy::PrincipalKind::kToken, name, name, name + "-1", "key-1", {}};
}
inline policy::Principal as_admin() {
  return {policy::PrincipalKind::kAdminUser, "team1", "team1", "admin-1", "key-1", {}};
}

// A program's account, as services have one.
inline policy::Principal as_program(const std::string& id) {
  return {policy::PrincipalKind::kServicePrincipal, id, id, id + "-1", {}, {}};
}

// Over TLS; an empty repository is none.
inline Question ask(policy::Principal principal, policy::Action action,
                    std::string_view repository = "team/app") {
  Question question;
  question.principal = std::move(principal);
  question.source.tls = true;
  question.action = action;
  question.registry = "team1";
  if (!repository.empty()) question.repository = oci::RepositoryName::parse(repository).value();
  return question;
}

inline bool allowed(const policy::Snapshot& snapshot, const Question& question) {
  const auto* repository = question.repository ? &*question.repository : nullptr;
  return policy::decide(snapshot, {question.source, question.principal, question.action,
                                   question.registry, repository, question.now})
      .allowed();
}

}  // namespace berth::explain
