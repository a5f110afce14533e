#include "policy/roles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "policy/decision.h"

namespace berth::policy {
namespace {

constexpr std::string_view kRegistryId =
    "/subscriptions/s/resourcegroups/g/providers/microsoft.containerregistry/registries/contoso";
constexpr std::string_view kRepositoryContributor = "2efddaa5-3f1f-4df3-97df-af3f13818f4c";
constexpr std::string_view kConfigurationReader = "69b07be0-09bf-439a-b9a6-e73de851bd59";

std::string guid_of(std::string_view name) {
  const auto at = std::ranges::find(built_in_roles(), name, &RoleDefinition::name);
  return at == built_in_roles().end() ? "" : at->id;
}

struct World {
  Snapshot snapshot;
  Principal ada;
  Source source;

  World() {
    RegistryPolicy registry;
    registry.key = registry.name = "contoso";
    registry.resource_id = kRegistryId;
    snapshot.registries.set("contoso", registry);
    member("ada", {});
    ada.kind = PrincipalKind::kUser;
    ada.id = "ada";
    ada.credential = "c";
    source.tls = true;
  }
  void member(const std::string& id, std::vector<std::string> groups, bool enabled = true) {
    snapshot.principals.set(id, {.enabled = enabled,
                                 .group = id != "ada",
                                 .credentials = {"c"},
                                 .member_of = std::move(groups)});
  }
  void assign(std::string_view scope, std::string principal, std::string_view role) {
    const auto* have = snapshot.assignments.find(scope);
    auto list = have == nullptr ? std::vector<RoleAssignment>() : *have;
    list.push_back({"", std::move(principal), std::string(role)});
    snapshot.assignments.set(scope, list);
  }
  bool may(std::string_view operation, std::string_view scope = kRegistryId) const {
    return decide(snapshot, ControlRequest{source, ada, operation, scope}).allowed();
  }
  std::set<Action> actions() const {
    std::set<Action> out;
    const auto name = oci::RepositoryName::parse("team/app").value();
    for (std::size_t i = 0; i < kActionNames.size(); ++i) {
      const auto action = static_cast<Action>(i);
      if (decide(snapshot, {source, ada, action, "contoso", &name}).allowed()) out.insert(action);
    }
    return out;
  }
};

TEST(Patterns, StarsStandForAnyText) {
  struct Row {
    const char *pattern, *operation;
    bool expected;
  };
  const Row rows[] = {
      {"*", "a/b", true},
      {"*", "", true},
      {"", "", true},
      {"", "a", false},
      {"*/read", "A/b/READ", true},
      {"*/read", "read", false},
      {"*/read", "a/read/b", false},
      {"Microsoft.Authorization/*/Write", "microsoft.authorization/roleassignments/write", true},
      {"Microsoft.Authorization/*/Write", "microsoft.authorization/write", false},
      {"a*b*c", "axxbyybzzc", true},
      {"a*b*c", "axxbyybzz", false},
      {"a/b", "a/b/c", false},
      {"a**", "a", true},
      {"*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(matches_pattern(row.pattern, row.operation), row.expected)
        << row.pattern << " " << row.operation;
  }
}

TEST(BuiltInRoles, AreAzures) {
  std::set<std::string> ids, names;
  for (const RoleDefinition& role : built_in_roles()) {
    EXPECT_EQ(role.id.size(), 36U);
    EXPECT_TRUE(ids.insert(role.id).second) << role.id;
    EXPECT_TRUE(names.insert(role.name).second) << role.name;
    EXPECT_FALSE(role.description.empty());
    EXPECT_FALSE(role.actions.empty() && role.data_actions.empty()) << role.name;
  }
  EXPECT_EQ(built_in_roles().size(), 24U);
  EXPECT_EQ(guid_of("AcrPull"), kAcrPullRole);
  EXPECT_EQ(guid_of("Owner"), kOwnerRole);
  EXPECT_EQ(guid_of("Container Registry Repository Contributor"), kRepositoryContributor);
}

TEST(RbacMode, TableOfRolesAndActions) {
  const std::set<Action> pull = {Action::kPull, Action::kMetadataRead, Action::kCatalogRead,
                                 Action::kRegistryRead};
  std::set<Action> push = pull;
  push.insert({Action::kPush, Action::kMetadataDelete});
  std::set<Action> all = push;
  all.insert({Action::kDelete, Action::kMetadataWrite});
  const std::pair<std::string_view, std::set<Action>> rows[] = {
      {kOwnerRole, all},
      {kContributorRole, all},
      {kReaderRole, pull},
      {kAcrPullRole, pull},
      {kAcrPushRole, push},
      {kAcrDeleteRole, {Action::kDelete, Action::kMetadataDelete, Action::kRegistryRead}},
      {kRepositoryContributor, {}},  // data actions do not count in this mode
      {kConfigurationReader, {Action::kRegistryRead}},
      {"00000000-0000-0000-0000-00000000000a", {}},
  };
  for (const auto& [role, expected] : rows) {
    World world;
    world.assign(kRegistryId, "ada", role);
    EXPECT_EQ(world.actions(), expected) << role;
  }
  EXPECT_TRUE(World().actions().empty());
}

TEST(Scopes, AnAssignmentHoldsForEverythingBelow) {
  const std::string_view scopes[] = {kRegistryId,
                                     "/subscriptions/s/resourcegroups/g",
                                     "/subscriptions/s",
                                     "/providers/microsoft.management/managementgroups/child",
                                     "/providers/microsoft.management/managementgroups/top",
                                     "/"};
  for (const std::string_view scope : scopes) {
    World world;
    world.snapshot.parents.set("/subscriptions/s",
                               "/providers/microsoft.management/managementgroups/child");
    world.snapshot.parents.set("/providers/microsoft.management/managementgroups/child",
                               "/providers/microsoft.management/managementgroups/top");
    world.assign(scope, "ada", kReaderRole);
    EXPECT_TRUE(world.may("Microsoft.ContainerRegistry/registries/read")) << scope;
    EXPECT_TRUE(world.may("x/read", std::string(kRegistryId) + "/tokens/ci")) << scope;
    EXPECT_FALSE(world.may("Microsoft.ContainerRegistry/registries/write")) << scope;
    EXPECT_EQ(world.may("x/read", "/subscriptions/other"), scope == "/") << scope;
    EXPECT_EQ(world.may("x/read", "/"), scope == "/") << scope;
  }
  World world;
  world.assign("/subscriptions/s/resourcegroups/g", "ada", kReaderRole);
  EXPECT_TRUE(world.may("x/read", "/Subscriptions/S/resourceGroups/G/"));
  EXPECT_FALSE(world.may("x/read", "/subscriptions/s/resourcegroups/g2"));
  EXPECT_FALSE(world.may("x/read", "/subscriptions/s"));
}

TEST(Scopes, ManagementGroupsInACircleEnd) {
  World world;
  world.snapshot.parents.set("/subscriptions/s", "/g/a");
  world.snapshot.parents.set("/g/a", "/g/b");
  world.snapshot.parents.set("/g/b", "/g/a");
  EXPECT_FALSE(world.may("x/read"));
  world.assign("/g/b", "ada", kReaderRole);
  EXPECT_TRUE(world.may("x/read"));
}

TEST(Groups, AreFollowedThroughGroupsAndEnd) {
  World world;
  world.member("ada", {"team"});
  world.member("team", {"division", "team"});
  world.member("division", {"team", "company"});
  world.assign(kRegistryId, "company", kAcrPullRole);
  EXPECT_TRUE(world.actions().contains(Action::kPull));
  world.member("division", {"team", "company"}, false);
  EXPECT_FALSE(world.actions().contains(Action::kPull));
}

TEST(Groups, AnExternalCallerHasThoseOfItsIssuer) {
  World world;
  world.snapshot.issuers.set("issuer", true);
  world.ada = {};
  world.ada.kind = PrincipalKind::kExternal;
  world.ada.id = "sub";
  world.ada.credential = "issuer";
  world.assign(kRegistryId, "builders", kAcrPushRole);
  EXPECT_TRUE(world.actions().empty());
  world.ada.groups = {"builders"};
  EXPECT_TRUE(world.actions().empty());  // the group is gone; its assignment is not
  world.snapshot.principals.set(
      "builders", {.enabled = true, .group = true, .credentials = {}, .member_of = {}});
  EXPECT_TRUE(world.actions().contains(Action::kPush));
}

TEST(Evaluation, IsTheUnionOfAssignmentsAndSubtractsWithinARoleOnly) {
  constexpr const char* kAssign = "Microsoft.Authorization/roleAssignments/write";
  World world;
  world.assign("/subscriptions/s", "ada", kContributorRole);
  EXPECT_FALSE(world.may(kAssign));
  EXPECT_TRUE(world.may("Microsoft.Authorization/roleAssignments/read"));
  world.assign(kRegistryId, "ada", guid_of("Role Based Access Control Administrator"));
  EXPECT_TRUE(world.may(kAssign));
  EXPECT_FALSE(world.may(kAssign, "/subscriptions/s"));
}

TEST(Evaluation, CustomRolesCountAndCannotReplaceABuiltInOne) {
  World world;
  world.snapshot.roles.set("custom", {.id = "custom",
                                      .name = "Custom",
                                      .description = {},
                                      .actions = {"x/*"},
                                      .not_actions = {"x/delete"},
                                      .data_actions = {},
                                      .not_data_actions = {}});
  world.assign(kRegistryId, "ada", "custom");
  EXPECT_TRUE(world.may("x/read"));
  EXPECT_FALSE(world.may("x/delete"));
  RoleDefinition fake;
  fake.id = kAcrPullRole;
  fake.actions = {"*"};
  world.snapshot.roles.set(kAcrPullRole, fake);
  world.assign(kRegistryId, "ada", kAcrPullRole);
  EXPECT_FALSE(world.may("x/delete"));
}

}  // namespace
}  // namespace berth::policy
