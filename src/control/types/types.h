// One row per resource type (control/type.h) and what a few of them share.
#pragma once

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "control/type.h"

namespace berth::control {

inline constexpr std::string_view kManagementGroupType = "Microsoft.Management/managementGroups";
inline constexpr std::string_view kMembershipType =
    "Microsoft.Management/managementGroups/subscriptions";
inline constexpr std::string_view kRegistryType = "Microsoft.ContainerRegistry/registries";
inline constexpr std::string_view kTokenType = "Microsoft.ContainerRegistry/registries/tokens";
inline constexpr std::string_view kScopeMapType =
    "Microsoft.ContainerRegistry/registries/scopeMaps";
inline constexpr std::string_view kReplicationType =
    "Microsoft.ContainerRegistry/registries/replications";
inline constexpr std::string_view kEndpointConnectionType =
    "Microsoft.ContainerRegistry/registries/privateEndpointConnections";
inline constexpr std::string_view kLinkResourceType =
    "Microsoft.ContainerRegistry/registries/privateLinkResources";
inline constexpr std::string_view kVirtualNetworkType = "Microsoft.Network/virtualNetworks";
inline constexpr std::string_view kSubnetType = "Microsoft.Network/virtualNetworks/subnets";
inline constexpr std::string_view kPrivateEndpointType = "Microsoft.Network/privateEndpoints";
inline constexpr std::string_view kNetworkInterfaceType = "Microsoft.Network/networkInterfaces";
inline constexpr std::string_view kRoleAssignmentType = "Microsoft.Authorization/roleAssignments";
inline constexpr std::string_view kRoleDefinitionType = "Microsoft.Authorization/roleDefinitions";
inline constexpr std::string_view kDenyAssignmentType = "Microsoft.Authorization/denyAssignments";

extern const ResourceType kSubscriptions, kManagementGroups, kMemberships, kGroups, kRegistries,
    kScopeMaps, kTokens, kReplications, kEndpointConnections, kLinkResources, kVirtualNetworks,
    kSubnets, kPrivateEndpoints, kNetworkInterfaces, kRoleAssignments, kRoleDefinitions,
    kDenyAssignments;

// subscriptions.cpp: the one that was made at the first start; null before that.
bool is_first_subscription(const Resource& subscription);
ResourcePtr first_subscription(const World& world);

inline constexpr std::array<std::string_view, 2> kEnabledDisabled = {"enabled", "disabled"};

// acr-access-model F1, Premium: in force for every SKU.
inline constexpr std::size_t kMaxTokens = 50'000;
inline constexpr std::size_t kMaxScopeMapActions = 500;
// Azure's limit of custom roles in a directory; that of patterns in one role is ours: Azure's own
// have tens.
inline constexpr std::size_t kMaxRoleDefinitions = 5'000;
inline constexpr std::size_t kMaxRolePatterns = 200;
inline constexpr std::size_t kMaxAssignableScopes = 2'000;

// The body of an action has these members and no others.
Result<void> only_members(const json::object& given, std::initializer_list<std::string_view> known);

// `location`: Berth has one region; "West Europe" and "westeurope" are the same name.
Result<void> check_location(const World& world, const Draft& draft);
// Sets properties.provisioningState and, unless `creation` is empty, that member to the time the
// resource was made.
void show_state(const Resource& resource, json::object& out, std::string_view creation = {});

// The registry of a resource below one, as the policy snapshot knows it; null when it is gone.
std::shared_ptr<const policy::RegistryPolicy> registry_policy(const World& world,
                                                              const ResourceId& registry);
// Calls edit(policy::RegistryPolicy&, change) for each change of a type below a registry; each
// registry is copied once. Changes of a registry that is gone are passed over.
using RegistryEdit = void (*)(policy::RegistryPolicy&, const Change&);
void publish_below_registry(policy::Snapshot& snapshot, std::span<const Change> changes,
                            RegistryEdit edit);

// registries.cpp: one of the two passwords of the admin user, derived and never stored.
inline constexpr std::array<std::string_view, 2> kAdminPasswords = {"password", "password2"};
std::string admin_password(const World& world, const Resource& registry, std::size_t which);
std::string storage_key(const Resource& registry);
json::object new_admin_nonce(RandomSource& random);

// scope_maps.cpp: the map of a registry by name, also those that every registry has.
ResourcePtr find_scope_map(const World& world, const ResourceId& id);
void add_system_scope_maps(policy::RegistryPolicy& registry);
inline constexpr std::size_t kSystemScopeMaps = 5;

// reach.cpp. How the snapshot calls a scope: its key, "/" for the tenant.
std::string scope_key(const ResourceId& scope);
// The role assignments, or denials, that a list at `scope` looks at: there, above and below.
Result<Selection> select_assignments(const World& world, const ResourceId& scope,
                                     const Filter& filter);
// Whether the principal holds any role at, above or below the scope. Costs what it holds.
bool has_any_role(const World& world, const policy::Principal& principal, const ResourceId& scope);

// The GUID at the end of a role definition's id, in lower case.
std::string role_guid(std::string_view id);
// role_definitions.cpp: a role as ARM describes it; and whether it may be assigned at a scope.
json::array permissions_of(const std::vector<std::string>& actions,
                           const std::vector<std::string>& not_actions,
                           const std::vector<std::string>& data_actions,
                           const std::vector<std::string>& not_data_actions);
bool assignable_at(const World& world, std::string_view role, const ResourceId& scope);

}  // namespace berth::control
