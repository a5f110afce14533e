#include "conditions/operators.h"

#include <algorithm>
#include <array>
#include <functional>

#include "base/ascii.h"

namespace berth::conditions {
namespace {

// A way to compare two numbers, or two texts with or without case, as a Test.
template <class Compare>
bool number(const Datum& left, const Datum& right, std::size_t& steps) {
  ++steps;
  return Compare{}(left.number, right.number);
}

bool equal(const Datum& left, const Datum& right, std::size_t& steps) {
  ++steps;
  return left.text == right.text;
}
bool equal_no_case(const Datum& left, const Datum& right, std::size_t& steps) {
  ++steps;
  return berth::equal_no_case(left.text, right.text);
}
bool starts(const Datum& left, const Datum& right, std::size_t& steps) {
  ++steps;
  return left.text.starts_with(right.text);
}
bool starts_no_case(const Datum& left, const Datum& right, std::size_t& steps) {
  ++steps;
  return berth::equal_no_case(left.text.substr(0, right.text.size()), right.text);
}
template <bool ignore_case>
bool like(const Datum& left, const Datum& right, std::size_t& steps) {
  ++steps;
  return matches(left.text, right.text, {.ignore_case = ignore_case}, steps);
}

constexpr auto kEqual = number<std::equal_to<>>;
constexpr auto kLess = number<std::less<>>;
constexpr auto kLessEqual = number<std::less_equal<>>;
constexpr auto kGreater = number<std::greater<>>;
constexpr auto kGreaterEqual = number<std::greater_equal<>>;

constexpr bool kNot = true;
constexpr bool kPrefix = true;
constexpr bool kAlone = false;

constexpr Operator text(std::string_view name, Test test, bool negated, bool prefixable) {
  return {name, Type::kText, test, negated, prefixable};
}
constexpr Operator pattern(std::string_view name, bool ignore_case, bool negated) {
  return {name, Type::kText, ignore_case ? like<true> : like<false>, negated, kPrefix,
          true, ignore_case};
}

constexpr std::array<Operator, 28> kTable = {{
    text("StringEquals", equal, !kNot, kPrefix),
    text("StringEqualsIgnoreCase", equal_no_case, !kNot, kPrefix),
    text("StringNotEquals", equal, kNot, kPrefix),
    text("StringNotEqualsIgnoreCase", equal_no_case, kNot, kPrefix),
    text("StringStartsWith", starts, !kNot, kAlone),
    text("StringStartsWithIgnoreCase", starts_no_case, !kNot, kAlone),
    text("StringNotStartsWith", starts, kNot, kAlone),
    text("StringNotStartsWithIgnoreCase", starts_no_case, kNot, kAlone),
    pattern("StringLike", false, !kNot),
    pattern("StringLikeIgnoreCase", true, !kNot),
    pattern("StringNotLike", false, kNot),
    pattern("StringNotLikeIgnoreCase", true, kNot),
    {"BoolEquals", Type::kBool, kEqual},
    {"BoolNotEquals", Type::kBool, kEqual, kNot},
    {"NumericEquals", Type::kInteger, kEqual, !kNot, kPrefix},
    {"NumericNotEquals", Type::kInteger, kEqual, kNot, kPrefix},
    {"NumericLessThan", Type::kInteger, kLess, !kNot, kPrefix},
    {"NumericLessThanEquals", Type::kInteger, kLessEqual, !kNot, kPrefix},
    {"NumericGreaterThan", Type::kInteger, kGreater, !kNot, kPrefix},
    {"NumericGreaterThanEquals", Type::kInteger, kGreaterEqual, !kNot, kPrefix},
    {"DateTimeEquals", Type::kDate, kEqual},
    {"DateTimeNotEquals", Type::kDate, kEqual, kNot},
    {"DateTimeLessThan", Type::kDate, kLess},
    {"DateTimeLessThanEquals", Type::kDate, kLessEqual},
    {"DateTimeGreaterThan", Type::kDate, kGreater},
    {"DateTimeGreaterThanEquals", Type::kDate, kGreaterEqual},
    {"GuidEquals", Type::kGuid, equal_no_case, !kNot, kPrefix},
    {"GuidNotEquals", Type::kGuid, equal_no_case, kNot, kPrefix},
}};

constexpr std::array<Prefix, 4> kPrefixes = {{
    {"ForAnyOfAnyValues", false, false},
    {"ForAllOfAnyValues", true, false},
    {"ForAnyOfAllValues", false, true},
    {"ForAllOfAllValues", true, true},
}};

}  // namespace

std::span<const Operator> operator_table() {
  return kTable;
}

const Operator* find_operator(std::string_view name) {
  const auto found = std::ranges::find(kTable, name, &Operator::name);
  return found == kTable.end() ? nullptr : &*found;
}

std::span<const Prefix> prefix_table() {
  return kPrefixes;
}

const Prefix* find_prefix(std::string_view name) {
  const auto found = std::ranges::find(kPrefixes, name, &Prefix::name);
  return found == kPrefixes.end() ? nullptr : &*found;
}

}  // namespace berth::conditions
