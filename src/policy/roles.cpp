#include "policy/roles.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/ascii.h"
#include "conditions/pattern.h"

namespace berth::policy {
namespace {

#define MCR "Microsoft.ContainerRegistry/registries/"

constexpr std::array kImageOperations = {
    ImageOperation{MCR "pull/read"},
    ImageOperation{MCR "push/write"},
    ImageOperation{MCR "artifacts/delete"},
    ImageOperation{MCR "metadata/read"},
    ImageOperation{MCR "metadata/write"},
    ImageOperation{"Microsoft.ContainerRegistry/registries/read"},
    ImageOperation{MCR "repositories/content/read", true},
    ImageOperation{MCR "repositories/content/write", true},
    ImageOperation{MCR "repositories/content/delete", true},
    ImageOperation{MCR "repositories/metadata/read", true},
    ImageOperation{MCR "repositories/metadata/write", true},
    ImageOperation{MCR "repositories/metadata/delete", true},
    ImageOperation{MCR "catalog/read", true},
};

// The bits of the rows above, in their order.
enum Bit : std::uint32_t {
  kPullRead = 1U << 0,
  kPushWrite = 1U << 1,
  kArtifactsDelete = 1U << 2,
  kMetadataRead = 1U << 3,
  kMetadataWrite = 1U << 4,
  kRegistriesRead = 1U << 5,
  kContentRead = 1U << 6,
  kContentWrite = 1U << 7,
  kContentDelete = 1U << 8,
  kDataMetadataRead = 1U << 9,
  kDataMetadataWrite = 1U << 10,
  kDataMetadataDelete = 1U << 11,
  kCatalogRead = 1U << 12,
};
constexpr std::uint32_t kAnyAction =
    kPullRead | kPushWrite | kArtifactsDelete | kMetadataRead | kMetadataWrite | kRegistriesRead;
constexpr std::uint32_t kAnyDataAction = kContentRead | kContentWrite | kContentDelete |
                                         kDataMetadataRead | kDataMetadataWrite |
                                         kDataMetadataDelete | kCatalogRead;

// "Request → permission" (C2), in the order of Action: by registry, by repository. To sign in is to
// have any right at all, or to see the registry itself.
constexpr std::array<std::array<std::uint32_t, 2>, kActionNames.size()> kNeeded = {{
    {kPullRead, kContentRead},
    {kPushWrite, kContentWrite},
    {kArtifactsDelete, kContentDelete},
    {kPullRead | kMetadataRead, kDataMetadataRead},
    {kMetadataWrite, kDataMetadataWrite},
    {kPushWrite | kArtifactsDelete, kDataMetadataDelete | kDataMetadataWrite},
    {kPullRead, kCatalogRead},
    {kAnyAction, kAnyDataAction | kRegistriesRead},
    {0, 0},  // maintenance is no matter of roles
}};

// Everything that such a pattern can match may carry a condition: below this prefix there are
// content and metadata only.
bool conditionable_pattern(const std::string& pattern) {
  if (pattern.find('*') == std::string::npos) return conditions::conditionable(pattern);
  constexpr std::string_view kRepositories = MCR "repositories/";
  return equal_no_case(std::string_view(pattern).substr(0, kRepositories.size()), kRepositories);
}

bool names_delegation(const std::string& action) {
  return equal_no_case(action, "Microsoft.Authorization/roleAssignments/write") ||
         equal_no_case(action, "Microsoft.Authorization/roleAssignments/delete");
}

#undef MCR

}  // namespace

std::span<const ImageOperation> image_operations() {
  return kImageOperations;
}

std::uint32_t operation_bits(Action action, PermissionsMode mode) {
  return kNeeded[static_cast<std::size_t>(action)][static_cast<std::size_t>(mode)];
}

std::vector<std::string_view> operations_of(Action action, PermissionsMode mode) {
  std::vector<std::string_view> out;
  for (std::uint32_t left = operation_bits(action, mode); left != 0; left &= left - 1) {
    out.push_back(kImageOperations[static_cast<std::size_t>(std::countr_zero(left))].name);
  }
  return out;
}

Role compile_role(RoleDefinition definition) {
  Role role{.definition = std::move(definition)};
  for (std::size_t i = 0; i < kImageOperations.size(); ++i) {
    const ImageOperation& operation = kImageOperations[i];
    if (role_allows(role.definition, operation.name, operation.data)) {
      role.image_operations |= 1U << i;
    }
  }
  return role;
}

bool conditionable(const RoleDefinition& role) {
  if (std::ranges::any_of(role.actions, names_delegation)) return true;
  return !role.data_actions.empty() &&
         std::ranges::all_of(role.data_actions, conditionable_pattern);
}

bool matches_pattern(std::string_view pattern, std::string_view operation) {
  std::size_t steps = 0;
  return conditions::matches(operation, pattern, conditions::kActionRules, steps);
}

bool matches_any(const std::vector<std::string>& patterns, const std::vector<std::string>& except,
                 std::string_view operation) {
  const auto matches = [&](const std::string& pattern) {
    return matches_pattern(pattern, operation);
  };
  return std::ranges::any_of(patterns, matches) && std::ranges::none_of(except, matches);
}

bool role_allows(const RoleDefinition& role, std::string_view operation, bool data) {
  return data ? matches_any(role.data_actions, role.not_data_actions, operation)
              : matches_any(role.actions, role.not_actions, operation);
}

}  // namespace berth::policy
