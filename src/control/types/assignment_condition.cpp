#include "control/types/assignment_condition.h"

#include <fmt/format.h>

#include <algorithm>

#include "conditions/condition.h"
#include "control/arm_error.h"
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
  for (const std::string& pattern : (*condition)->action_patterns()) {
    TRY(check_pattern(role, pattern));
  }
  return {};
}

}  // namespace berth::control
