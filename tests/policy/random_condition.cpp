// Conditions by chance: most in the shape that the tools write, some of any shape.
#include <array>

#include "pools.h"
#include "random_world.h"

namespace berth::permissions {
namespace {

using conditions::Attribute;
using Kind = ConditionTree::Kind;

ConditionTree node(Kind kind, std::vector<ConditionTree> parts = {}) {
  ConditionTree out;
  out.kind = kind;
  out.parts = std::move(parts);
  return out;
}

struct Family {
  std::string_view name;  // what the operators begin with
  std::vector<std::string_view> relations;
  bool may_ignore_case;
  bool prefixable;
};
const std::array<Family, 5> kFamilies = {{
    {"String", {"Equals", "StartsWith", "Like"}, true, true},
    {"Bool", {"Equals"}, false, false},
    {"DateTime",
     {"Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"},
     false,
     false},
    {"Guid", {"Equals"}, false, true},
    {"Numeric",
     {"Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"},
     false,
     true},
}};
constexpr std::array<std::string_view, 4> kPrefixes = {"ForAnyOfAnyValues", "ForAllOfAnyValues",
                                                       "ForAnyOfAllValues", "ForAllOfAllValues"};

struct AttributeKind {
  Attribute attribute;
  std::size_t family;
};
// The repository's name more often than the others: it is the one that ACR has.
constexpr std::array<AttributeKind, 16> kAttributes = {{
    {Attribute::kRepositoryName, 0},
    {Attribute::kRepositoryName, 0},
    {Attribute::kRepositoryName, 0},
    {Attribute::kRepositoryName, 0},
    {Attribute::kRepositoryName, 0},
    {Attribute::kRepositoryName, 0},
    {Attribute::kPrivateLink, 1},
    {Attribute::kPrivateEndpoint, 0},
    {Attribute::kSubnet, 0},
    {Attribute::kNow, 2},
    {Attribute::kGivenRole, 3},
    {Attribute::kGivenPrincipal, 3},
    {Attribute::kGivenPrincipalType, 0},
    {Attribute::kStoredRole, 3},
    {Attribute::kStoredPrincipal, 3},
    {Attribute::kStoredPrincipalType, 0},
}};

TreeValue random_value(Random& random, Attribute attribute) {
  switch (attribute) {
    case Attribute::kPrivateLink:
      return {{}, static_cast<std::int64_t>(random.below(2))};
    case Attribute::kNow:
      return {{}, random.pick(pools::kTimes)};
    case Attribute::kRepositoryName:
      return {std::string(random.pick(pools::kNameTexts)), 0};
    case Attribute::kPrivateEndpoint:
    case Attribute::kSubnet:
      return {std::string(random.pick(pools::kNetworkTexts)), 0};
    case Attribute::kGivenPrincipalType:
    case Attribute::kStoredPrincipalType:
      return {std::string(random.pick(pools::kPrincipalTypes)), 0};
    default:
      return {std::string(random.pick(pools::kGuids)), 0};
  }
}

std::string random_operation(Random& random, const Family& family, bool prefixed) {
  std::string_view relation = random.pick(family.relations);
  if (prefixed && relation == "StartsWith") relation = "Equals";
  std::string name = std::string(family.name);
  // Numbers and dates are negated by Equals only.
  if (relation == "Equals" || family.name == "String") name += random.chance(30) ? "Not" : "";
  name += relation;
  return name + (family.may_ignore_case && random.chance(50) ? "IgnoreCase" : "");
}

ConditionTree random_numbers(Random& random) {
  ConditionTree out = node(Kind::kCompare);
  out.prefix = random.pick(kPrefixes);
  out.operation = random_operation(random, kFamilies[4], true);
  for (auto* side : {&out.left, &out.right}) {
    for (std::size_t left = 1 + random.below(3); left > 0; --left) {
      side->values.push_back({{}, static_cast<std::int64_t>(random.below(7)) - 3});
    }
  }
  return out;
}

ConditionTree random_comparison(Random& random) {
  if (random.chance(4)) return random_numbers(random);
  const AttributeKind& what = random.pick(kAttributes);
  const Family& family = kFamilies[what.family];
  ConditionTree out = node(Kind::kCompare);
  const bool prefixed = family.prefixable && random.chance(30);
  if (prefixed) out.prefix = random.pick(kPrefixes);
  out.operation = random_operation(random, family, prefixed);
  const std::size_t values = prefixed ? 1 + random.below(3) : 1;
  TreeOperand literals;
  for (std::size_t i = 0; i < values; ++i) {
    literals.values.push_back(random_value(random, what.attribute));
  }
  TreeOperand attribute;
  attribute.attribute = what.attribute;
  // Now and then the attribute stands on the right, though not as a pattern: that would be costly.
  const bool turned = random.chance(10) && out.operation.find("Like") == std::string::npos;
  out.left = turned ? literals : attribute;
  out.right = turned ? attribute : literals;
  return out;
}

ConditionTree random_action(Random& random) {
  ConditionTree out = node(Kind::kAction);
  out.pattern = random.pick(pools::kImageActions);
  return out;
}

ConditionTree random_leaf(Random& random) {
  if (random.chance(20)) return random_action(random);
  if (random.chance(4)) {
    ConditionTree out = node(Kind::kSubOperation);
    out.pattern = "*";
    return out;
  }
  if (random.chance(8)) {
    ConditionTree out = node(Kind::kExists);
    out.attribute = random.pick(kAttributes).attribute;
    return out;
  }
  return random_comparison(random);
}

ConditionTree random_tree(Random& random, int depth) {
  if (depth == 0 || random.chance(40)) return random_leaf(random);
  if (random.chance(25)) return node(Kind::kNot, {random_tree(random, depth - 1)});
  std::vector<ConditionTree> parts;
  for (std::size_t left = 2 + random.below(2); left > 0; --left) {
    parts.push_back(random_tree(random, depth - 1));
  }
  return node(random.chance(50) ? Kind::kAnd : Kind::kOr, std::move(parts));
}

// "If it is one of these actions, then only when …" (C4).
ConditionTree random_block(Random& random) {
  std::vector<ConditionTree> not_targeted;
  for (std::size_t left = 1 + random.below(3); left > 0; --left) {
    not_targeted.push_back(node(Kind::kNot, {random_action(random)}));
  }
  ConditionTree head =
      not_targeted.size() == 1 ? not_targeted[0] : node(Kind::kAnd, std::move(not_targeted));
  return node(Kind::kOr, {std::move(head), random_tree(random, 1)});
}

// Patterns with a star, which are what makes a condition cost steps: the engine refuses conditions
// that could take too many.
std::size_t stars(const ConditionTree& tree) {
  std::size_t count = tree.pattern.find('*') != std::string::npos ? 1 : 0;
  if (tree.operation.find("Like") != std::string::npos) count += tree.right.values.size();
  for (const auto& part : tree.parts) count += stars(part);
  return count;
}

ConditionTree any_condition(Random& random) {
  if (random.chance(30)) return random_tree(random, 3);
  if (random.chance(75)) return random_block(random);
  return node(Kind::kAnd, {random_block(random), random_block(random)});
}

}  // namespace

// So few patterns that two such conditions still make one.
ConditionTree random_condition(Random& random) {
  constexpr std::size_t kMostStars = 3;
  ConditionTree out = any_condition(random);
  while (stars(out) > kMostStars) out = any_condition(random);
  return out;
}

}  // namespace berth::permissions
