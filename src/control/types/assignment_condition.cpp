#include "control/types/assignment_condition.h"

#include <fmt/format.h>

#include <algorithm>

#include "conditions/condition.h"
#include "control/arm_error.h"
#include "control/types/types.h"
#include "policy/roles.h"

namespace berth::control {
namespace {

constexpr std::string_view kPath = "properties.condition";
constexpr std::string_view kVersionPath = "properties.conditionVersion";

Error invalid(std::string_view why, std::string_view target = kPath) {
  return bad_request("InvalidRoleAssignmentCondition",
                     fmt::format("The given role assignment condition is invalid. {}", why),
                     target);
}

// What a pattern of ActionMatches can be about: operations on images, giving and taking roles.
std::vector<policy::ImageOperation> known_operations() {
  std::vector<policy::ImageOperation> out = {{"Microsoft.Authorization/roleAssignments/write"},
                                             {"Microsoft.Authorization/roleAssignments/delete"},
                                             {"Microsoft.Authorization/roleAssignments/read"}};
  for (const policy::ImageOperation& one : policy::image_operations()) out.push_back(one);
  return out;
}

// Why this role takes none: by its first data action that cannot carry one, if it has such.
std::string why_not(const policy::RoleDefinition& role) {
  const auto at = std::ranges::find_if_not(role.data_actions, [](const std::string& action) {
    return conditions::conditionable(action);
  });
  const std::string_view reason =
      role.id == policy::kCatalogListerRole
          ? "it lists all repositories of a registry or none; assign it without a condition"
          : "a condition is for roles whose dataActions are all on the content or metadata of "
            "repositories, and for the right to assign roles";
  if (at == role.data_actions.end()) {
    return fmt::format("The role '{}' cannot have one: {}.", role.name, reason);
  }
  return fmt::format("The role '{}' cannot have one, because of its action '{}': {}.", role.name,
                     *at, reason);
}

// A part of the condition that can never be true of this role is a mistake of its writer, and one
// that says something of an action that is decided without conditions would be a false promise.
Result<void> check_pattern(const policy::RoleDefinition& role, const std::string& pattern) {
  bool matches_one = false;
  const policy::ImageOperation* unable = nullptr;
  static const auto kKnown = known_operations();
  for (const policy::ImageOperation& operation : kKnown) {
    if (!policy::matches_pattern(pattern, operation.name)) continue;
    const bool held = policy::role_allows(role, operation.name, operation.data);
    if (conditions::conditionable(operation.name)) {
      matches_one = matches_one || held;
    } else if (held || pattern.find('*') == std::string::npos) {
      unable = &operation;
    }
  }
  if (unable != nullptr) {
    return fail(
        invalid(fmt::format("ActionMatches{{'{}'}} matches the action '{}', which cannot "
                            "have a condition.",
                            pattern, unable->name)));
  }
  if (matches_one) return {};
  return fail(invalid(fmt::format(
      "ActionMatches{{'{}'}} matches no action of the role '{}' that can have a condition.",
      pattern, role.name)));
}

// What stands between this role and this condition.
Result<void> check_fit(const policy::RoleDefinition& role, const conditions::Condition& condition) {
  if (!policy::conditionable(role)) return fail(invalid(why_not(role)));
  for (const std::string& pattern : condition.action_patterns()) {
    TRY(check_pattern(role, pattern));
  }
  return {};
}

// The first pattern by which the lists give more than before of what cannot carry a condition;
// null: none. A pattern that an old one matches gives nothing new, nor does a longer exception.
const std::string* widened(const std::vector<std::string>& before,
                           const std::vector<std::string>& except_before,
                           const std::vector<std::string>& now,
                           const std::vector<std::string>& except_now, bool data) {
  const auto first = [&](const std::vector<std::string>& patterns,
                         const std::vector<std::string>& known) -> const std::string* {
    for (const std::string& one : patterns) {
      const bool able = data ? policy::conditionable(policy::RoleDefinition{.data_actions = {one}})
                             : conditions::conditionable(one);
      if (!able && !policy::matches_any(known, {}, one)) return &one;
    }
    return nullptr;
  };
  const std::string* added = first(now, before);
  return added != nullptr ? added : first(except_before, except_now);
}

Result<void> check_widening(const policy::RoleDefinition& before,
                            const policy::RoleDefinition& now) {
  const std::string* by =
      widened(before.actions, before.not_actions, now.actions, now.not_actions, false);
  if (by == nullptr) {
    by = widened(before.data_actions, before.not_data_actions, now.data_actions,
                 now.not_data_actions, true);
  }
  if (by == nullptr) return {};
  return fail(invalid(
      fmt::format("The role would give more by '{}', and that cannot have a condition.", *by)));
}

std::string shown_id(const World& world, const policy::RoleAssignment& assignment) {
  const ResourcePtr stored = world.table.find(kRoleAssignmentType, assignment.id);
  return stored ? stored->id.text() : assignment.id;
}

}  // namespace

Result<void> check_condition(const policy::RoleDefinition& role, json::object& body) {
  const std::string text(text_at(body, kPath)), version(text_at(body, kVersionPath));
  // How clients take a condition away: both members null or empty.
  if (text.empty()) erase_path(body, kPath);
  if (version.empty()) erase_path(body, kVersionPath);
  if (text.empty() && version.empty()) return {};
  if (text.empty()) {
    return fail(invalid("There is a conditionVersion and no condition.", kVersionPath));
  }
  if (version != conditions::kVersion) {
    return fail(invalid(fmt::format("'conditionVersion' must be '{}'{}.", conditions::kVersion,
                                    version.empty() ? "" : fmt::format(", not '{}'", version)),
                        kVersionPath));
  }
  if (!policy::conditionable(role)) return fail(invalid(why_not(role)));
  const auto condition = conditions::Condition::compile(text);
  if (!condition) return fail(invalid(condition.error().message));
  return check_fit(role, **condition);
}

Result<void> check_role_change(const World& world, const policy::RoleDefinition& before,
                               const policy::RoleDefinition& now) {
  constexpr std::size_t kShown = 5;
  const Result<void> wider = check_widening(before, now);
  std::vector<std::string> ids;
  std::string why;
  const auto snapshot = world.parts.policy.current();
  snapshot->assignments.for_each([&](const std::string&, const auto& held) {
    for (const policy::RoleAssignment& one : held) {
      if (ids.size() == kShown) return;
      if (one.role != now.id || one.condition == nullptr) continue;
      const Result<void> fits = wider ? check_fit(now, *one.condition) : wider;
      if (fits) continue;
      if (ids.empty()) why = fits.error().message;
      ids.push_back(shown_id(world, one));
    }
  });
  if (ids.empty()) return {};
  return fail(bad_request("InvalidRoleAssignmentCondition",
                          fmt::format("The role is assigned with conditions that it could not have "
                                      "after this change. {} Change or delete these role "
                                      "assignments first, or make another role: {}.",
                                      why, fmt::join(ids, ", ")),
                          "properties.permissions"));
}

}  // namespace berth::control
