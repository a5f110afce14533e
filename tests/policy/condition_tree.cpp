#include "condition_tree.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/clock.h"

namespace berth::permissions {
namespace {

using conditions::Attribute;
using conditions::Truth;
using Kind = ConditionTree::Kind;

// The names of C4, in the order of the enumeration.
constexpr std::array<std::string_view, conditions::kAttributeCount> kAttributes = {
    "@Request[Microsoft.ContainerRegistry/registries/repositories:name]",
    "@Environment[isPrivateLink]",
    "@Environment[Microsoft.Network/privateEndpoints]",
    "@Environment[Microsoft.Network/virtualNetworks/subnets]",
    "@Environment[UtcNow]",
    "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]",
    "@Request[Microsoft.Authorization/roleAssignments:PrincipalId]",
    "@Request[Microsoft.Authorization/roleAssignments:PrincipalType]",
    "@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId]",
    "@Resource[Microsoft.Authorization/roleAssignments:PrincipalId]",
    "@Resource[Microsoft.Authorization/roleAssignments:PrincipalType]",
};

std::string attribute_text(Attribute attribute) {
  return std::string(kAttributes.at(static_cast<std::size_t>(attribute)));
}

std::string value_text(const TreeValue& value, std::string_view operation) {
  if (operation.starts_with("Numeric")) return std::to_string(value.number);
  if (operation.starts_with("Bool")) return value.number != 0 ? "true" : "false";
  if (operation.starts_with("DateTime")) return "'" + to_rfc3339(from_micros(value.number)) + "'";
  return "'" + value.text + "'";
}

std::string operand_text(const TreeOperand& operand, const ConditionTree& tree) {
  if (operand.attribute) return attribute_text(*operand.attribute);
  if (tree.prefix.empty()) return value_text(operand.values.at(0), tree.operation);
  std::string out = "{";
  for (const auto& value : operand.values) {
    out += (out.size() > 1 ? ", " : "") + value_text(value, tree.operation);
  }
  return out + "}";
}

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// What a star may leave: the text from any place on. Exponential, and evidently right.
template <class Matches>
bool any_rest(std::string_view text, Matches matches) {
  for (std::size_t taken = 0; taken <= text.size(); ++taken) {
    if (matches(text.substr(taken))) return true;
  }
  return false;
}

// "*" is any run of characters, "?" is one, and a backslash takes the meaning of what follows.
bool naive_like(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return any_rest(text, [&](auto rest) { return naive_like(rest, pattern.substr(1)); });
  }
  if (text.empty()) return false;
  if (pattern[0] == '?') return naive_like(text.substr(1), pattern.substr(1));
  const bool escape = pattern.size() > 1 && pattern[0] == '\\' &&
                      std::string_view("*?\\").find(pattern[1]) != std::string_view::npos;
  if (escape) pattern.remove_prefix(1);
  return text[0] == pattern[0] && naive_like(text.substr(1), pattern.substr(1));
}

Truth of(bool value) {
  return value ? Truth::kTrue : Truth::kFalse;
}

Truth all_of(const std::vector<ConditionTree>& parts, const TreeFacts& facts) {
  bool unknown = false;
  for (const auto& part : parts) {
    const Truth value = evaluate(part, facts);
    if (value == Truth::kFalse) return Truth::kFalse;
    if (value == Truth::kUnknown) unknown = true;
  }
  return unknown ? Truth::kUnknown : Truth::kTrue;
}

Truth any_of(const std::vector<ConditionTree>& parts, const TreeFacts& facts) {
  bool unknown = false;
  for (const auto& part : parts) {
    const Truth value = evaluate(part, facts);
    if (value == Truth::kTrue) return Truth::kTrue;
    if (value == Truth::kUnknown) unknown = true;
  }
  return unknown ? Truth::kUnknown : Truth::kFalse;
}

Truth opposite(Truth value) {
  if (value == Truth::kTrue) return Truth::kFalse;
  if (value == Truth::kFalse) return Truth::kTrue;
  return Truth::kUnknown;
}

std::vector<TreeValue> values_of(const TreeOperand& operand, const TreeFacts& facts) {
  if (!operand.attribute) return operand.values;
  for (const auto& [attribute, value] : facts.values) {
    if (attribute == *operand.attribute) return {value};
  }
  return {};
}

bool number_holds(std::string_view relation, std::int64_t left, std::int64_t right) {
  if (relation == "Equals") return left == right;
  if (relation == "LessThan") return left < right;
  if (relation == "LessThanEquals") return left <= right;
  if (relation == "GreaterThan") return left > right;
  if (relation == "GreaterThanEquals") return left >= right;
  throw std::logic_error("no such relation");
}

bool text_holds(std::string_view relation, const std::string& left, const std::string& right) {
  if (relation == "Equals") return left == right;
  if (relation == "StartsWith") return left.substr(0, right.size()) == right;
  if (relation == "Like") return naive_like(left, right);
  throw std::logic_error("no such relation");
}

// Takes `word` off the front; whether it was there.
bool take(std::string_view& name, std::string_view word) {
  if (!name.starts_with(word)) return false;
  name.remove_prefix(word.size());
  return true;
}

// The operator's name, read word by word.
bool holds(std::string_view name, const TreeValue& left, const TreeValue& right) {
  const bool guid = take(name, "Guid");
  const bool text = guid || take(name, "String");
  if (!text) (void)(take(name, "Numeric") || take(name, "Bool") || take(name, "DateTime"));
  const bool negated = take(name, "Not");
  const bool any_case = guid || name.ends_with("IgnoreCase");
  if (name.ends_with("IgnoreCase")) name.remove_suffix(10);
  if (!text) return number_holds(name, left.number, right.number) != negated;
  if (!any_case) return text_holds(name, left.text, right.text) != negated;
  return text_holds(name, lower_case(left.text), lower_case(right.text)) != negated;
}

bool quantified(bool all, const std::vector<bool>& values) {
  return all ? std::ranges::all_of(values, [](bool value) { return value; })
             : std::ranges::any_of(values, [](bool value) { return value; });
}

Truth compare(const ConditionTree& tree, const TreeFacts& facts) {
  const auto left = values_of(tree.left, facts);
  const auto right = values_of(tree.right, facts);
  if (left.empty() || right.empty()) return Truth::kUnknown;
  std::vector<bool> rows;
  for (const auto& one : left) {
    std::vector<bool> row;
    row.reserve(right.size());
    for (const auto& other : right) row.push_back(holds(tree.operation, one, other));
    rows.push_back(quantified(tree.prefix.ends_with("AllValues"), row));
  }
  return of(quantified(tree.prefix.starts_with("ForAllOf"), rows));
}

Truth exists(const ConditionTree& tree, const TreeFacts& facts) {
  return of(std::ranges::any_of(facts.values,
                                [&](const auto& fact) { return fact.first == tree.attribute; }));
}

std::string joined(const ConditionTree& tree, std::string_view word) {
  std::string out = "(";
  for (const auto& part : tree.parts) {
    if (out.size() > 1) out.append(" ").append(word).append(" ");
    out += to_text(part);
  }
  return out + ")";
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

bool naive_action_match(std::string_view action, std::string_view pattern) {
  for (; !pattern.empty() && pattern[0] != '*'; pattern.remove_prefix(1), action.remove_prefix(1)) {
    if (action.empty() || lower(action[0]) != lower(pattern[0])) return false;
  }
  if (pattern.empty()) return action.empty();
  return any_rest(action, [&](auto rest) { return naive_action_match(rest, pattern.substr(1)); });
}

std::string to_text(const ConditionTree& tree) {
  switch (tree.kind) {
    case Kind::kAnd:
      return joined(tree, "AND");
    case Kind::kOr:
      return joined(tree, "OR");
    case Kind::kNot:
      return "!(" + to_text(tree.parts.at(0)) + ")";
    case Kind::kAction:
      return "ActionMatches{'" + tree.pattern + "'}";
    case Kind::kSubOperation:
      return "SubOperationMatches{'" + tree.pattern + "'}";
    case Kind::kExists:
      return "Exists " + attribute_text(tree.attribute);
    case Kind::kCompare:
      return operand_text(tree.left, tree) + " " + tree.prefix + (tree.prefix.empty() ? "" : ":") +
             tree.operation + " " + operand_text(tree.right, tree);
  }
  throw std::logic_error("no such kind");
}

Truth evaluate(const ConditionTree& tree, const TreeFacts& facts) {
  switch (tree.kind) {
    case Kind::kAnd:
      return all_of(tree.parts, facts);
    case Kind::kOr:
      return any_of(tree.parts, facts);
    case Kind::kNot:
      return opposite(evaluate(tree.parts.at(0), facts));
    case Kind::kAction:
      return of(naive_action_match(facts.action, tree.pattern));
    case Kind::kSubOperation:
      return Truth::kFalse;  // no question of Berth has a sub-operation
    case Kind::kExists:
      return exists(tree, facts);
    case Kind::kCompare:
      return compare(tree, facts);
  }
  throw std::logic_error("no such kind");
}

}  // namespace berth::permissions
