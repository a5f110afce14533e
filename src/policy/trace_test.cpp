#include "policy/trace.h"

#include <gmock/gmock.h>

#include "policy/denials.h"
#include "policy/policy_testing.h"

namespace berth::policy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "rule:passed" of each step.
std::vector<std::string> steps(const Trace& trace) {
  std::vector<std::string> out;
  for (const Step& step : trace.steps) {
    EXPECT_EQ(step.reason.empty(), step.passed);
    out.push_back(step.rule + (step.passed ? ":yes" : ":no"));
  }
  return out;
}
// "role principal outcome" of each assignment.
std::vector<std::string> assignments(const Trace& trace) {
  std::vector<std::string> out;
  for (const auto& one : trace.assignments) {
    out.push_back(one.role_name + " " + one.principal + " " +
                  std::string(outcome_name(one.outcome)));
  }
  return out;
}

TEST(Trace, NamesTheStepsInTheirOrder) {
  World world;
  Trace trace;
  world.ask(Action::kPull, "team/app", &trace);
  EXPECT_THAT(steps(trace), ElementsAre("tls:yes", "directory:yes", "role-assignment:no"));
  EXPECT_THAT(trace.operations, ElementsAre("Microsoft.ContainerRegistry/registries/pull/read"));

  world.edit([](RegistryPolicy& registry) { registry.anonymous_pull = true; });
  trace = {};
  world.ask(Action::kPull, "team/app", &trace);
  EXPECT_THAT(steps(trace), ElementsAre("tls:yes", "directory:yes", "anonymous-pull:yes"));

  world.snapshot.principals.set("ada", {.enabled = false, .credentials = {"c"}, .member_of = {}});
  trace = {};
  world.ask(Action::kPull, "team/app", &trace);
  EXPECT_THAT(steps(trace), ElementsAre("tls:yes", "directory:no"));

  world.source.tls = false;
  trace = {};
  world.ask(Action::kPull, "team/app", &trace);
  EXPECT_THAT(steps(trace), ElementsAre("loopback-only:no"));
}

TEST(Trace, WritesDownEveryAssignmentWithItsOutcome) {
  World world(PermissionsMode::kRepository);
  world.member("ada", {"team"});
  world.member("team", {"company"});
  world.member("company", {});
  world.assign("/subscriptions/other", "ada", kOwnerRole);
  world.give("gone");
  world.give(kAcrDeleteRole);
  world.give(kAcrPullRole);
  world.give(kRepositoryReaderRole, reads_below("other/"));
  world.assign("/subscriptions/s", "company", kRepositoryWriterRole);
  world.give(kRepositoryContributorRole, reads_below("team/"));
  Trace trace;
  EXPECT_TRUE(world.ask(Action::kPull, "team/app", &trace).allowed());
  EXPECT_THAT(trace.groups, ElementsAre("team", "company"));
  EXPECT_THAT(
      assignments(trace),
      ElementsAre("Owner ada otherScope", " ada roleDeleted", "AcrDelete ada roleLacks",
                  "AcrPull ada otherMode", "Container Registry Repository Reader ada condition",
                  "Container Registry Repository Contributor ada allows",
                  "Container Registry Repository Writer company allows"));
  EXPECT_EQ(trace.assignments[0].scope, "/subscriptions/other");
  EXPECT_EQ(trace.assignments[3].operation, "Microsoft.ContainerRegistry/registries/pull/read");
  const ConsideredAssignment& refused = trace.assignments[4];
  EXPECT_EQ(refused.id, "assignment-5");
  EXPECT_EQ(refused.operation, "Microsoft.ContainerRegistry/registries/repositories/content/read");
  EXPECT_EQ(refused.condition, reads_below("other/")->text());
  EXPECT_EQ(refused.evaluation.truth, conditions::Truth::kFalse);
  EXPECT_FALSE(refused.evaluation.parts.empty());
  EXPECT_EQ(trace.assignments[5].evaluation.truth, conditions::Truth::kTrue);
  EXPECT_TRUE(trace.assignments[6].evaluation.text.empty());  // it has no condition
}

TEST(Trace, LooksAlsoBehindWhatDecided) {
  World world;
  world.give(kAcrPullRole);
  world.edit([](RegistryPolicy& registry) { registry.anonymous_pull = true; });
  world.snapshot.principals.set("ada", {.enabled = false, .credentials = {"c"}, .member_of = {}});
  Trace trace;
  EXPECT_EQ(world.ask(Action::kPull, "team/app", &trace).verdict, Verdict::kDenyCredential);
  EXPECT_THAT(assignments(trace), ElementsAre("AcrPull ada allows"));
}

TEST(Trace, NamesTheDenialAndWhatItDefeats) {
  World world;
  world.give(kOwnerRole);
  world.snapshot.denials = platform_denials("t");
  const std::string scope = "/providers/microsoft.management/managementgroups/t";
  world.assign("/", "ada", kOwnerRole);
  Trace trace;
  const Decision decision =
      decide(world.snapshot,
             ControlRequest{world.source, world.ada, "Microsoft.Management/managementGroups/delete",
                            scope, world.now},
             &trace);
  EXPECT_EQ(decision.rule, "deny-assignment");
  ASSERT_EQ(trace.denials.size(), 1U);
  EXPECT_EQ(trace.denials[0].scope, scope);
  EXPECT_EQ(trace.denials[0].operation, "Microsoft.Management/managementGroups/delete");
  EXPECT_THAT(assignments(trace), ElementsAre("Owner ada otherScope", "Owner ada allows"));
}

TEST(Trace, ShowsEachRuleOfAScopeMap) {
  World world;
  world.edit([](RegistryPolicy& registry) {
    registry.tokens.set("ci", {true, "map", {Secret{"c-1", {}, 0}, std::nullopt}});
    registry.scope_maps.set("map", {{{"team/*", "content/read"},
                                     {"other", "content/read"},
                                     {"*", "content/read"},
                                     {"team/*", "content/write"}}});
  });
  world.ada = {.kind = PrincipalKind::kToken,
               .id = "ci",
               .name = {},
               .credential = "c-1",
               .registry = "contoso",
               .groups = {}};
  Trace trace;
  EXPECT_TRUE(world.ask(Action::kPull, "team/app", &trace).allowed());
  EXPECT_EQ(trace.scope_map, "map");
  std::vector<bool> allows;
  for (const ConsideredRule& rule : trace.rules) allows.push_back(rule.allows);
  EXPECT_THAT(allows, ElementsAre(true, false, true, false));
  EXPECT_THAT(steps(trace), ElementsAre("tls:yes", "token:yes", "scope-map:yes"));
  EXPECT_THAT(trace.assignments, IsEmpty());
}

}  // namespace
}  // namespace berth::policy
