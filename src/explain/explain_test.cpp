// The refusals of acr-access-model G9 and G10: what is said, and what is offered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "explain/world_testing.h"

namespace berth::explain {
namespace {

using policy::Action;
using policy::Outcome;
using policy::Verdict;
using testing::HasSubstr;

const policy::ConsideredAssignment& only_assignment(const Explanation& explanation) {
  EXPECT_EQ(explanation.trace.assignments.size(), 1U);
  return explanation.trace.assignments.at(0);
}

TEST(Explain, NothingIsOfferedWhenItIsAllowed) {
  World world;
  world.user("ada").assign("ada", policy::kAcrPullRole);
  const auto said = explain(world.snapshot, ask(as_user("ada"), Action::kPull));
  EXPECT_TRUE(said.decision.allowed());
  EXPECT_EQ(only_assignment(said).outcome, Outcome::kAllows);
  EXPECT_TRUE(said.changes.empty());
}

TEST(Explain, L14NoRightsAtAll) {
  World world;
  world.user("ada");
  const auto said = explain(world.snapshot, ask(as_user("ada"), Action::kPush));
  EXPECT_EQ(said.decision.verdict, Verdict::kDenyPermission);
  ASSERT_FALSE(said.changes.empty());
  EXPECT_EQ(said.changes.front().what,
            "Assign the role 'AcrPush' on the registry, for all repositories.");
  EXPECT_EQ(
      said.changes.front().commands.front(),
      "berth role assignment create --assignee {principal} --role AcrPush --scope " + kRegistryId);
}

TEST(Explain, L16RightsOnTheRegistryAreNoneOnItsRepositories) {
  World world(kByRepository);
  world.user("ada").assign("ada", policy::kOwnerRole);
  EXPECT_TRUE(allowed(world.snapshot, ask(as_user("ada"), Action::kRegistryRead, "")));
  const auto said = explain(world.snapshot, ask(as_user("ada"), Action::kPull));
  EXPECT_FALSE(said.decision.allowed());
  EXPECT_EQ(only_assignment(said).outcome, Outcome::kOtherMode);
  ASSERT_FALSE(said.changes.empty());
  EXPECT_THAT(said.changes.front().what,
              HasSubstr("'Container Registry Repository Reader' on the registry, for the "
                        "repository 'team/app' alone"));
}

TEST(Explain, L31AndL32TheConditionNamesAnotherRepository) {
  World world(kByRepository);
  world.user("ada").assign("ada", policy::kRepositoryReaderRole, kGroupId,
                           kNameAttribute + " StringStartsWithIgnoreCase 'other/'");
  const auto said = explain(world.snapshot, ask(as_user("ada"), Action::kPull));
  EXPECT_FALSE(said.decision.allowed());
  EXPECT_EQ(only_assignment(said).evaluation.truth, conditions::Truth::kFalse);
  ASSERT_FALSE(said.changes.empty());
  EXPECT_THAT(
      said.changes.front().what,
      HasSubstr("it is assigned at '" + kGroupId + "', but its condition is not true, because of " +
                kNameAttribute + " StringStartsWithIgnoreCase 'other/' ("));
}

TEST(Explain, L33RolesOfTheOtherModeAndTheirEquivalents) {
  const std::pair<std::string_view, std::pair<Action, std::string>> rows[] = {
      {policy::kAcrPullRole, {Action::kPull, "Container Registry Repository Reader"}},
      {policy::kAcrPushRole, {Action::kPush, "Container Registry Repository Writer"}},
      {policy::kAcrDeleteRole, {Action::kDelete, "Container Registry Repository Contributor"}}};
  for (const auto& [role, expected] : rows) {
    World world(kByRepository);
    world.user("ada").assign("ada", role);
    const auto said = explain(world.snapshot, ask(as_user("ada"), expected.first));
    EXPECT_EQ(only_assignment(said).outcome, Outcome::kOtherMode);
    ASSERT_FALSE(said.changes.empty());
    EXPECT_THAT(said.changes.front().what, HasSubstr("'" + expected.second + "'"));
    EXPECT_THAT(said.changes.front().what, HasSubstr("it takes the place of 'Acr"));
  }
}

TEST(Explain, L35AndL36TheCatalogNeedsItsLister) {
  World world(kByRepository);
  world.user("ada").assign("ada", policy::kRepositoryContributorRole);
  const auto said = explain(world.snapshot, ask(as_user("ada"), Action::kCatalogRead, ""));
  EXPECT_FALSE(said.decision.allowed());
  ASSERT_FALSE(said.changes.empty());
  EXPECT_EQ(said.changes.front().what,
            "Assign the role 'Container Registry Repository Catalog Lister' on the registry, for "
            "all repositories.");
  for (const auto& command : said.changes.front().commands) {
    EXPECT_EQ(command.find("--condition"), std::string::npos);
  }
}

TEST(Explain, L37AndL38RepositoryRolesDoNotCountByRegistry) {
  World world;
  world.user("ada").assign("ada", policy::kRepositoryWriterRole);
  const auto said = explain(world.snapshot, ask(as_user("ada"), Action::kPush));
  EXPECT_EQ(only_assignment(said).outcome, Outcome::kOtherMode);
  ASSERT_FALSE(said.changes.empty());
  EXPECT_THAT(said.changes.front().what,
              HasSubstr("'AcrPush' on the registry, for all repositories: it takes the place of "
                        "'Container Registry Repository Writer', which does not count"));
}

TEST(Explain, NoRegistryAndNoNetworkHaveNoChange) {
  World world;
  world.user("ada");
  Question elsewhere = ask(as_user("ada"), Action::kPull);
  elsewhere.registry = "other";
  EXPECT_EQ(explain(world.snapshot, elsewhere).decision.rule, policy::kRegistryUnknownRule);
  EXPECT_TRUE(explain(world.snapshot, elsewhere).changes.empty());
  Question plain = ask(as_user("ada"), Action::kPull);
  plain.source.tls = false;
  EXPECT_EQ(explain(world.snapshot, plain).decision.verdict, Verdict::kDenyNetwork);
  EXPECT_TRUE(explain(world.snapshot, plain).changes.empty());
}

TEST(Explain, WhatIsElsewhereIsLeftOutForThoseWhoMayNotSeeIt) {
  World world;
  world.user("ada").assign("ada", policy::kAcrPushRole, kElsewhereId);
  const Question question = ask(as_user("ada"), Action::kPush);
  EXPECT_EQ(only_assignment(explain(world.snapshot, question)).outcome, Outcome::kElsewhere);
  const auto less = explain(world.snapshot, question, [](const auto&) { return false; });
  EXPECT_TRUE(less.trace.assignments.empty());
  for (const Change& change : less.changes) {
    EXPECT_EQ(change.what.find("is assigned at"), std::string::npos) << change.what;
  }
}

TEST(Explain, AWiderConditionSaysThatItLiftsOtherLimits) {
  World world(kByRepository);
  world.user("ada").assign("ada", policy::kRepositoryReaderRole, kRegistryId,
                           "@Environment[isPrivateLink] BoolEquals true");
  const auto said = explain(world.snapshot, ask(as_user("ada"), Action::kPull));
  ASSERT_FALSE(said.changes.empty());
  EXPECT_THAT(said.changes.front().what,
              HasSubstr("This lifts what it says about time and network"));
}

TEST(Explain, ADenyAssignmentHasNoChange) {
  for (const auto mode : {kByRegistry, kByRepository}) {
    World world(mode);
    world.user("ada").assign("ada", policy::kAcrPullRole);
    world.deny({"*"}, {"*"});
    const auto said = explain(world.snapshot, ask(as_user("ada"), Action::kPull));
    EXPECT_FALSE(said.decision.allowed());
    EXPECT_FALSE(said.trace.denials.empty());
    EXPECT_TRUE(said.changes.empty());
  }
}

}  // namespace
}  // namespace berth::explain
