// Built-in roles, with Azure's GUIDs (acr-access-model C2), and the table "request → permission":
// the ARM operations behind each action, in both permissions modes.
#pragma once

#include <cstdint>
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
inline constexpr std::string_view kRepositoryReaderRole = "b93aa761-3e63-49ed-ac28-beffa264f7ac";
inline constexpr std::string_view kRepositoryWriterRole = "2a1e307c-b015-4ebd-883e-5b7698a07328";
inline constexpr std::string_view kRepositoryContributorRole =
    "2efddaa5-3f1f-4df3-97df-af3f13818f4c";
inline constexpr std::string_view kCatalogListerRole = "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7";
// Role Based Access Control Administrator.
inline constexpr std::string_view kAccessAdministratorRole = "f58310d9-a9f6-439a-9e8d-f62e7b41a168";

const std::vector<RoleDefinition>& built_in_roles();

// What can be asked of a registry's images, each an ARM operation: an action or a data action.
struct ImageOperation {
  std::string_view name;
  bool data = false;
};
std::span<const ImageOperation> image_operations();

// Any one of these grants the action in that mode; empty: none does.
std::vector<std::string_view> operations_of(Action action, PermissionsMode mode);
// The same as bits of Role::image_operations.
std::uint32_t operation_bits(Action action, PermissionsMode mode);

// A definition with what decisions want to know of it.
Role compile_role(RoleDefinition definition);
// Puts the built-in roles into a new snapshot.
void add_built_in_roles(Snapshot& snapshot);
// Whether an assignment of this role may have a condition (C2, C3): it holds data actions, all of
// them on content or metadata of repositories; or, by name, the right to give or take roles.
bool conditionable(const RoleDefinition& role);

// '*' stands for any text; compared without case.
bool matches_pattern(std::string_view pattern, std::string_view operation);
// In one of `patterns` and in none of `except`.
bool matches_any(const std::vector<std::string>& patterns, const std::vector<std::string>& except,
                 std::string_view operation);
// In `actions` (`data_actions`) and not in `not_actions` (`not_data_actions`) of the same role.
bool role_allows(const RoleDefinition& role, std::string_view operation, bool data = false);

}  // namespace berth::policy
