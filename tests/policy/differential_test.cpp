// The engine against the slow evaluator: more than a million questions in some thousand random
// worlds. A disagreement prints the seed, the question and the world; random_world() of that seed
// makes it again.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>

#include "pools.h"
#include "random_world.h"
#include "slow_evaluator.h"

namespace berth::permissions {
namespace {

using policy::Outcome;

constexpr std::uint64_t kWorldsPerShard = 2'600;
constexpr std::size_t kQuestionsPerWorld = 200;
constexpr std::size_t kTraceEvery = 5;

Answer decide_slowly(const World& world, const Question& question) {
  if (question.control()) return decide_slowly(world, question.control_request());
  return decide_slowly(world, question.access_request());
}

bool some(const policy::Trace& trace, Outcome outcome) {
  return std::ranges::any_of(trace.assignments,
                             [&](const auto& one) { return one.outcome == outcome; });
}

// Whether the steps tell the decision: the first that did not pass, or else the last.
bool steps_tell(const policy::Trace& trace, const policy::Decision& decision) {
  if (trace.steps.empty()) return false;
  const auto failed =
      std::ranges::find_if(trace.steps, [](const auto& step) { return !step.passed; });
  const bool refused = failed != trace.steps.end();
  const auto& told = refused ? *failed : trace.steps.back();
  return told.rule == decision.rule && refused != decision.allowed();
}

// What became of the assignments and what decided must be the same story. Where something before
// the roles decided, they are looked at all the same and say nothing about it.
void expect_roles_tell(const policy::Trace& trace, const policy::Decision& decision) {
  const bool role = decision.rule == "role-assignment";
  const bool condition = decision.rule == "condition";
  const bool mode = decision.rule == "permissions-mode";
  if (decision.allowed()) {
    if (role) EXPECT_TRUE(some(trace, Outcome::kAllows));
    return;
  }
  if (role || condition || mode) EXPECT_FALSE(some(trace, Outcome::kAllows));
  if (role || mode) EXPECT_FALSE(some(trace, Outcome::kCondition));
  if (role) EXPECT_FALSE(some(trace, Outcome::kOtherMode));
  if (mode) EXPECT_TRUE(some(trace, Outcome::kOtherMode));
  if (condition) EXPECT_TRUE(some(trace, Outcome::kCondition));
  if (decision.rule == "deny-assignment") EXPECT_FALSE(trace.denials.empty());
}

void expect_conditions_tell(const policy::Trace& trace, const Question& question) {
  const bool sign_in = !question.control() && question.action == policy::Action::kRegistryRead;
  for (const auto& one : trace.assignments) {
    const bool is_true = one.evaluation.truth == conditions::Truth::kTrue;
    if (one.outcome == Outcome::kCondition) EXPECT_TRUE(!one.condition.empty() && !is_true);
    if (one.outcome == Outcome::kAllows && !sign_in) EXPECT_EQ(is_true, !one.condition.empty());
  }
}

void expect_trace_tells(const policy::Snapshot& snapshot, const Question& question,
                        const policy::Decision& decision) {
  policy::Trace trace;
  const auto again = ask(snapshot, question, &trace);
  EXPECT_EQ(again.verdict, decision.verdict);
  EXPECT_EQ(again.rule, decision.rule);
  EXPECT_EQ(again.reason, decision.reason);
  EXPECT_TRUE(steps_tell(trace, decision));
  expect_roles_tell(trace, decision);
  expect_conditions_tell(trace, question);
  if (decision.rule == "scope-map") {
    EXPECT_EQ(std::ranges::any_of(trace.rules, &policy::ConsideredRule::allows),
              decision.allowed());
  }
}

// The view names each repository that a rule names, and no other.
void expect_view_tells(const World& world, const policy::Snapshot& snapshot,
                       const Question& question) {
  const auto request = question.access_request();
  const auto view = policy::catalog_view(snapshot, request);
  EXPECT_TRUE(std::ranges::is_sorted(view.patterns));
  for (const auto name : pools::kRepositories) {
    const bool shown =
        view.all || std::ranges::any_of(view.patterns, [&](const auto& pattern) {
          const bool below = pattern.ends_with("/*");
          return below ? name.starts_with(pattern.substr(0, pattern.size() - 1)) : name == pattern;
        });
    EXPECT_EQ(shown, shows_in_catalog(world, request, std::string(name))) << name;
  }
}

using Seen = std::map<Why, std::size_t>;

void compare_world(std::uint64_t seed, Seen& seen) {
  Random random(seed);
  const World world = random_world(random);
  const policy::Snapshot snapshot = to_snapshot(world);
  for (std::size_t i = 0; i < kQuestionsPerWorld; ++i) {
    const Question question = random_question(random, world);
    const Answer expected = decide_slowly(world, question);
    const auto decision = ask(snapshot, question);
    const WhyRow& row = row_of(expected.why);
    ++seen[expected.why];
    EXPECT_EQ(decision.verdict, expected.verdict);
    if (!row.rule.empty()) EXPECT_EQ(decision.rule, row.rule);
    EXPECT_EQ(decision.allowed(), decision.reason.empty());
    if (i % kTraceEvery == 0) expect_trace_tells(snapshot, question, decision);
    if (decision.allowed() && question.action == policy::Action::kCatalogRead) {
      expect_view_tells(world, snapshot, question);
    }
    if (::testing::Test::HasFailure()) {
      FAIL() << "seed " << seed << ", question " << i << ": " << to_text(question)
             << "\nexpected: " << row.name << "\n"
             << to_text(world);
    }
  }
}

class Differential : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Differential, EngineAndSlowEvaluatorAgree) {
  const std::uint64_t first = GetParam() * kWorldsPerShard;
  Seen seen;
  for (std::uint64_t seed = first; seed < first + kWorldsPerShard; ++seed) {
    compare_world(seed, seen);
    if (HasFatalFailure()) return;
  }
  // Teeth: every class of answer has to have come up often enough to be worth something.
  const std::size_t all = kWorldsPerShard * kQuestionsPerWorld;
  for (const auto& row : kWhyRows) {
    EXPECT_GE(seen[row.why], all / 100) << row.name;
    std::cout << row.name << " " << seen[row.why] << (&row == &kWhyRows.back() ? "\n" : ", ");
  }
}

static_assert(2 * kWorldsPerShard * kQuestionsPerWorld >= 1'000'000);
INSTANTIATE_TEST_SUITE_P(Seeds, Differential, ::testing::Values(1, 2));

}  // namespace
}  // namespace berth::permissions
