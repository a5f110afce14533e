// Built-in roles, with Azure's GUIDs (acr-access-model C2), and the ARM operation behind each data
// action.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "policy/action.h"
#include "policy/snapshot.h"

namespace berth::policy {

inline constexpr std::string_view kOwnerRole = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
inline constexpr std::string_view kContributorRole = "b24988ac-6180-42a0-ab88-20f7382dd24c";
inline constexpr std::string_view kReaderRole = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
inline constexpr std::string_view kAcrPullRole = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
inline constexpr std::string_view kAcrPushRole = "8311e382-0749-4cb8-b61a-304f252e45ec";
inline constexpr std::string_view kAcrDeleteRole = "c2f4ef07-c644-48eb-af81-4b1b4947fb11";

const std::vector<RoleDefinition>& built_in_roles();

// Any one of these grants the action in the "RBAC Registry Permissions" mode; empty: none does.
std::span<const std::string_view> operations_of(Action action);

// '*' stands for any text; compared without case.
bool matches_pattern(std::string_view pattern, std::string_view operation);
// In `actions` and not in `not_actions` of the same role.
bool role_allows(const RoleDefinition& role, std::string_view operation);

}  // namespace berth::policy
