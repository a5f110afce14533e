#include "policy/denials.h"

#include "base/ascii.h"
#include "policy/roles.h"

namespace berth::policy {
namespace {

DenyAssignment root_group(std::string_view tenant) {
  return {.id = "3a3f2a52-0a2e-4f6b-9c0b-6d1f0f0c5a01",
          .name = "Root management group",
          .description = "The tenant's root management group cannot be deleted.",
          .scope = "/providers/microsoft.management/managementgroups/" + lower(tenant),
          .below_too = false,  // groups below it may go
          .actions = {"Microsoft.Management/managementGroups/delete"}};
}

DenyAssignment deny_assignments() {
  return {.id = "3a3f2a52-0a2e-4f6b-9c0b-6d1f0f0c5a02",
          .name = "Deny assignments",
          .description = "Deny assignments are made by the platform only.",
          .scope = "/",
          .actions = {"Microsoft.Authorization/denyAssignments/write",
                      "Microsoft.Authorization/denyAssignments/delete"}};
}

// One for each: roles that users made lie beside the built-in ones.
DenyAssignment built_in_role(const RoleDefinition& role) {
  return {.id = role.id,
          .name = "Built-in role " + role.name,
          .description = "Built-in roles cannot be changed or deleted.",
          .scope = "/providers/microsoft.authorization/roledefinitions/" + role.id,
          .below_too = false,
          .actions = {"Microsoft.Authorization/roleDefinitions/write",
                      "Microsoft.Authorization/roleDefinitions/delete"}};
}

}  // namespace

std::shared_ptr<const std::vector<DenyAssignment>> platform_denials(std::string_view tenant) {
  std::vector<DenyAssignment> out = {root_group(tenant), deny_assignments()};
  for (const RoleDefinition& role : built_in_roles()) out.push_back(built_in_role(role));
  return std::make_shared<const std::vector<DenyAssignment>>(std::move(out));
}

}  // namespace berth::policy
