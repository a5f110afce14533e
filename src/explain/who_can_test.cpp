#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "explain/world_testing.h"

namespace berth::explain {
namespace {

using policy::Action;
using testing::ElementsAre;
using testing::IsEmpty;

// "kind id rule", as one word each.
std::vector<std::string> holders(const World& world, const Question& question) {
  static constexpr std::array<const char*, 4> kKinds = {"everybody", "admin", "token", "principal"};
  std::vector<std::string> out;
  for (const Holder& holder : who_can(world.snapshot, question).holders) {
    out.push_back(std::string(kKinds[static_cast<std::size_t>(holder.kind)]) + " " + holder.id +
                  " " + holder.rule + (holder.group ? " group" : ""));
  }
  return out;
}

TEST(WhoCan, EveryWayToHoldIt) {
  World world;
  world.user("ada").assign("ada", policy::kAcrPullRole);
  world.user("bob").assign("bob", policy::kReaderRole, kGroupId);
  world.user("eve").assign("eve", policy::kAcrPullRole, kElsewhereId);
  world.user("pushes").assign("pushes", policy::kAcrDeleteRole);
  world.token("ci-one", "_repositories_pull").token("ci-off", "_repositories_pull", false);
  world.scope_map("other", {{"other", "content/read"}}).token("ci-two", "other");
  EXPECT_THAT(holders(world, ask({}, Action::kPull)),
              ElementsAre("token ci-one scope-map", "principal ada role-assignment",
                          "principal bob role-assignment"));
  world.edit([](policy::RegistryPolicy& registry) { registry.admin_enabled = true; });
  EXPECT_THAT(holders(world, ask({}, Action::kDelete)),
              ElementsAre("admin team1 admin-user", "principal pushes role-assignment"));
}

TEST(WhoCan, GroupsAndAllTheirMembers) {
  World world;
  world.group("all").group("team", {"all"}).group("idle");
  world.user("ada", {"team"}).user("bob", {"all"}).user("eve", {"idle"}).user("zoe");
  world.assign("all", policy::kAcrPullRole).assign("idle", policy::kAcrPullRole, kElsewhereId);
  EXPECT_THAT(holders(world, ask({}, Action::kPull)),
              ElementsAre("principal ada role-assignment", "principal all role-assignment group",
                          "principal bob role-assignment", "principal team role-assignment group"));
  const auto found = who_can(world.snapshot, ask({}, Action::kPull));
  ASSERT_EQ(found.holders.front().through.size(), 1U);
  EXPECT_EQ(found.holders.front().through.front().principal, "all");
  EXPECT_EQ(found.holders.front().through.front().role_name, "AcrPull");
  EXPECT_FALSE(found.truncated);
}

TEST(WhoCan, GroupsInACircleEnd) {
  World world;
  world.group("one", {"two"}).group("two", {"one"}).user("ada", {"two"});
  world.assign("one", policy::kAcrPullRole);
  EXPECT_THAT(holders(world, ask({}, Action::kPull)),
              ElementsAre("principal ada role-assignment", "principal one role-assignment group",
                          "principal two role-assignment group"));
}

TEST(WhoCan, WithoutAGoodCredentialOneHoldsNothing) {
  World world;
  world.user("ada").user("bob").assign("ada", policy::kAcrPullRole);
  world.assign("bob", policy::kAcrPullRole).assign("gone", policy::kAcrPullRole);
  world.snapshot.principals.set("ada", {false, false, policy::ServiceKind::kNone, {"ada-1"}, {}});
  world.snapshot.principals.set("bob", {true, false, policy::ServiceKind::kNone, {}, {}});
  EXPECT_THAT(holders(world, ask({}, Action::kPull)), IsEmpty());
}

TEST(WhoCan, ConditionsAreAskedForThisRepository) {
  World world(kByRepository);
  world.user("ada").assign("ada", policy::kRepositoryReaderRole, kRegistryId,
                           kNameAttribute + " StringStartsWith 'team/'");
  EXPECT_EQ(holders(world, ask({}, Action::kPull, "team/app")).size(), 1U);
  EXPECT_THAT(holders(world, ask({}, Action::kPull, "other")), IsEmpty());
  const auto found = who_can(world.snapshot, ask({}, Action::kPull));
  EXPECT_EQ(found.holders.at(0).through.at(0).condition,
            kNameAttribute + " StringStartsWith 'team/'");
}

TEST(WhoCan, EverybodyComesFirstAndOthersOnlyByTheirOwnRight) {
  World world;
  world.user("ada").assign("ada", policy::kAcrPullRole);
  world.scope_map("other", {{"other", "content/read"}}).token("ci-two", "other");
  world.edit([](policy::RegistryPolicy& registry) { registry.anonymous_pull = true; });
  EXPECT_THAT(holders(world, ask({}, Action::kPull)),
              ElementsAre("everybody  anonymous-pull", "principal ada role-assignment"));
}

TEST(WhoCan, WhomADenyAssignmentExcepts) {
  World world;
  world.group("team").user("ada", {"team"}).user("bob", {"team"});
  world.assign("team", policy::kAcrPullRole).deny({"*"}, {}, {"bob"});
  EXPECT_THAT(holders(world, ask({}, Action::kPull)), ElementsAre("principal bob role-assignment"));
}

TEST(WhoCan, ThereIsAnEndAndItIsSaid) {
  World world;
  world.edit([](policy::RegistryPolicy& registry) {
    for (std::size_t i = 0; i <= kMaxHolders; ++i) {
      const std::string name = "t" + std::to_string(i);
      registry.tokens.set(
          name, {true, "_repositories_pull", {policy::Secret{name, {}, 0}, std::nullopt}});
    }
  });
  const auto found = who_can(world.snapshot, ask({}, Action::kPull));
  EXPECT_TRUE(found.truncated);
  EXPECT_EQ(found.holders.size(), kMaxHolders);
}

TEST(WhoCan, ARegistryThatIsNotThereHasNobody) {
  Question question = ask({}, Action::kPull);
  question.registry = "other";
  EXPECT_THAT(who_can(World().snapshot, question).holders, IsEmpty());
}

}  // namespace
}  // namespace berth::explain
