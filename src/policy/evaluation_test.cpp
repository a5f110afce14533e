#include "policy/evaluation.h"

#include "policy/identities.h"
#include "policy/policy_testing.h"

namespace berth::policy {
namespace {

constexpr const char* kGroups = "/providers/microsoft.management/managementgroups/";
constexpr const char* kGiveRoles = "Microsoft.Authorization/roleAssignments/write";
constexpr const char* kGivenRole =
    "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]";

// ---- scopes

TEST(Scopes, AnAssignmentHoldsForEverythingBelow) {
  const std::string child = std::string(kGroups) + "child", top = std::string(kGroups) + "top";
  const std::string_view scopes[] = {
      kRegistryId, "/subscriptions/s/resourcegroups/g", "/subscriptions/s", child, top, "/"};
  for (const std::string_view scope : scopes) {
    World world;
    world.snapshot.parents.set("/subscriptions/s", child);
    world.snapshot.parents.set(child, top);
    world.assign(scope, "ada", kReaderRole);
    EXPECT_TRUE(world.may(Action::kPull)) << scope;
    EXPECT_TRUE(world.operates("Microsoft.ContainerRegistry/registries/read")) << scope;
    EXPECT_TRUE(world.operates("x/read", std::string(kRegistryId) + "/tokens/ci")) << scope;
    EXPECT_FALSE(world.operates("Microsoft.ContainerRegistry/registries/write")) << scope;
    EXPECT_EQ(world.operates("x/read", "/subscriptions/other"), scope == "/") << scope;
    EXPECT_EQ(world.operates("x/read", "/"), scope == "/") << scope;
    EXPECT_EQ(world.operates("x/read", child), scope == child || scope == top || scope == "/");
    EXPECT_EQ(world.operates("x/read", top + "/subscriptions/s"), scope == top || scope == "/");
  }
}

TEST(Scopes, EndAtASlashAndKnowNoCase) {
  World world;
  world.assign("/subscriptions/s/resourcegroups/g", "ada", kReaderRole);
  EXPECT_TRUE(world.operates("x/read", "/Subscriptions/S/resourceGroups/G/"));
  EXPECT_FALSE(world.operates("x/read", "/subscriptions/s/resourcegroups/g2"));
  EXPECT_FALSE(world.operates("x/read", "/subscriptions/s"));
  EXPECT_FALSE(world.operates("x/read", ""));
}

TEST(Scopes, WhatLiesBesideDoesNotCount) {
  World world;
  world.assign(std::string(kRegistryId) + "2", "ada", kAcrPullRole);
  world.assign("/subscriptions/s2", "ada", kAcrPullRole);
  world.assign(std::string(kRegistryId) + "/tokens/ci", "ada", kAcrPullRole);
  world.assign(std::string(kGroups) + "other", "ada", kAcrPullRole);
  EXPECT_TRUE(world.actions().empty());
}

TEST(Scopes, ManagementGroupsInACircleEnd) {
  World world;
  world.snapshot.parents.set("/subscriptions/s", "/g/a");
  world.snapshot.parents.set("/g/a", "/g/b");
  world.snapshot.parents.set("/g/b", "/g/a");
  EXPECT_FALSE(world.operates("x/read"));
  world.assign("/g/b", "ada", kReaderRole);
  EXPECT_TRUE(world.operates("x/read"));
}

// ---- groups

TEST(Groups, AreFollowedThroughGroupsAndEnd) {
  World world;
  world.member("ada", {"team"});
  world.member("team", {"division", "team"});
  world.member("division", {"team", "company"});
  world.member("company", {"team"});
  world.assign(kRegistryId, "company", kAcrPullRole);
  EXPECT_TRUE(world.may(Action::kPull));
  world.member("ada", {});  // removed: refused at once
  EXPECT_FALSE(world.may(Action::kPull));
}

TEST(Groups, DisabledOrDeletedOnesGiveNothing) {
  World world;
  world.member("ada", {"team"});
  world.member("team", {"company"});
  world.member("company", {});
  world.assign(kRegistryId, "team", kAcrPushRole);
  world.assign(kRegistryId, "company", kAcrDeleteRole);
  EXPECT_TRUE(world.may(Action::kPush));
  EXPECT_TRUE(world.may(Action::kDelete));
  world.member("team", {"company"}, false);
  EXPECT_TRUE(world.actions().empty());
  world.snapshot.principals.erase("team");  // its assignment is still there
  EXPECT_TRUE(world.actions().empty());
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
  world.member("builders", {});
  EXPECT_TRUE(world.may(Action::kPush));
}

TEST(Groups, ManyAreCountedOnce) {
  World world;
  std::vector<std::string> all;
  for (int i = 0; i < 100; ++i) all.push_back("g" + std::to_string(i));
  for (const std::string& group : all) world.member(group, all);
  world.member("ada", {"g7", "g8"});
  Identities identities(world.snapshot, world.ada);
  std::set<std::string_view> seen;
  for (auto id = identities.next(); !id.empty(); id = identities.next()) {
    EXPECT_TRUE(seen.insert(id).second) << id;
  }
  EXPECT_EQ(seen.size(), 101U);
}

TEST(Groups, ThousandsAreBounded) {
  World world;
  std::vector<std::string> all;
  for (int i = 0; i < 3000; ++i) all.push_back("g" + std::to_string(i));
  for (const std::string& group : all) world.member(group, {});
  world.member("ada", all);
  Identities identities(world.snapshot, world.ada);
  std::size_t count = 0;
  while (!identities.next().empty()) ++count;
  EXPECT_EQ(count, Identities::kMaxGroups + 1);
  EXPECT_TRUE(identities.next().empty());
  world.assign(kRegistryId, "g999", kAcrPullRole);
  EXPECT_TRUE(world.may(Action::kPull));
  world.assign(kRegistryId, "g1000", kAcrPushRole);
  EXPECT_FALSE(world.may(Action::kPush));
}

// ---- roles

TEST(Evaluation, IsTheUnionOfAssignmentsAndSubtractsWithinARoleOnly) {
  World world;
  world.assign("/subscriptions/s", "ada", kContributorRole);
  EXPECT_FALSE(world.operates(kGiveRoles));
  EXPECT_TRUE(world.operates("Microsoft.Authorization/roleAssignments/read"));
  world.assign(kRegistryId, "ada", kAccessAdministratorRole);
  EXPECT_TRUE(world.operates(kGiveRoles));
  EXPECT_FALSE(world.operates(kGiveRoles, "/subscriptions/s"));
}

TEST(Evaluation, CustomRolesCountAndDeletedOnesDoNot) {
  World world;
  world.define({.id = "custom", .name = "Custom", .actions = {"x/*"}, .not_actions = {"x/delete"}});
  world.give("custom");
  EXPECT_TRUE(world.operates("x/read"));
  EXPECT_FALSE(world.operates("x/delete"));
  EXPECT_FALSE(world.operates("y/read"));
  world.snapshot.roles.erase("custom");
  EXPECT_FALSE(world.operates("x/read"));
}

TEST(Evaluation, DataActionsGiveNothingInTheControlPlane) {
  World world;
  world.define({.id = "custom", .name = "Custom", .data_actions = {"*"}});
  world.give("custom");
  EXPECT_FALSE(world.operates("Microsoft.ContainerRegistry/registries/repositories/content/read"));
}

// ---- conditions

TEST(Conditions, NarrowToRepositories) {
  World world(PermissionsMode::kRepository);
  world.give(kRepositoryReaderRole, reads_below("team/"));
  EXPECT_EQ(world.actions("team/app"),
            (std::set<Action>{Action::kPull, Action::kMetadataRead, Action::kRegistryRead}));
  EXPECT_EQ(world.actions("other/app"), std::set<Action>{Action::kRegistryRead});
  EXPECT_EQ(world.ask(Action::kPull, "other/app").rule, "condition");
  EXPECT_EQ(world.ask(Action::kPush, "other/app").rule, "role-assignment");
}

TEST(Conditions, OperationsThatTheyDoNotNamePass) {
  World world(PermissionsMode::kRepository);
  world.give(kRepositoryWriterRole, reads_below("team/"));
  EXPECT_TRUE(world.may(Action::kPush, "other/app"));
  EXPECT_FALSE(world.may(Action::kPull, "other/app"));
}

TEST(Conditions, AnUnconditionalAssignmentDefeatsAConditionalOne) {
  World world(PermissionsMode::kRepository);
  world.give(kRepositoryReaderRole, reads_below("team/"));
  EXPECT_FALSE(world.may(Action::kPull, "other/app"));
  world.member("ada", {"team"});
  world.member("team", {});
  world.assign("/subscriptions/s", "team", kRepositoryReaderRole);
  EXPECT_TRUE(world.may(Action::kPull, "other/app"));
}

// Of the two data actions that untag, one is enough, and each is judged with its own name.
TEST(Conditions, AreAskedForEveryOperationThatTheRoleHolds) {
  World world(PermissionsMode::kRepository);
  world.give(kRepositoryContributorRole, condition("ActionMatches{'*/metadata/delete'}"));
  EXPECT_TRUE(world.may(Action::kMetadataDelete));
  EXPECT_FALSE(world.may(Action::kMetadataWrite));
  EXPECT_FALSE(world.may(Action::kPull));
  EXPECT_TRUE(world.may(Action::kRegistryRead));  // "any right at all" passes over conditions
}

TEST(Conditions, AnAbsentAttributeNeverGrants) {
  const char* endpoint = "@Environment[Microsoft.Network/privateEndpoints]";
  const std::string subnet = "@Environment[Microsoft.Network/virtualNetworks/subnets]";
  const std::pair<std::string, bool> rows[] = {
      {endpoint + std::string(" StringEqualsIgnoreCase '/pe/1'"), false},
      {endpoint + std::string(" StringNotEqualsIgnoreCase '/pe/1'"), false},
      {"!(" + subnet + " StringEqualsIgnoreCase '/net/1')", false},
      {"NOT Exists " + subnet, true},
      {"@Environment[isPrivateLink] BoolEquals false", true},
      {"@Environment[isPrivateLink] BoolEquals true", false},
  };
  for (const auto& [text, expected] : rows) {
    World world(PermissionsMode::kRepository);
    world.give(kRepositoryReaderRole, condition(text));
    EXPECT_EQ(world.may(Action::kPull), expected) << text;
  }
  // A role with the catalog's right and a condition on names: in the catalog there is no name.
  World world(PermissionsMode::kRepository);
  world.define({.id = "c", .name = "C", .data_actions = {"*"}});
  world.give("c", condition("@Request[Microsoft.ContainerRegistry/registries/repositories:name] "
                            "StringNotEquals 'secret'"));
  EXPECT_TRUE(world.may(Action::kPull));
  EXPECT_FALSE(world.may(Action::kCatalogRead));
}

TEST(Conditions, KnowTheNetworkAndTheTime) {
  World world(PermissionsMode::kRepository);
  world.give(kRepositoryReaderRole, condition("@Environment[isPrivateLink] BoolEquals true"));
  EXPECT_FALSE(world.may(Action::kPull));
  world.source.private_endpoint = "/pe/1";
  EXPECT_TRUE(world.may(Action::kPull));

  world.snapshot.assignments = {};
  world.give(kRepositoryReaderRole,
             condition("@Environment[Microsoft.Network/virtualNetworks/subnets] "
                       "StringStartsWithIgnoreCase '/NET/' AND @Environment[UtcNow] "
                       "DateTimeLessThan '2026-01-01T00:00:00.0Z'"));
  world.now = from_micros(1'700'000'000'000'000);  // 2023
  EXPECT_FALSE(world.may(Action::kPull));
  world.source.subnet = "/net/1";
  EXPECT_TRUE(world.may(Action::kPull));
  world.now = from_micros(1'800'000'000'000'000);  // 2027
  EXPECT_FALSE(world.may(Action::kPull));
}

TEST(Conditions, DelegationLooksAtTheAssignmentThatIsWritten) {
  World world;
  const std::string give(kGiveRoles), role(kGivenRole);
  world.give(kAccessAdministratorRole,
             condition("(!(ActionMatches{'" + give + "'}) OR (" + role + " GuidEquals '" +
                       std::string(kAcrPullRole) + "'))"));
  conditions::Facts facts;
  EXPECT_TRUE(world.operates("x/read"));
  EXPECT_FALSE(world.operates(kGiveRoles));  // without facts nothing is known of it
  EXPECT_FALSE(world.operates(kGiveRoles, kRegistryId, &facts));
  facts.set(conditions::Attribute::kGivenRole, std::string_view(kAcrPullRole));
  EXPECT_TRUE(world.operates(kGiveRoles, kRegistryId, &facts));
  EXPECT_TRUE(world.operates("MICROSOFT.authorization/ROLEASSIGNMENTS/write", kRegistryId, &facts));
  facts.set(conditions::Attribute::kGivenRole, std::string_view(kOwnerRole));
  EXPECT_FALSE(world.operates(kGiveRoles, kRegistryId, &facts));
}

}  // namespace
}  // namespace berth::policy
