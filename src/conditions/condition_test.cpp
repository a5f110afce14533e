#include "conditions/condition.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conditions/suite_file_testing.h"

namespace berth::conditions {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::shared_ptr<const Condition> compiled(const std::string& text) {
  return Condition::compile(expand(text)).value();
}
std::string refusal(const std::string& text) {
  const auto condition = Condition::compile(expand(text));
  return condition ? "accepted" : condition.error().message;
}
std::string repeat(int times, std::string_view text) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

// "truth|note|text" of every part, in order, with the depth as blanks.
void flatten(const Trace& trace, std::vector<std::string>& out, std::size_t depth = 0) {
  out.push_back(
      fmt::format("{:{}}{}|{}|{}", "", depth, truth_name(trace.truth), trace.note, trace.text));
  for (const auto& part : trace.parts) flatten(part, out, depth + 1);
}

TEST(Condition, LimitsTheLength) {
  const std::string text = "true BoolEquals true";
  EXPECT_TRUE(Condition::compile(text + std::string(kMaxBytes - text.size(), ' ')));
  EXPECT_EQ(refusal(text + std::string(kMaxBytes - text.size() + 1, ' ')),
            "line 1, column 1: expected at most 4096 bytes, found 4097");
  EXPECT_THAT(refusal(""), StartsWith("line 1, column 1: expected an attribute"));
  EXPECT_THAT(refusal(" \n "), EndsWith(", found the end"));
}

TEST(Condition, LimitsTheDepth) {
  const auto nested = [](int depth) {
    return repeat(depth, "(") + "true BoolEquals true" + repeat(depth, ")");
  };
  EXPECT_TRUE(Condition::compile(nested(kMaxDepth)));
  EXPECT_EQ(refusal(nested(kMaxDepth + 1)),
            "line 1, column 65: expected at most 64 levels of parentheses and NOT, found '('");
  EXPECT_EQ(refusal(repeat(40, "!(") + "true BoolEquals true" + repeat(40, ")")),
            "line 1, column 65: expected at most 64 levels of parentheses and NOT, found '!'");
  EXPECT_TRUE(Condition::compile(repeat(99, "(true BoolEquals true) AND ") + "1 NumericEquals 1"))
      << "beside each other is not inside";
}

TEST(Condition, RefusesControlCharacters) {
  EXPECT_EQ(refusal(std::string("true\0BoolEquals true", 20)),
            "line 1, column 5: expected text without control characters, found '\\x00'");
  EXPECT_EQ(refusal("'\x1b[2J' StringEquals 'a'"),
            "line 1, column 2: expected text without control characters, found '\\x1b'");
}

TEST(Condition, LimitsTheSteps) {
  const std::string many = "{1" + repeat(199, ",1") + "}";
  EXPECT_EQ(refusal(many + " ForAnyOfAnyValues:NumericEquals " + many),
            "line 1, column 1: expected a condition of at most 20000 steps, found one that could "
            "take 40001: fewer values in {…} or shorter texts after a * make it cheaper");
  EXPECT_THAT(refusal("$name StringLike '*" + std::string(200, 'a') + "'"), HasSubstr("20000"));
  EXPECT_TRUE(Condition::compile(expand("$name StringLike '*" + std::string(60, 'a') + "*'")));
}

TEST(Condition, NeverTakesMoreStepsThanItSaid) {
  std::vector<std::string> texts;
  for (const auto& one : read_suite(BERTH_TESTDATA "/accepted.txt"))
    texts.push_back(expand(one.condition));
  const auto add = [&](const std::string& text) { texts.push_back(expand(text)); };
  // Each asks for as much work as the limit lets through, in its own way.
  for (const int run : {1, 5, 20, 60, 74}) {
    add("$name StringLike '*" + std::string(run, 'a') + "b'");
    add("$name StringNotLikeIgnoreCase '" + repeat(30, "*a") + std::string(run, '?') + "b*'");
    add("$subnet StringLike '*" + std::string(run / 3 + 1, 'a') + "b*'");
  }
  add("$name ForAllOfAllValues:StringNotLike {'x'" + repeat(18, ",'*aab'") + "}");
  add("{1" + repeat(99, ",1") + "} ForAllOfAnyValues:NumericLessThan {1" + repeat(99, ",1") + "}");
  add(repeat(100, "(true BoolEquals true) AND ") + "1 NumericEquals 1");
  add(repeat(30, "ActionMatches{'*x'} OR ") + "ActionMatches{'*aaab'}");
  const std::string text(512, 'a');
  const std::string_view view = text;
  Facts facts;
  facts.action = view.substr(0, 256);
  facts.sub_operation = facts.action;
  facts.set(Attribute::kRepositoryName, view.substr(0, 255));
  facts.set(Attribute::kSubnet, view).set(Attribute::kPrivateEndpoint, view);
  std::size_t most = 0;
  for (const auto& one : texts) {
    const auto condition = Condition::compile(one);
    ASSERT_TRUE(condition) << one << ": " << condition.error().message;
    std::size_t steps = 0;
    (*condition)->evaluate(facts, steps);
    EXPECT_LE(steps, (*condition)->worst_steps()) << one;
    EXPECT_LE((*condition)->worst_steps(), kMaxSteps) << one;
    EXPECT_GT(steps, 0U);
    most = std::max(most, steps);
  }
  EXPECT_GT(most, kMaxSteps / 2) << "the bound is not far from what can happen";
}

TEST(Condition, AnActionThatIsTooLongIsUnknown) {
  const auto condition = compiled("!ActionMatches{'a'}");
  const std::string action(257, 'a');
  Facts facts;
  facts.action = std::string_view(action).substr(1);
  EXPECT_EQ(condition->evaluate(facts), Truth::kTrue);
  facts.action = action;
  EXPECT_EQ(condition->evaluate(facts), Truth::kUnknown);
}

TEST(Condition, ListsThePatternsOfItsActions) {
  const auto condition = compiled(
      "(!ActionMatches{'b/*'} AND NOT (ActionMatches{'a'} AND SubOperationMatches{'s'})) "
      "OR $name StringEquals 'x'");
  EXPECT_THAT(condition->action_patterns(), ElementsAre("b/*", "a"));
  EXPECT_THAT(compiled("true BoolEquals true")->action_patterns(), IsEmpty());
}

TEST(Condition, TracesEveryPart) {
  const auto condition = compiled(
      "((!(ActionMatches{'$mcr/content/read'}))\n OR\n\t($name StringStartsWith 'team-a/'\n"
      "   AND $link BoolEquals true))");
  Facts facts;
  facts.action = "Microsoft.ContainerRegistry/registries/repositories/content/write";
  facts.set(Attribute::kRepositoryName, std::string_view("team-b/app"));
  std::vector<std::string> lines;
  flatten(condition->trace(facts), lines);
  const std::string action = "'Microsoft.ContainerRegistry/registries/repositories/content/";
  const std::string name = "@Request[Microsoft.ContainerRegistry/registries/repositories:name]";
  const std::string matches = "ActionMatches{" + action + "read'}";
  const std::string starts = name + " StringStartsWith 'team-a/'";
  const std::string link = "@Environment[isPrivateLink] BoolEquals true";
  EXPECT_THAT(lines, ElementsAre("true||(!(" + matches + ")) OR (" + starts + " AND " + link + ")",
                                 " true||!(" + matches + ")",
                                 "  false|the action is " + action + "write'|" + matches,
                                 " false||" + starts + " AND " + link,
                                 "  false|repositories:name is 'team-b/app'|" + starts,
                                 "  unknown|isPrivateLink is absent|" + link));
}

TEST(Condition, TracesWhatEachKindOfLeafSaw) {
  const auto note = [](const std::string& text, const Facts& facts) {
    return compiled(text)->trace(facts).note;
  };
  Facts facts;
  facts.sub_operation = "Mount";
  facts.set(Attribute::kNow, from_micros(1'500'000)).set(Attribute::kPrivateLink, false);
  facts.set(Attribute::kRepositoryName, std::string_view("a\n'b"));
  EXPECT_EQ(note("$now DateTimeEquals '2026-01-31T09:00:00Z'", facts),
            "UtcNow is 1970-01-01T00:00:01.5000000Z");
  EXPECT_EQ(note("Exists $link", facts), "isPrivateLink is false");
  EXPECT_EQ(note("Exists $role", facts), "roleAssignments:RoleDefinitionId is absent");
  EXPECT_EQ(note("'a' StringEquals $name", facts), "repositories:name is 'a\\x0a\\x27b'");
  EXPECT_EQ(note("$name StringEquals $type", facts),
            "repositories:name is 'a\\x0a\\x27b', roleAssignments:PrincipalType is absent");
  EXPECT_EQ(note("1 NumericEquals 1", facts), "both sides are given");
  EXPECT_EQ(note("SubOperationMatches{'x'}", facts), "the sub-operation is 'Mount'");
  EXPECT_EQ(note("SubOperationMatches{'x'}", Facts{}), "there is no sub-operation");
}

std::size_t bytes(const Trace& trace) {
  std::size_t sum = trace.text.size();
  for (const Trace& part : trace.parts) sum += bytes(part);
  return sum;
}

TEST(Condition, ATraceOfDeepNestingIsNotMuchLongerThanItsText) {
  std::string text(kMaxDepth - 2, '!');
  text += "(" + std::string("1 NumericEquals 1");
  while (text.size() < 4000) text += " OR 1 NumericEquals 1";
  const Trace trace = compiled(text + ")")->trace({});
  EXPECT_LT(bytes(trace), 40'000U);
  EXPECT_EQ(trace.text.size(), text.size() + 1);
}

TEST(Condition, ATraceKeepsTheBlanksOfATextInQuotes) {
  EXPECT_EQ(compiled("  'a  b'   StringEquals\r\n\t 'a b'  ")->trace({}).text,
            "'a  b'   StringEquals 'a b'");
}

}  // namespace
}  // namespace berth::conditions
