// The text suites of testdata/: what compiles, what does not and with which message, and what each
// condition says of given facts. And the manual: what it shows compiles.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "conditions/suite_file_testing.h"

namespace berth::conditions {
namespace {

// "key=value; key=value" as facts; the texts live as long as the object.
struct FactText {
  std::map<std::string, std::string> values;

  explicit FactText(const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
      const auto end = std::min(text.find("; ", at), text.size());
      const auto equals = text.find('=', at);
      if (equals >= end) throw std::runtime_error("no '=' in " + text);
      values[text.substr(at, equals - at)] = text.substr(equals + 1, end - equals - 1);
      at = end + 2;
    }
  }

  Facts facts() const {
    Facts out;
    for (const auto& [key, value] : values) {
      if (key == "action") {
        out.action = value;
      } else if (key == "sub") {
        out.sub_operation = value;
      } else {
        const auto row = std::ranges::find(kFactNames, key, [](const auto& r) { return r.first; });
        if (row == kFactNames.end()) throw std::runtime_error("no fact " + key);
        out.set(row->second, read(row->second, value));
      }
    }
    return out;
  }

 private:
  static Value read(Attribute attribute, const std::string& value) {
    switch (attribute_row(attribute).type) {
      case Type::kBool:
        return value == "true";
      case Type::kDate:
        return from_micros(parse_date(value).value() / 10);
      default:
        return std::string_view(value);
    }
  }
};

TEST(ConditionSuite, AcceptsTheAccepted) {
  const auto cases = read_suite(BERTH_TESTDATA "/accepted.txt");
  EXPECT_GE(cases.size(), 60U);
  for (const auto& one : cases) {
    const auto text = expand(one.condition);
    const auto condition = Condition::compile(text);
    ASSERT_TRUE(condition) << "accepted.txt:" << one.line << ": " << condition.error().message;
    EXPECT_EQ((*condition)->text(), text);
    EXPECT_TRUE(one.expected.empty());
  }
}

TEST(ConditionSuite, RejectsTheRejectedWithTheirMessage) {
  const auto cases = read_suite(BERTH_TESTDATA "/rejected.txt");
  EXPECT_GE(cases.size(), 80U);
  for (const auto& one : cases) {
    const auto condition = Condition::compile(one.condition);
    ASSERT_EQ(one.expected.size(), 1U) << "rejected.txt:" << one.line;
    if (condition) {
      ADD_FAILURE() << "rejected.txt:" << one.line << " was accepted: " << one.condition;
      continue;
    }
    EXPECT_EQ(condition.error().message, one.expected[0]) << "rejected.txt:" << one.line;
    EXPECT_EQ(condition.error().code, Code::kInvalidRequest);
  }
}

TEST(ConditionSuite, EvaluatesAsTheReferenceSays) {
  std::size_t evaluated = 0;
  for (const auto& one : read_suite(BERTH_TESTDATA "/evaluated.txt")) {
    const auto condition = Condition::compile(expand(one.condition));
    ASSERT_TRUE(condition) << "evaluated.txt:" << one.line << ": " << condition.error().message;
    ASSERT_FALSE(one.expected.empty()) << "evaluated.txt:" << one.line;
    for (const auto& expected : one.expected) {
      const auto colon = expected.find(':');
      const FactText text(expand(expected.substr(std::min(colon + 2, expected.size()))));
      const Facts facts = text.facts();
      std::size_t steps = 0;
      EXPECT_EQ(truth_name((*condition)->evaluate(facts)), expected.substr(0, colon))
          << "evaluated.txt:" << one.line << ": " << expected;
      EXPECT_EQ((*condition)->evaluate(facts, steps), (*condition)->evaluate(facts));
      EXPECT_EQ((*condition)->trace(facts).truth, (*condition)->evaluate(facts));
      EXPECT_LE(steps, (*condition)->worst_steps());
      ++evaluated;
    }
  }
  EXPECT_GE(evaluated, 150U);
}

TEST(ConditionSuite, TheConditionsOfTheManualCompile) {
  std::ifstream file(BERTH_TESTDATA "/../../../docs/conditions.md");
  bool inside = false;
  int compiled = 0;
  std::string block;
  for (std::string line; std::getline(file, line);) {
    if (line != "```") {
      if (inside) block += line + "\n";
      continue;
    }
    // The other blocks are commands and messages.
    if (inside && (block.starts_with("(") || block.starts_with("@"))) {
      const auto condition = Condition::compile(block);
      EXPECT_TRUE(condition) << block << condition.error().message;
      ++compiled;
    }
    block.clear();
    inside = !inside;
  }
  EXPECT_EQ(compiled, 4);
}

}  // namespace
}  // namespace berth::conditions
