#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "explain/operator_testing.h"
#include "explain/world_testing.h"

namespace berth::explain {
namespace {

using policy::Action;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<ModeChange> preview(const World& world, policy::PermissionsMode mode) {
  return preview_mode(world.snapshot, "team1", mode, {}).changes;
}
std::vector<std::string> rows(const std::vector<ModeChange>& changes) {
  std::vector<std::string> out;
  out.reserve(changes.size());
  for (const ModeChange& change : changes) {
    out.push_back(change.principal + (change.gains ? " gains " : " loses ") +
                  std::string(word_of(change.action)));
  }
  return out;
}

TEST(PreviewMode, WhoPullsByAcrPullLosesIt) {
  World world;
  world.user("ada").assign("ada", policy::kAcrPullRole);
  const auto changes = preview(world, kByRepository);
  EXPECT_THAT(rows(changes), ElementsAre("ada loses pull", "ada loses list", "ada loses catalog"));
  EXPECT_EQ(changes.at(0).through.at(0).role_name, "AcrPull");
}

TEST(PreviewMode, EachCureKeepsWhatWouldBeLost) {
  World world;
  world.group("team").user("ada").user("member", {"team"});
  world.assign("ada", policy::kAcrPushRole).assign("team", policy::kAcrDeleteRole);
  const auto changes = preview(world, kByRepository);
  ASSERT_FALSE(changes.empty());
  World after(kByRepository);
  after.snapshot.principals = world.snapshot.principals;
  after.snapshot.assignments = world.snapshot.assignments;
  for (const ModeChange& change : changes) {
    ASSERT_FALSE(change.cures.empty()) << change.principal << word_of(change.action);
    for (const Change& cure : change.cures) {
      policy::Snapshot snapshot = after.snapshot;
      Question question = ask(as_user(change.group ? "member" : change.principal), change.action);
      if (change.action >= Action::kCatalogRead) question.repository.reset();
      EXPECT_FALSE(allowed(snapshot, question));
      paste(cure.commands.front(), change.principal, snapshot, question);
      EXPECT_TRUE(allowed(snapshot, question)) << cure.commands.front();
    }
  }
}

TEST(PreviewMode, WhatIsHeldInBothModesIsNotSaid) {
  World world;
  world.group("team").user("ada", {"team"}).assign("ada", policy::kAcrPullRole);
  world.assign("team", policy::kRepositoryReaderRole).assign("team", policy::kCatalogListerRole);
  EXPECT_THAT(rows(preview(world, kByRepository)),
              ElementsAre("team gains pull", "team gains list", "team gains catalog",
                          "team gains sign-in"));
  EXPECT_THAT(preview(world, kByRegistry), IsEmpty());  // its mode already
}

TEST(PreviewMode, AGainUnderAConditionIsOne) {
  World world;
  world.user("ada").assign("ada", policy::kRepositoryReaderRole, kRegistryId,
                           kNameAttribute + " StringEquals 'a'");
  const auto changes = preview(world, kByRepository);
  EXPECT_THAT(rows(changes), ElementsAre("ada gains pull", "ada gains list", "ada gains sign-in"));
  EXPECT_EQ(changes.at(0).through.at(0).condition, kNameAttribute + " StringEquals 'a'");
  EXPECT_TRUE(changes.at(0).cures.empty());
}

TEST(PreviewMode, OwnersKeepTheSignInOnly) {
  World world;
  world.user("ada").assign("ada", policy::kOwnerRole, kGroupId);
  EXPECT_THAT(rows(preview(world, kByRepository)),
              ElementsAre("ada loses pull", "ada loses push", "ada loses delete", "ada loses list",
                          "ada loses lock", "ada loses untag", "ada loses catalog"));
}

TEST(PreviewMode, ADisabledAccountCountsAndOtherPlacesDoNot) {
  World world;
  world.user("ada").user("bob").assign("ada", policy::kAcrDeleteRole);
  world.assign("bob", policy::kAcrDeleteRole, kElsewhereId).assign("gone", policy::kAcrPullRole);
  world.snapshot.principals.set("ada", {false, false, policy::ServiceKind::kNone, {}, {}});
  EXPECT_THAT(rows(preview(world, kByRepository)),
              ElementsAre("ada loses delete", "ada loses untag"));
}

// Whoever the network keeps out today may come tomorrow: the mode is previewed for all.
TEST(PreviewMode, AClosedNetworkHidesNothing) {
  World open;
  open.user("ada").assign("ada", policy::kAcrPullRole);
  World closed = open;
  policy::NetworkRules rules;
  rules.public_access = false;
  closed.network(rules);
  const auto said = preview_mode(closed.snapshot, "team1", kByRepository, {});
  const auto same = preview_mode(open.snapshot, "team1", kByRepository, {});
  ASSERT_FALSE(said.changes.empty());
  ASSERT_EQ(said.changes.size(), same.changes.size());
  EXPECT_FALSE(said.changes.front().cures.empty());
  EXPECT_EQ(said.changes.front().cures.size(), same.changes.front().cures.size());
}

TEST(PreviewMode, WhatIsOpenToAllIsNotLost) {
  World world;
  world.user("ada").assign("ada", policy::kAcrPullRole);
  world.edit([](policy::RegistryPolicy& registry) { registry.anonymous_pull = true; });
  EXPECT_THAT(rows(preview(world, kByRepository)), ElementsAre("ada loses catalog"));
}

TEST(PreviewMode, BackAgainRepositoryRolesStopToCount) {
  World world(kByRepository);
  world.user("ada").assign("ada", policy::kRepositoryReaderRole);
  const auto changes = preview(world, kByRegistry);
  EXPECT_THAT(rows(changes), ElementsAre("ada loses pull", "ada loses list"));
  EXPECT_THAT(changes.at(0).cures.at(0).what, testing::HasSubstr("'AcrPull'"));
}

}  // namespace
}  // namespace berth::explain
