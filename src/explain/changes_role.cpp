// Changes for who holds roles: an assignment more at the registry, or a wider condition of one that
// is there. Which roles are tried comes from what the decision saw; acr-access-model C1, C3, C4.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>

#include "explain/changes.h"
#include "explain/command_line.h"
#include "policy/roles.h"

namespace berth::explain {
namespace {

using policy::Outcome;
using policy::PermissionsMode;
using policy::Role;
using policy::RoleAssignment;

constexpr std::string_view kRepositoryName =
    "@Request[Microsoft.ContainerRegistry/registries/repositories:name]";

// What takes whose place after a switch of the mode (C1, "Equivalents").
struct Equivalent {
  std::string_view by_registry, by_repository;
};
constexpr std::array kEquivalents = {
    Equivalent{policy::kAcrPullRole, policy::kRepositoryReaderRole},
    Equivalent{policy::kAcrPushRole, policy::kRepositoryWriterRole},
    Equivalent{policy::kAcrDeleteRole, policy::kRepositoryContributorRole},
};

constexpr std::size_t kMaxChoices = 16;

// A role to try, and why just this one.
struct Choice {
  std::string role;
  std::string why;
  bool lifts = false;  // its condition says more than which repositories, and that is not true
};

// How much of the registry an assignment is for.
struct Width {
  Reach reach;
  std::string comparison;  // of the repository's name; empty: no condition
  std::string where;
};

int width_of(const std::string& pattern) {
  if (pattern == "*") return 1000;
  return pattern.find('*') == std::string::npos ? 1 : 100;
}

// How much a role holds beyond the action: first of what can be asked about images, then by its
// patterns.
int weight_of(const Refusal& refusal, const Role& role) {
  const auto asked = policy::operation_bits(refusal.question.action, refusal.registry.mode);
  int weight = 10'000 * std::popcount(role.image_operations & ~asked);
  for (const auto& pattern : role.definition.actions) weight += width_of(pattern);
  for (const auto& pattern : role.definition.data_actions) weight += width_of(pattern);
  const auto less = role.definition.not_actions.size() + role.definition.not_data_actions.size();
  return weight - static_cast<int>(less);
}

// The built-in role that holds the operation and least besides; empty when none does.
std::string smallest_role(const Refusal& refusal) {
  const auto asked = policy::operation_bits(refusal.question.action, refusal.registry.mode);
  const Role* best = nullptr;
  for (const policy::RoleDefinition& definition : policy::built_in_roles()) {
    const Role* role = refusal.world.roles.find(definition.id);
    if (role == nullptr || (role->image_operations & asked) == 0) continue;
    if (best == nullptr || weight_of(refusal, *role) < weight_of(refusal, *best)) best = role;
  }
  return best == nullptr ? "" : best->definition.id;
}

std::string_view equivalent_of(std::string_view role, PermissionsMode mode) {
  for (const Equivalent& row : kEquivalents) {
    if (mode == PermissionsMode::kRepository && row.by_registry == role) return row.by_repository;
    if (mode == PermissionsMode::kRegistry && row.by_repository == role) return row.by_registry;
  }
  return {};
}

// The comparisons that are not true. That the action is one which the condition is about is no
// fault of it.
void find_false_parts(const conditions::Trace& part, std::vector<std::string>& out) {
  if (part.truth == conditions::Truth::kTrue) return;
  if (part.parts.size() < 2) {
    const conditions::Trace& leaf = part.parts.empty() ? part : part.parts.front();
    if (!leaf.text.starts_with("ActionMatches")) {
      out.push_back(fmt::format("{} ({})", part.text, leaf.note));
    }
    return;
  }
  for (const conditions::Trace& below : part.parts) find_false_parts(below, out);
}

std::string not_true(const conditions::Trace& evaluation) {
  std::vector<std::string> parts;
  find_false_parts(evaluation, parts);
  if (parts.empty()) return "its condition is not true";
  return fmt::format("its condition is not true, because of {}", fmt::join(parts, " and "));
}

Choice choice_of(const policy::ConsideredAssignment& one, PermissionsMode mode) {
  if (one.outcome == Outcome::kOtherMode) {
    return {std::string(equivalent_of(one.role, mode)),
            fmt::format("it takes the place of '{}', which does not count in this permissions mode",
                        one.role_name)};
  }
  if (one.outcome == Outcome::kElsewhere) {
    return {one.role, fmt::format("it is assigned at '{}' only, which does not hold the registry",
                                  one.scope)};
  }
  if (one.outcome == Outcome::kCondition) {
    const std::string because = not_true(one.evaluation);
    return {one.role, fmt::format("it is assigned at '{}', but {}", one.scope, because),
            because.find("@Environment[") != std::string::npos};
  }
  return {};
}

// The smallest role, then what the assignments suggest, each once.
std::vector<Choice> choices(const Refusal& refusal) {
  std::vector<Choice> out = {{smallest_role(refusal), ""}};
  for (const policy::ConsideredAssignment& one : refusal.trace.assignments) {
    Choice choice = choice_of(one, refusal.registry.mode);
    if (choice.role.empty() || out.size() == kMaxChoices) continue;
    const auto known = std::ranges::find(out, choice.role, &Choice::role);
    if (known == out.end()) {
      out.push_back(std::move(choice));
    } else if (known->why.empty()) {
      known->why = std::move(choice.why);
      known->lifts = choice.lifts;
    }
  }
  return out;
}

// Whether a condition can name all that the role may do with images: one of giving roles may hold
// what no condition is about.
bool narrowable(policy::RoleDefinition role) {
  role.actions.clear();
  return policy::conditionable(role);
}

// The repository alone; with `all` also those below the same prefix, and the registry.
std::vector<Width> widths(const Refusal& refusal, const Role& role, bool all) {
  std::vector<Width> out;
  const auto& repository = refusal.question.repository;
  if (refusal.by_repository && repository &&
      refusal.registry.mode == PermissionsMode::kRepository && narrowable(role.definition)) {
    const std::string& name = repository->text();
    out.push_back({Reach::kRepository,
                   fmt::format("{} StringEqualsIgnoreCase '{}'", kRepositoryName, name),
                   fmt::format("for the repository '{}' alone", name)});
    const auto slash = name.rfind('/');
    if (all && slash != std::string::npos) {
      const std::string prefix = name.substr(0, slash + 1);
      out.push_back({Reach::kPrefix,
                     fmt::format("{} StringStartsWithIgnoreCase '{}'", kRepositoryName, prefix),
                     fmt::format("for all repositories below '{}'", prefix)});
    }
  }
  if (all || out.empty()) out.push_back({Reach::kRegistry, "", "for all repositories"});
  return out;
}

// In the shape that Azure's tools write, with all actions of the role: what is not named in the
// head would be open everywhere.
std::string narrow(const policy::RoleDefinition& role, const std::string& comparison) {
  std::vector<std::string> heads;
  heads.reserve(role.data_actions.size());
  for (const std::string& action : role.data_actions) {
    heads.push_back(fmt::format("!(ActionMatches{{'{}'}})", action));
  }
  return fmt::format("(({}) OR ({}))", fmt::join(heads, " AND "), comparison);
}

// "!(ActionMatches{…}) AND …": what stands before the expression in a condition of the tools'
// shape.
bool is_head(const conditions::Trace& part) {
  if (part.parts.empty()) return part.text.starts_with("ActionMatches");
  return std::ranges::all_of(part.parts, is_head);
}

// How a part joins its own parts, read behind the first of them.
bool is_alternative(const conditions::Trace& part) {
  if (part.parts.size() < 2) return false;
  const std::string& first = part.parts.front().text;
  const auto at = part.text.find_first_not_of(") ", part.text.find(first) + first.size());
  return at != std::string::npos && (part.text[at] == 'O' || part.text[at] == '|');
}

// In one line, and in the tools' shape if it has it: the comparison is one more alternative of its
// expression. Otherwise it is one of the whole, which comes to the same.
std::string widen(const conditions::Condition& condition, const std::string& comparison) {
  const conditions::Trace whole = condition.trace({});
  if (whole.parts.size() != 2 || !is_alternative(whole) || !is_head(whole.parts.front())) {
    return fmt::format("(({}) OR ({}))", whole.text, comparison);
  }
  const conditions::Trace& expression = whole.parts.back();
  const bool flat = expression.parts.size() < 2 || is_alternative(expression);
  return fmt::format("(({}) OR ({}{}{} OR {}))", whole.parts.front().text, flat ? "" : "(",
                     expression.text, flat ? "" : ")", comparison);
}

std::vector<std::string> lines(const Refusal& refusal, const Role& role,
                               const std::string& condition, bool instead) {
  const std::string what =
      fmt::format("--assignee {} --role {} --scope {}", refusal.assignee_place,
                  shell_word(role.definition.name), shell_word(refusal.registry.resource_id));
  const std::string with = condition.empty() ? "" : " --condition " + shell_word(condition);
  const std::string az = fmt::format("az role assignment create {}{}{}", what, with,
                                     condition.empty() ? "" : " --condition-version 2.0");
  if (!instead) return {fmt::format("berth role assignment create {}{}", what, with), az};
  // az has no such verb that takes more than whole files.
  return {
      fmt::format("berth role assignment update {} --condition {}", what, shell_word(condition)),
      fmt::format("az role assignment delete {} && {}", what, az)};
}

std::string sentence(const Choice& choice, const Role& role, const Width& width,
                     const RoleAssignment* own) {
  const std::string because = choice.why.empty() ? "." : fmt::format(": {}.", choice.why);
  if (own == nullptr) {
    return fmt::format("Assign the role '{}' on the registry, {}{}", role.definition.name,
                       width.where, because);
  }
  return fmt::format("{} the condition of the role '{}' on the registry, {}{}{}",
                     width.comparison.empty() ? "Remove" : "Widen", role.definition.name,
                     width.where, because,
                     choice.lifts ? " This lifts what it says about time and network there." : "");
}

// The same principal, role and scope can be assigned once only (C3): then that one is replaced.
void propose(const Refusal& refusal, const Choice& choice, const Role& role, const Width& width,
             Proposals& out) {
  const auto* there = refusal.world.assignments.find(refusal.assignee);
  auto assignments = there == nullptr ? std::vector<RoleAssignment>() : *there;
  auto own = std::ranges::find_if(assignments, [&](const RoleAssignment& one) {
    return one.role == role.definition.id && one.scope == refusal.registry.resource_id;
  });
  const bool instead = own != assignments.end();
  if (instead && !own->condition) return;  // it is there, whole
  std::string condition;
  if (!width.comparison.empty()) {
    condition = instead ? widen(*own->condition, width.comparison)
                        : narrow(role.definition, width.comparison);
  }
  RoleAssignment made{"", refusal.registry.resource_id, role.definition.id};
  if (!condition.empty()) {
    auto compiled = conditions::Condition::compile(condition);
    if (!compiled) return;  // it would be longer than a condition can be
    made.condition = std::move(*compiled);
  }
  std::string what = sentence(choice, role, width, instead ? &*own : nullptr);
  if (instead) {
    *own = std::move(made);
  } else {
    assignments.push_back(std::move(made));
  }
  policy::Snapshot world = refusal.world;
  world.assignments.set(refusal.assignee, std::move(assignments));
  const bool others = refusal.assignee_place != kPrincipalPlace;
  out.push_back({std::move(world),
                 refusal.question.principal,
                 {std::move(what), lines(refusal, role, condition, instead)},
                 others ? Reach::kOthers : width.reach,
                 weight_of(refusal, role)});
}

}  // namespace

void propose_roles(const Refusal& refusal, Proposals& out) {
  if (refusal.assignee.empty()) return;
  bool all = true;
  for (const Choice& choice : choices(refusal)) {
    const Role* role = refusal.world.roles.find(choice.role);
    if (role != nullptr) {
      for (const Width& width : widths(refusal, *role, all)) {
        propose(refusal, choice, *role, width, out);
      }
    }
    all = false;
  }
}

}  // namespace berth::explain
