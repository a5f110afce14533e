// The operators of the condition language, as one table (acr-access-model C4), and the prefixes
// that let one compare several values with several. Pure.
#pragma once

#include <span>
#include <string_view>

#include "conditions/attributes.h"
#include "conditions/pattern.h"

namespace berth::conditions {

// Whether one pair of values satisfies it, before a negation. `steps` grows by one, for a pattern
// by its steps too.
using Test = bool (*)(const Datum& left, const Datum& right, std::size_t& steps);

struct Operator {
  std::string_view name;
  Type type;  // of both sides
  Test test;
  bool negated = false;
  bool prefixable = false;
  bool pattern = false;  // the right side is a pattern of StringLike
  bool ignore_case = false;

  bool holds(const Datum& left, const Datum& right, std::size_t& steps) const {
    return test(left, right, steps) != negated;
  }
};
std::span<const Operator> operator_table();
const Operator* find_operator(std::string_view name);  // exact case; null: none

// For{Any|All}Of{Any|All}Values: some or every value of the left side with some or every value of
// the right one.
struct Prefix {
  std::string_view name;
  bool all_left;
  bool all_right;
};
std::span<const Prefix> prefix_table();
const Prefix* find_prefix(std::string_view name);

}  // namespace berth::conditions
