// What holds in every world, whatever it grants: each law is asked in random worlds before and
// after one change.
#include <gtest/gtest.h>

#include "pools.h"
#include "random_world.h"

namespace berth::permissions {
namespace {

using policy::PermissionsMode;
using policy::Snapshot;

constexpr std::uint64_t kWorlds = 150;
constexpr std::size_t kQuestions = 150;
constexpr std::uint64_t kFirstSeed = 1'000'000;

// How often a law was put to the test: one that never is says nothing.
struct Tested {
  std::size_t same = 0;
  std::size_t changed = 0;
};

std::vector<Question> questions(Random& random, const World& world) {
  std::vector<Question> out;
  for (std::size_t i = 0; i < kQuestions; ++i) out.push_back(random_question(random, world));
  return out;
}

// Calls `change(random, world)` in many worlds, then for each question `law(before, after,
// question)`.
template <class Change, class Law>
Tested in_many_worlds(Change change, Law law) {
  Tested tested;
  for (std::uint64_t seed = kFirstSeed; seed < kFirstSeed + kWorlds; ++seed) {
    Random random(seed);
    World world = random_world(random);
    const Snapshot before = to_snapshot(world);
    change(random, world);
    const Snapshot after = to_snapshot(world);
    for (const auto& question : questions(random, world)) {
      const bool was = ask(before, question).allowed();
      const bool is = ask(after, question).allowed();
      ++(was == is ? tested.same : tested.changed);
      law(was, is, question);
      if (::testing::Test::HasFailure()) {
        ADD_FAILURE() << "seed " << seed << ": " << to_text(question) << "\n" << to_text(world);
        return tested;
      }
    }
  }
  return tested;
}

void never_loses(bool was, bool is, const Question&) {
  EXPECT_TRUE(is || !was);
}
void never_gains(bool was, bool is, const Question&) {
  EXPECT_TRUE(was || !is);
}

TEST(Properties, AnAssignmentMoreTakesNothingFromAnybody) {
  const auto add = [](Random& random, World& world) {
    auto assignment = random_assignment(random, world);
    assignment.condition.clear();
    assignment.tree = nullptr;
    world.assignments.push_back(std::move(assignment));
  };
  EXPECT_GE(in_many_worlds(add, never_loses).changed, 50);
}

TEST(Properties, AConditionalAssignmentMoreTakesNothingEither) {
  const auto add = [](Random& random, World& world) {
    world.assignments.push_back(random_assignment(random, world));
  };
  EXPECT_GE(in_many_worlds(add, never_loses).changed, 50);
}

TEST(Properties, AnAssignmentLessGivesNothingToAnybody) {
  const auto remove = [](Random& random, World& world) {
    const auto at = static_cast<std::ptrdiff_t>(random.below(world.assignments.size()));
    world.assignments.erase(world.assignments.begin() + at);
  };
  EXPECT_GE(in_many_worlds(remove, never_gains).changed, 50);
}

TEST(Properties, ADenialLessTakesNothingFromAnybody) {
  const auto remove = [](Random&, World& world) {
    if (!world.denials.empty()) world.denials.erase(world.denials.begin());
  };
  EXPECT_GE(in_many_worlds(remove, never_loses).changed, 50);
}

TEST(Properties, ADenialOfEverythingWinsOverEveryRole) {
  const auto deny = [](Random& random, World& world) {
    world.denials.insert(
        world.denials.begin() + static_cast<std::ptrdiff_t>(random.below(world.denials.size() + 1)),
        {.id = "denial-of-all",
         .name = "all",
         .description = {},
         .scope = "/",
         .below_too = true,
         .actions = {"*"},
         .not_actions = {},
         .data_actions = {"*"},
         .not_data_actions = {},
         .excluded = {}});
  };
  const auto law = [](bool, bool is, const Question& question) {
    const auto& who = question.principal;
    const bool by_roles = who.in_directory() || who.kind == policy::PrincipalKind::kExternal;
    // Anonymous pull is no role: it is open to all, whatever is denied to whom.
    const bool reads = !question.control() && (question.action == policy::Action::kPull ||
                                               question.action == policy::Action::kMetadataRead);
    if (by_roles && !reads) EXPECT_FALSE(is);
  };
  EXPECT_GE(in_many_worlds(deny, law).changed, 1000);
}

TEST(Properties, AConditionWidenedByOrTakesNothingFromAnybody) {
  const auto widen = [](Random& random, World& world) {
    for (auto& assignment : world.assignments) {
      if (!assignment.tree) continue;
      ConditionTree wider;
      wider.kind = ConditionTree::Kind::kOr;
      wider.parts = {*assignment.tree, random_condition(random)};
      assignment.tree = std::make_shared<const ConditionTree>(std::move(wider));
      assignment.condition = to_text(*assignment.tree);
    }
  };
  EXPECT_GE(in_many_worlds(widen, never_loses).changed, 50);
}

TEST(Properties, AConditionNarrowedByAndGivesNothingToAnybody) {
  const auto narrow = [](Random& random, World& world) {
    for (auto& assignment : world.assignments) {
      if (!assignment.tree) continue;
      ConditionTree narrower;
      narrower.kind = ConditionTree::Kind::kAnd;
      narrower.parts = {*assignment.tree, random_condition(random)};
      assignment.tree = std::make_shared<const ConditionTree>(std::move(narrower));
      assignment.condition = to_text(*assignment.tree);
    }
  };
  EXPECT_GE(in_many_worlds(narrow, never_gains).changed, 50);
}

void switch_mode(Snapshot& snapshot, const std::string& name, PermissionsMode mode) {
  auto registry = *snapshot.registries.find(name);
  registry.mode = mode;
  snapshot.registries.set(name, std::move(registry));
}

PermissionsMode other(PermissionsMode mode) {
  return mode == PermissionsMode::kRegistry ? PermissionsMode::kRepository
                                            : PermissionsMode::kRegistry;
}

void expect_same(const Snapshot& one, const Snapshot& two, const Question& question) {
  const auto first = ask(one, question);
  const auto second = ask(two, question);
  EXPECT_EQ(first.verdict, second.verdict) << to_text(question);
  EXPECT_EQ(first.rule, second.rule) << to_text(question);
}

// A switch is the same as having always been in that mode: nothing of the mode before stays, and
// back again is as if nothing had been.
TEST(Properties, TheModeOfToday) {
  std::size_t changed = 0;
  for (std::uint64_t seed = kFirstSeed; seed < kFirstSeed + kWorlds; ++seed) {
    Random random(seed);
    World world = random_world(random);
    const Snapshot before = to_snapshot(world);
    Snapshot switched = before;
    for (const auto& one : world.registries) switch_mode(switched, one.name, other(one.mode));
    Snapshot back = switched;
    for (const auto& one : world.registries) switch_mode(back, one.name, one.mode);
    for (auto& one : world.registries) one.mode = other(one.mode);
    const Snapshot made_so = to_snapshot(world);
    for (const auto& question : questions(random, world)) {
      expect_same(switched, made_so, question);
      expect_same(back, before, question);
      if (ask(before, question).allowed() != ask(switched, question).allowed()) ++changed;
      // Admin users, tokens, the owner and the control plane know no mode.
      const auto& who = question.principal;
      const bool roles = who.in_directory() || who.kind == policy::PrincipalKind::kExternal;
      if (!roles || question.control()) expect_same(before, switched, question);
    }
    ASSERT_FALSE(HasFailure()) << "seed " << seed << "\n" << to_text(world);
  }
  EXPECT_GE(changed, 1000);
}

// The mode of one registry is no matter of another one.
TEST(Properties, TheModeOfAnotherRegistryDoesNotMatter) {
  const auto change = [](Random&, World& world) {
    world.registries[0].mode = other(world.registries[0].mode);
  };
  const std::string switched = "alpha";
  const auto law = [&](bool was, bool is, const Question& question) {
    if (question.registry != switched) EXPECT_EQ(was, is);
  };
  EXPECT_GE(in_many_worlds(change, law).changed, 100);
}

// A refusal must not tell whether a repository exists (C5): a decision has only the name. Names
// that no rule and no condition tells apart get the same answer, one that was never pushed among
// them.
TEST(Properties, OnlyTheNameOfARepositoryCounts) {
  const auto one = oci::RepositoryName::parse("zebra/one").value();
  const auto two = oci::RepositoryName::parse("zebra/two").value();
  std::size_t allowed = 0;
  for (std::uint64_t seed = kFirstSeed; seed < kFirstSeed + kWorlds; ++seed) {
    Random random(seed);
    const World world = random_world(random);
    const Snapshot snapshot = to_snapshot(world);
    for (auto& question : questions(random, world)) {
      if (!question.repository) continue;
      question.repository = one;
      const auto first = ask(snapshot, question);
      question.repository = two;
      const auto second = ask(snapshot, question);
      ASSERT_EQ(first.verdict, second.verdict) << "seed " << seed << ": " << to_text(question);
      ASSERT_EQ(first.rule, second.rule) << "seed " << seed << ": " << to_text(question);
      ASSERT_EQ(first.reason, second.reason);
      if (first.allowed()) ++allowed;
    }
  }
  EXPECT_GE(allowed, 1000);
}

}  // namespace
}  // namespace berth::permissions
