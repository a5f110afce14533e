// Conditions as trees (acr-access-model C4): written as text for the engine, and evaluated here a
// second time, by plain recursion over the tree. Shares nothing with the engine's parser, operators
// or patterns. Pure values; tests only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conditions/condition.h"
#include "conditions/facts.h"

namespace berth::permissions {

// A text or a GUID is `text`; a truth value, an integer or a date (microseconds since 1970) is
// `number`. Which one is meant, the operator's name says.
struct TreeValue {
  std::string text;
  std::int64_t number = 0;
};
struct TreeOperand {
  std::optional<conditions::Attribute> attribute;
  std::vector<TreeValue> values;  // when there is no attribute: one or more
};

struct ConditionTree {
  enum class Kind { kAnd, kOr, kNot, kAction, kSubOperation, kExists, kCompare };
  Kind kind = Kind::kAnd;
  std::vector<ConditionTree> parts;  // kAnd, kOr: two or more; kNot: one
  std::string pattern;               // kAction, kSubOperation
  conditions::Attribute attribute = conditions::Attribute::kRepositoryName;  // kExists
  std::string operation;  // kCompare: "StringNotLikeIgnoreCase"
  std::string prefix;     // kCompare: "ForAnyOfAllValues", or none
  TreeOperand left, right;
};

// What a question says about attributes; those that are not in the list are absent.
struct TreeFacts {
  std::string action;
  std::vector<std::pair<conditions::Attribute, TreeValue>> values;
};

std::string to_text(const ConditionTree& tree);
conditions::Truth evaluate(const ConditionTree& tree, const TreeFacts& facts);

// "*" is any run of characters. Of actions: letters of either case are the same.
bool naive_action_match(std::string_view action, std::string_view pattern);
std::string lower_case(std::string_view text);

}  // namespace berth::permissions
