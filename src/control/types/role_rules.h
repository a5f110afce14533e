// What a custom role must be (az-acr-wire 8.1), and where it may be assigned. Built-in roles may be
// assigned everywhere. Refusals are kInvalidRequest or kConflict in ARM's words.
#pragma once

#include <string>
#include <vector>

#include "control/type.h"

namespace berth::control {

// One name, one role, in the whole directory; compared without case.
Result<void> check_role_name(const policy::Snapshot& snapshot, const Draft& draft);
// One permission, made complete: at least one pattern that gives something, each well formed.
Result<void> check_permissions(json::object& body);
// At least one; none is the tenant; those that are new exist.
Result<void> check_assignable_scopes(const World& world, Draft& draft);

// In lower case; what is no scope is left out.
std::vector<std::string> assignable_scopes(const json::object& body);
bool assignable_at(const World& world, const Resource& role, const ResourceId& scope);
bool assignable_below(const Resource& role, const ResourceId& scope);

policy::RoleDefinition read_definition(const Resource& role);

}  // namespace berth::control
