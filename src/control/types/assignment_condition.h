// What a role assignment's condition must be to be written (acr-access-model C3, C4).
#pragma once

#include "control/json_text.h"
#include "policy/snapshot.h"

namespace berth::control {

// `body`: of an assignment of `role`, as it will be stored; an empty condition goes.
// kInvalidRequest in ARM's words, followed by the place and what was expected there.
Result<void> check_condition(const policy::RoleDefinition& role, json::object& body);

}  // namespace berth::control
