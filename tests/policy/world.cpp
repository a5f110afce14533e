#include "world.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <stdexcept>

#include "policy/roles.h"

namespace berth::permissions {
namespace {

policy::RegistryPolicy registry_policy(const WorldRegistry& registry) {
  policy::RegistryPolicy out;
  out.key = registry.key;
  out.name = registry.name;
  out.resource_id = registry.id;
  out.mode = registry.mode;
  out.anonymous_pull = registry.anonymous_pull;
  out.admin_enabled = registry.admin_enabled;
  for (std::size_t i = 0; i < registry.admin_passwords.size(); ++i) {
    out.admin_passwords.at(i).id = registry.admin_passwords[i];
  }
  for (const auto& token : registry.tokens) {
    policy::Token made{.enabled = token.enabled, .scope_map = token.scope_map, .passwords = {}};
    for (std::size_t i = 0; i < token.passwords.size(); ++i) {
      made.passwords.at(i) = policy::Secret{token.passwords[i], {}, 0};
    }
    out.tokens.set(token.name, std::move(made));
  }
  for (const auto& map : registry.scope_maps) out.scope_maps.set(map.name, {map.rules});
  return out;
}

std::shared_ptr<const conditions::Condition> compile(const std::string& text) {
  if (text.empty()) return nullptr;
  auto condition = conditions::Condition::compile(text);
  if (!condition) throw std::runtime_error(condition.error().message + " in: " + text);
  return *condition;
}

// The roles that every snapshot has, compiled once.
const policy::Snapshot& empty_snapshot() {
  static const policy::Snapshot snapshot = [] {
    policy::Snapshot made;
    policy::add_built_in_roles(made);
    return made;
  }();
  return snapshot;
}

void add_assignments(const World& world, policy::Snapshot& snapshot) {
  std::map<std::string, std::vector<policy::RoleAssignment>> by_principal;
  for (const auto& assignment : world.assignments) {
    by_principal[assignment.principal].push_back({.id = assignment.id,
                                                  .scope = assignment.scope,
                                                  .role = assignment.role,
                                                  .condition = compile(assignment.condition)});
  }
  for (auto& [principal, list] : by_principal) snapshot.assignments.set(principal, std::move(list));
}

std::string to_text(const WorldRegistry& one) {
  std::string out = fmt::format("registry {} key {} at {} mode {} anonymous {} admin {} {}\n",
                                one.name, one.key, one.id, static_cast<int>(one.mode),
                                one.anonymous_pull, one.admin_enabled, one.admin_passwords);
  for (const auto& token : one.tokens) {
    out += fmt::format("  token {} enabled {} map {} {}\n", token.name, token.enabled,
                       token.scope_map, token.passwords);
  }
  for (const auto& map : one.scope_maps) {
    out += fmt::format("  map {}", map.name);
    for (const auto& rule : map.rules) out += " " + rule.repository + ":" + rule.action;
    out += "\n";
  }
  return out;
}

}  // namespace

policy::Snapshot to_snapshot(const World& world) {
  policy::Snapshot snapshot = empty_snapshot();
  for (const auto& registry : world.registries) {
    snapshot.registries.set(registry.name, registry_policy(registry));
  }
  for (const auto& principal : world.principals) {
    snapshot.principals.set(principal.id, {.enabled = principal.enabled,
                                           .group = principal.group,
                                           .credentials = principal.credentials,
                                           .member_of = principal.member_of});
  }
  for (const auto& role : world.custom_roles) {
    snapshot.roles.set(role.id, policy::compile_role(role));
  }
  add_assignments(world, snapshot);
  if (!world.denials.empty()) {
    snapshot.denials = std::make_shared<const std::vector<policy::DenyAssignment>>(world.denials);
  }
  for (const auto& [below, above] : world.parents) snapshot.parents.set(below, above);
  for (const auto& [name, trusted] : world.issuers) snapshot.issuers.set(name, trusted);
  snapshot.server_uid = world.server_uid;
  return snapshot;
}

std::string to_text(const World& world) {
  std::string out;
  for (const auto& one : world.registries) out += to_text(one);
  for (const auto& one : world.principals) {
    out += fmt::format("principal {} enabled {} group {} {} member of {}\n", one.id, one.enabled,
                       one.group, one.credentials, one.member_of);
  }
  for (const auto& one : world.custom_roles) {
    out += fmt::format("role {} {} not {} data {} not {}\n", one.id, one.actions, one.not_actions,
                       one.data_actions, one.not_data_actions);
  }
  for (const auto& one : world.assignments) {
    out += fmt::format("assignment {} of {} to {} at {} if {}\n", one.id, one.role, one.principal,
                       one.scope, one.condition);
  }
  for (const auto& one : world.denials) {
    out += fmt::format("denial {} at {} below {} {} not {} data {} not {} excluded {}\n", one.id,
                       one.scope, one.below_too, one.actions, one.not_actions, one.data_actions,
                       one.not_data_actions, one.excluded);
  }
  for (const auto& [below, above] : world.parents) {
    out += fmt::format("parent of {} is {}\n", below, above);
  }
  for (const auto& [name, trusted] : world.issuers) {
    out += fmt::format("issuer {} trusted {}\n", name, trusted);
  }
  return out;
}

}  // namespace berth::permissions
