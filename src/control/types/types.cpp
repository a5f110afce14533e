// The two tables of the control plane: resource types and actions.
#include "control/types/types.h"

#include <algorithm>

#include "control/types/actions.h"

namespace berth::control {
namespace {

#define MCR "Microsoft.ContainerRegistry/"
#define NETWORK "Microsoft.Network/"
#define SUBSCRIPTION "Microsoft.Resources/subscriptions/"

const auto kTypes = std::to_array<const ResourceType*>(
    {&kSubscriptions, &kManagementGroups, &kMemberships, &kGroups, &kRegistries, &kScopeMaps,
     &kTokens, &kReplications, &kEndpointConnections, &kLinkResources, &kVirtualNetworks, &kSubnets,
     &kPrivateEndpoints, &kNetworkInterfaces, &kRoleDefinitions, &kRoleAssignments,
     &kDenyAssignments});

using enum Method;

constexpr std::string_view kReadAssignments = "Microsoft.Authorization/roleAssignments/read";

// The name is the path's end with its provider (ArmPath::rest). Without an operation any good
// account may ask, and the answer shows what it may see.
const std::array kActions = {
    Action{MCR "registries/listCredentials",
           {kPost},
           MCR "registries/listCredentials/action",
           list_credentials},
    Action{MCR "registries/regenerateCredential",
           {kPost},
           MCR "registries/regenerateCredential/action",
           regenerate_credential},
    Action{MCR "registries/generateCredentials",
           {kPost},
           MCR "registries/generateCredentials/action",
           generate_credentials},
    Action{
        MCR "registries/listUsages", {kGet, kPost}, MCR "registries/listUsages/read", list_usages},
    // Who may do what, and why; whoever asks about others needs a right (access_questions.cpp).
    Action{MCR "registries/explainAccess", {kPost}, "", explain_access},
    Action{MCR "registries/listAccess", {kPost}, kReadAssignments, list_access},
    Action{MCR "registries/previewPermissionsMode",
           {kPost},
           kReadAssignments,
           preview_permissions_mode},
    Action{MCR "checkNameAvailability",
           {kPost},
           MCR "checkNameAvailability/read",
           check_name_availability},
    // What a change of the network rules would do, and where the registry is reached.
    Action{MCR "registries/previewNetwork", {kPost}, MCR "registries/read", preview_network},
    Action{MCR "registries/listEndpoints", {kPost}, MCR "registries/read", list_endpoints},
    Action{MCR "operations", {kGet}, "", list_operations},
    Action{MCR "register", {kPost}, MCR "register/action", set_registration},
    Action{MCR "unregister", {kPost}, MCR "unregister/action", set_registration},
    Action{NETWORK "operations", {kGet}, "", list_operations},
    Action{NETWORK "register", {kPost}, NETWORK "register/action", set_registration},
    Action{NETWORK "unregister", {kPost}, NETWORK "unregister/action", set_registration},
    Action{"Microsoft.Management/register",
           {kPost},
           "Microsoft.Management/register/action",
           show_provider},
    Action{"Microsoft.Resources/tenants", {kGet}, "", list_tenants},
    Action{SUBSCRIPTION "locations", {kGet}, "", list_locations},
    Action{SUBSCRIPTION "resources", {kGet}, "", list_all_resources},
    Action{SUBSCRIPTION "resourceGroups/resources", {kGet}, "", list_all_resources},
    Action{SUBSCRIPTION "providers", {kGet}, "", list_providers},
    Action{SUBSCRIPTION "providers/Microsoft.ContainerRegistry", {kGet}, "", show_provider},
    Action{SUBSCRIPTION "providers/Microsoft.Network", {kGet}, "", show_provider},
    Action{SUBSCRIPTION "providers/Microsoft.Authorization", {kGet}, "", show_provider},
    Action{SUBSCRIPTION "providers/Microsoft.Management", {kGet}, "", show_provider},
    Action{SUBSCRIPTION "providers/Microsoft.Resources", {kGet}, "", show_provider},
};

}  // namespace

std::span<const ResourceType* const> resource_types() {
  return kTypes;
}

const ResourceType* find_type(std::string_view name) {
  const auto at = std::ranges::find(kTypes, name, &ResourceType::name);
  return at == kTypes.end() ? nullptr : *at;
}

std::span<const Action> actions() {
  return kActions;
}

const Action* find_action(std::string_view name, Method method) {
  const auto at = std::ranges::find_if(kActions, [&](const Action& action) {
    return action.name == name && std::ranges::count(action.methods, method) > 0;
  });
  return at == kActions.end() ? nullptr : &*at;
}

std::string action_methods(std::string_view name) {
  std::string out;
  for (const Action& action : kActions) {
    if (action.name != name) continue;
    for (const Method method : action.methods) {
      if (!out.empty()) out += ", ";
      out += method == kGet ? "GET" : "POST";
    }
  }
  return out;
}

}  // namespace berth::control
