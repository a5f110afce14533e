// A small world for the tests of role evaluation: the registry "contoso", the user Ada, groups, and
// short ways to give them roles. Test programs only.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/decision.h"
#include "policy/roles.h"

namespace berth::policy {

inline constexpr std::string_view kRegistryId =
    "/subscriptions/s/resourcegroups/g/providers/microsoft.containerregistry/registries/contoso";

inline std::string guid_of(std::string_view name) {
  const auto at = std::ranges::find(built_in_roles(), name, &RoleDefinition::name);
  return at == built_in_roles().end() ? "" : at->id;
}

inline std::shared_ptr<const conditions::Condition> condition(std::string_view text) {
  auto compiled = conditions::Condition::compile(text);
  EXPECT_TRUE(compiled) << (compiled ? "" : compiled.error().message);
  return compiled.value();
}
// As the portal writes it: for reading, only where the repository's name begins so.
inline std::shared_ptr<const conditions::Condition> reads_below(const std::string& prefix) {
  constexpr const char* kMcr = "Microsoft.ContainerRegistry/registries/repositories";
  const std::string mcr = kMcr;
  return condition("((!(ActionMatches{'" + mcr + "/content/read'}) AND !(ActionMatches{'" + mcr +
                   "/metadata/read'})) OR (@Request[" + mcr +
                   ":name] StringStartsWithIgnoreCase '" + prefix + "'))");
}

struct World {
  Snapshot snapshot;
  Principal ada;
  Source source;
  TimePoint now{};

  explicit World(PermissionsMode mode = PermissionsMode::kRegistry) {
    add_built_in_roles(snapshot);
    RegistryPolicy registry;
    registry.key = registry.name = "contoso";
    registry.resource_id = kRegistryId;
    snapshot.registries.set("contoso", registry);
    edit([&](RegistryPolicy& contoso) { contoso.mode = mode; });
    ada.kind = PrincipalKind::kUser;
    ada.id = "ada";
    ada.credential = "c";
    member("ada", {});
    source.tls = true;
  }

  template <class F>
  void edit(F change) {
    RegistryPolicy registry = *snapshot.registries.find("contoso");
    change(registry);
    snapshot.registries.set("contoso", registry);
  }
  // Everybody but Ada is a group.
  void member(const std::string& id, std::vector<std::string> groups, bool enabled = true) {
    snapshot.principals.set(id, {.enabled = enabled,
                                 .group = id != "ada",
                                 .credentials = {"c"},
                                 .member_of = std::move(groups)});
  }
  void assign(std::string_view scope, const std::string& principal, std::string_view role,
              std::shared_ptr<const conditions::Condition> only = nullptr) {
    const auto* have = snapshot.assignments.find(principal);
    auto list = have == nullptr ? std::vector<RoleAssignment>() : *have;
    list.push_back({"assignment-" + std::to_string(++assigned_), std::string(scope),
                    std::string(role), std::move(only)});
    snapshot.assignments.set(principal, list);
  }
  void give(std::string_view role, std::shared_ptr<const conditions::Condition> only = nullptr) {
    assign(kRegistryId, "ada", role, std::move(only));
  }
  void define(RoleDefinition role) {
    const std::string id = role.id;
    snapshot.roles.set(id, compile_role(std::move(role)));
  }
  void deny(DenyAssignment denial) {
    auto all = snapshot.denials ? *snapshot.denials : std::vector<DenyAssignment>();
    all.push_back(std::move(denial));
    snapshot.denials = std::make_shared<const std::vector<DenyAssignment>>(std::move(all));
  }

  Decision ask(Action action, std::string_view repository = "team/app",
               Trace* trace = nullptr) const {
    const auto name = oci::RepositoryName::parse(repository).value();
    const bool on_registry = action >= Action::kCatalogRead;
    const AccessRequest request{source, ada, action, "contoso", on_registry ? nullptr : &name, now};
    Trace own;
    const Decision decision = decide(snapshot, request);
    // Whoever asks why gets the answer that he got without asking.
    const Decision told = decide(snapshot, request, trace == nullptr ? &own : trace);
    EXPECT_EQ(decision.verdict, told.verdict);
    EXPECT_EQ(decision.rule, told.rule);
    EXPECT_EQ(decision.reason, told.reason);
    return decision;
  }
  bool may(Action action, std::string_view repository = "team/app") const {
    return ask(action, repository).allowed();
  }
  std::set<Action> actions(std::string_view repository = "team/app") const {
    std::set<Action> out;
    for (std::size_t i = 0; i < kActionNames.size(); ++i) {
      if (may(static_cast<Action>(i), repository)) out.insert(static_cast<Action>(i));
    }
    return out;
  }
  bool operates(std::string_view operation, std::string_view scope = kRegistryId,
                const conditions::Facts* facts = nullptr) const {
    return decide(snapshot, ControlRequest{source, ada, operation, scope, now, facts}).allowed();
  }

 private:
  int assigned_ = 0;
};

}  // namespace berth::policy
