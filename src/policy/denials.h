// What the platform protects from everybody who holds roles (acr-access-model C3: deny assignments
// are made by the platform, not by users). The machine's owner holds no role, and is not bound by
// them. Pure.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "policy/snapshot.h"

namespace berth::policy {

// Nobody may delete the tenant's root management group (its name is the tenant's id), write or
// delete a deny assignment, or write or delete a built-in role.
std::shared_ptr<const std::vector<DenyAssignment>> platform_denials(std::string_view tenant);

}  // namespace berth::policy
