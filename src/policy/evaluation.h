// Role assignments (acr-access-model C3): the union of all assignments, to the principal or to a
// group that holds it, at the scope or above it. Pure; part of the decision, not called by others.
#pragma once

#include <span>
#include <string_view>

#include "policy/principal.h"
#include "policy/snapshot.h"

namespace berth::policy {

// Whether some assignment's role allows any one of `operations` at `scope` (a resource id).
bool roles_allow(const Snapshot& snapshot, const Principal& principal, std::string_view scope,
                 std::span<const std::string_view> operations);

}  // namespace berth::policy
