// What a role assignment's condition must be to be written (acr-access-model C3, C4).
#pragma once

#include "control/json_text.h"
#include "control/world.h"
#include "policy/snapshot.h"

namespace berth::control {

// `body`: of an assignment of `role`, as it will be stored; an empty condition goes.
// kInvalidRequest in ARM's words, followed by the place and what was expected there.
Result<void> check_condition(const policy::RoleDefinition& role, json::object& body);

// The same for every condition under which the role is assigned, before the role changes: it still
// fits, and the role gives nothing more that no condition can narrow. kInvalidRequest names the
// first five assignments that stand against it.
Result<void> check_role_change(const World& world, const policy::RoleDefinition& before,
                               const policy::RoleDefinition& now);

}  // namespace berth::control
