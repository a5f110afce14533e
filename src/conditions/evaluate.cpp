// Evaluation, its bound and its explanation walk the same nodes and share what decides a leaf.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/ascii.h"
#include "conditions/program.h"
#include "language/text.h"

namespace berth::conditions {
namespace {

using language::shown;

constexpr std::size_t kShownFact = 512;

constexpr Truth truth(bool value) {
  return value ? Truth::kTrue : Truth::kFalse;
}
// Kleene's connectives: the order of Truth is that of how true it is.
constexpr Truth negate(Truth value) {
  return static_cast<Truth>(2 - static_cast<int>(value));
}

// The values of one side; empty when its attribute is absent. Points into the program or to `own`.
std::span<const Datum> values(const Program& program, const Operand& operand, const Facts& facts,
                              Datum& own) {
  if (!operand.attribute) return std::span(program.literals).subspan(operand.first, operand.count);
  const auto fact = read_fact(facts, *operand.attribute);
  if (!fact) return {};
  own = *fact;
  return {&own, 1};
}

// Some (or every) value of `right` with this one of the left side.
bool pairs(const Operator& operation, bool all, const Datum& left, std::span<const Datum> right,
           std::size_t& steps) {
  for (const auto& value : right) {
    if (operation.holds(left, value, steps) != all) return !all;
  }
  return all;
}

Truth compare(const Program& program, const Comparison& comparison, const Facts& facts,
              std::size_t& steps) {
  Datum own_left;
  Datum own_right;
  const auto left = values(program, comparison.left, facts, own_left);
  const auto right = values(program, comparison.right, facts, own_right);
  if (left.empty() || right.empty()) return Truth::kUnknown;
  const Operator& operation = *comparison.operation;
  if (comparison.prefix == nullptr) {
    return truth(operation.holds(left.front(), right.front(), steps));
  }
  const bool all = comparison.prefix->all_left;
  for (const auto& value : left) {
    if (pairs(operation, comparison.prefix->all_right, value, right, steps) != all) {
      return truth(!all);
    }
  }
  return truth(all);
}

Truth action(std::string_view name, const std::string& pattern, std::size_t& steps) {
  if (name.size() > kMaxActionBytes) return Truth::kUnknown;
  // Most patterns name one action: no search, and mostly a look at the lengths only.
  if (pattern.find('*') == std::string::npos) {
    ++steps;
    return truth(equal_no_case(name, pattern));
  }
  return truth(matches(name, pattern, kActionRules, steps));
}

Truth leaf(const Program& program, const Node& node, const Facts& facts, std::size_t& steps) {
  switch (node.kind) {
    case NodeKind::kAction:
      return action(facts.action, program.patterns[node.payload], steps);
    case NodeKind::kSubOperation:
      if (facts.sub_operation.empty()) return Truth::kFalse;
      return action(facts.sub_operation, program.patterns[node.payload], steps);
    case NodeKind::kExists:
      return truth(read_fact(facts, static_cast<Attribute>(node.payload)).has_value());
    default:
      return compare(program, program.comparisons[node.payload], facts, steps);
  }
}

Truth walk(const Program& program, const Node* node, const Facts& facts, std::size_t& steps) {
  ++steps;
  if (node->kind == NodeKind::kNot) return negate(walk(program, node + 1, facts, steps));
  if (node->kind != NodeKind::kAnd && node->kind != NodeKind::kOr) {
    return leaf(program, *node, facts, steps);
  }
  const bool conjunction = node->kind == NodeKind::kAnd;
  const Truth decides = truth(!conjunction);
  Truth result = truth(conjunction);
  for (const Node* part = node + 1; part < node + node->size; part += part->size) {
    const Truth value = walk(program, part, facts, steps);
    if (value == decides) return value;
    result = conjunction ? std::min(result, value) : std::max(result, value);
  }
  return result;
}

// The source in one line: a run of blanks with a line end or a tab becomes one blank. No text in
// quotes contains either.
std::string one_line(std::string_view source) {
  std::string out;
  for (std::size_t at = 0; at < source.size();) {
    const auto end = std::min(source.find_first_not_of(" \t\r\n", at), source.size());
    const auto blanks = source.substr(at, end - at);
    out += blanks.find_first_of("\t\r\n") == std::string_view::npos ? blanks : " ";
    at = std::min(source.find_first_of(" \t\r\n", end), source.size());
    out += source.substr(end, at - end);
  }
  return out;
}

std::string value_text(const Facts& facts, Attribute attribute) {
  if (!read_fact(facts, attribute)) return "absent";
  const Value& value = *facts.get(attribute);
  if (const auto* text = std::get_if<std::string_view>(&value)) return shown(*text, kShownFact);
  if (const auto* time = std::get_if<TimePoint>(&value)) return to_rfc3339(*time);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  return fmt::format("{}", std::get<std::int64_t>(value));
}

std::string attribute_note(const Facts& facts, Attribute attribute) {
  return fmt::format("{} is {}", attribute_row(attribute).short_name(),
                     value_text(facts, attribute));
}

std::string compare_note(const Comparison& comparison, const Facts& facts) {
  const auto& left = comparison.left.attribute;
  const auto& right = comparison.right.attribute;
  if (left && right && *left != *right) {
    return attribute_note(facts, *left) + ", " + attribute_note(facts, *right);
  }
  if (left || right) return attribute_note(facts, left ? *left : *right);
  return "both sides are given";
}

std::string leaf_note(const Program& program, const Node& node, const Facts& facts) {
  switch (node.kind) {
    case NodeKind::kAction:
      return "the action is " + shown(facts.action, kShownFact);
    case NodeKind::kSubOperation:
      return facts.sub_operation.empty()
                 ? "there is no sub-operation"
                 : "the sub-operation is " + shown(facts.sub_operation, kShownFact);
    case NodeKind::kExists:
      return attribute_note(facts, static_cast<Attribute>(node.payload));
    default:
      return compare_note(program.comparisons[node.payload], facts);
  }
}

// Parts repeat the text of what holds them: nested deeply, a condition of 4 KB would become some
// hundreds. What comes after this much is shortened.
constexpr std::size_t kTraceBytes = 24'000;
constexpr std::size_t kShortPart = 80;

std::string text_of(std::string_view part, std::size_t& room) {
  if (part.size() > room && part.size() > kShortPart) {
    return one_line(part.substr(0, kShortPart)) + "…";
  }
  room -= std::min(room, part.size());
  return one_line(part);
}

Trace explain(const Program& program, const Node* node, std::string_view source, const Facts& facts,
              std::size_t& room) {
  Trace out;
  out.text = text_of(source.substr(node->begin, node->end - node->begin), room);
  for (const Node* part = node + 1; part < node + node->size; part += part->size) {
    out.parts.push_back(explain(program, part, source, facts, room));
  }
  const auto by_truth = [](const Trace& a, const Trace& b) { return a.truth < b.truth; };
  if (node->kind == NodeKind::kNot) {
    out.truth = negate(out.parts.front().truth);
  } else if (node->kind == NodeKind::kAnd) {
    out.truth = std::ranges::min_element(out.parts, by_truth)->truth;
  } else if (node->kind == NodeKind::kOr) {
    out.truth = std::ranges::max_element(out.parts, by_truth)->truth;
  } else {
    std::size_t steps = 0;
    out.truth = leaf(program, *node, facts, steps);
    out.note = leaf_note(program, *node, facts);
  }
  return out;
}

// The longest text that an operand can have.
std::size_t longest(const Program& program, const Operand& operand) {
  if (operand.attribute) return attribute_row(*operand.attribute).max_bytes;
  std::size_t most = 0;
  for (std::uint32_t i = 0; i < operand.count; ++i) {
    most = std::max(most, program.literals[operand.first + i].text.size());
  }
  return most;
}

std::size_t worst(const Program& program, const Comparison& comparison) {
  const std::size_t left = comparison.left.attribute ? 1 : comparison.left.count;
  const std::size_t right = comparison.right.attribute ? 1 : comparison.right.count;
  std::size_t steps = left * right;
  if (!comparison.operation->pattern) return steps;
  const std::size_t text_bytes = longest(program, comparison.left);
  if (comparison.right.attribute) {
    return steps + left * most_steps(longest(program, comparison.right), text_bytes);
  }
  const PatternRules rules{.ignore_case = comparison.operation->ignore_case};
  for (std::uint32_t i = 0; i < comparison.right.count; ++i) {
    const auto pattern = program.literals[comparison.right.first + i].text;
    steps += left * most_steps(pattern, rules, text_bytes);
  }
  return steps;
}

}  // namespace

std::string_view truth_name(Truth value) {
  static constexpr std::array<std::string_view, 3> kNames = {"false", "unknown", "true"};
  return kNames[static_cast<std::size_t>(value)];
}

Truth run(const Program& program, const Facts& facts, std::size_t& steps) {
  return walk(program, program.nodes.data(), facts, steps);
}

Trace trace(const Program& program, std::string_view source, const Facts& facts) {
  std::size_t room = kTraceBytes;
  return explain(program, program.nodes.data(), source, facts, room);
}

std::size_t worst_steps(const Program& program) {
  std::size_t steps = program.nodes.size();
  for (const auto& pattern : program.patterns) {
    steps += most_steps(pattern, kActionRules, kMaxActionBytes);
  }
  for (const auto& comparison : program.comparisons) steps += worst(program, comparison);
  return steps;
}

}  // namespace berth::conditions
