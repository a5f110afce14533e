#include "policy/denials.h"

#include "base/ascii.h"
#include "policy/policy_testing.h"

namespace berth::policy {
namespace {

constexpr const char* kMcr = "Microsoft.ContainerRegistry/registries/";

DenyAssignment denial(std::string_view scope, std::vector<std::string> actions,
                      std::vector<std::string> not_actions = {}) {
  DenyAssignment out;
  out.id = "d";
  out.name = "Denial";
  out.scope = scope;
  out.actions = std::move(actions);
  out.not_actions = std::move(not_actions);
  return out;
}

TEST(Denials, WinOverTheOwnerRole) {
  World world;
  world.assign("/", "ada", kOwnerRole);
  EXPECT_TRUE(world.operates("x/delete"));
  world.deny(denial("/subscriptions/s", {"x/*"}, {"x/read"}));
  EXPECT_FALSE(world.operates("x/delete"));
  EXPECT_TRUE(world.operates("x/read"));
  EXPECT_TRUE(world.operates("x/delete", "/subscriptions/other"));
  world.ada = {};
  world.ada.kind = PrincipalKind::kOwner;  // of the machine: holds no role, and is not bound
  EXPECT_TRUE(world.operates("x/delete"));
}

TEST(Denials, HoldBelowTheirScopeOrAtItOnly) {
  World world;
  world.assign("/", "ada", kOwnerRole);
  DenyAssignment only_here = denial("/subscriptions/s", {"x/delete"});
  only_here.below_too = false;
  world.deny(only_here);
  EXPECT_FALSE(world.operates("x/delete", "/Subscriptions/S"));
  EXPECT_TRUE(world.operates("x/delete", "/subscriptions/s/resourcegroups/g"));
  DenyAssignment tenant = denial("/", {"y/delete"});
  tenant.below_too = false;
  world.deny(tenant);
  EXPECT_FALSE(world.operates("y/delete", "/"));
  EXPECT_TRUE(world.operates("y/delete", "/subscriptions/s"));
}

TEST(Denials, DoNotHoldForThoseExcludedAlsoThroughGroups) {
  World world;
  world.assign("/", "ada", kOwnerRole);
  DenyAssignment but_admins = denial("/", {"*"});
  but_admins.excluded = {"admins"};
  world.deny(but_admins);
  EXPECT_FALSE(world.operates("x/read"));
  world.member("admins", {});
  world.member("team", {"admins"});
  world.member("ada", {"team"});
  EXPECT_TRUE(world.operates("x/read"));
}

// Any one operation would do, so a denial takes away the one that it covers.
TEST(Denials, TakeAwayTheOperationsThatTheyCover) {
  World world;
  world.give(kAcrPushRole);
  world.deny(denial(kRegistryId, {std::string(kMcr) + "pull/read"}));
  EXPECT_EQ(world.ask(Action::kPull).rule, "deny-assignment");
  EXPECT_EQ(world.ask(Action::kMetadataRead).rule, "deny-assignment");  // what Ada holds of it
  EXPECT_TRUE(world.may(Action::kPush));
  EXPECT_TRUE(world.may(Action::kRegistryRead));
  world.define(
      {.id = "lister", .name = "Lister", .actions = {std::string(kMcr) + "metadata/read"}});
  world.give("lister");
  EXPECT_TRUE(world.may(Action::kMetadataRead));
  EXPECT_EQ(world.ask(Action::kDelete).rule, "role-assignment");
}

TEST(Denials, OfDataActionsAreOfThoseOnly) {
  World world(PermissionsMode::kRepository);
  world.give(kRepositoryContributorRole);
  world.deny(denial("/", {"*/content/delete"}));  // an action: there is none of that name
  EXPECT_TRUE(world.may(Action::kDelete));
  DenyAssignment data = denial("/", {});
  data.data_actions = {"*/delete"};
  data.not_data_actions = {"*/metadata/delete"};
  world.deny(data);
  EXPECT_EQ(world.ask(Action::kDelete).rule, "deny-assignment");
  EXPECT_TRUE(world.may(Action::kMetadataDelete));
}

TEST(PlatformDenials, ProtectTheRootGroupTheDenialsAndTheBuiltInRoles) {
  World world;
  world.assign("/", "ada", kOwnerRole);
  world.snapshot.denials = platform_denials("TENANT-1");
  const std::string roles = "/providers/Microsoft.Authorization/roleDefinitions/";
  const std::string groups = "/providers/Microsoft.Management/managementGroups/";
  const std::string owner(kOwnerRole);
  world.snapshot.parents.set(lower(groups + "child"), lower(groups + "tenant-1"));
  struct Row {
    const char* operation;
    std::string scope;
    bool expected;
  };
  const Row rows[] = {
      {"Microsoft.Management/managementGroups/delete", groups + "tenant-1", false},
      {"Microsoft.Management/managementGroups/delete", groups + "tenant-12", true},
      {"Microsoft.Management/managementGroups/delete", groups + "child", true},
      {"Microsoft.Management/managementGroups/write", groups + "tenant-1", true},
      {"Microsoft.Management/managementGroups/subscriptions/delete",
       groups + "tenant-1/subscriptions/s", true},
      {"Microsoft.Authorization/denyAssignments/write",
       "/subscriptions/s/providers/Microsoft.Authorization/denyAssignments/x", false},
      {"Microsoft.Authorization/denyAssignments/delete", "/", false},
      {"Microsoft.Authorization/denyAssignments/read", "/", true},
      {"Microsoft.Authorization/roleDefinitions/write", roles + owner, false},
      {"Microsoft.Authorization/roleDefinitions/delete", roles + std::string(kAcrPullRole), false},
      {"Microsoft.Authorization/roleDefinitions/read", roles + owner, true},
      // The same definition, named by the id of another scope.
      {"Microsoft.Authorization/roleDefinitions/write", "/subscriptions/s" + roles + owner, false},
      {"Microsoft.Authorization/roleDefinitions/write", roles + "custom", true},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(world.operates(row.operation, row.scope), row.expected)
        << row.operation << " " << row.scope;
  }
  std::set<std::string> ids;
  for (const DenyAssignment& one : *world.snapshot.denials) {
    EXPECT_TRUE(ids.insert(one.id).second);
    EXPECT_EQ(one.id.size(), 36U);
    EXPECT_FALSE(one.name.empty() || one.description.empty());
  }
}

}  // namespace
}  // namespace berth::policy
