// Role assignments (acr-access-model C3): the union of all assignments, to the principal or to a
// group that holds it, at the scope or above it; before them what the platform denies. Pure; part
// of the decision, not called by others.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "conditions/facts.h"
#include "policy/decision.h"
#include "policy/roles.h"

namespace berth::policy {

struct RoleQuestion {
  const Snapshot& snapshot;
  const Principal& principal;
  std::string_view scope;  // lower case, without a '/' at its end
  // What is asked for, as bits of these rows: any one of `wanted` will do. Those of
  // image_operations roles know already; others are matched with their patterns.
  std::span<const ImageOperation> operations;
  std::uint32_t wanted = 0;
  std::uint32_t in_other_mode = 0;  // would do in the registry's other permissions mode
  // Only whether there is any right at all, wherever a condition leaves it.
  bool conditions_aside = false;
  conditions::Facts facts;  // all but the action
};

Decision decide_by_roles(const RoleQuestion& question, Trace* trace);

}  // namespace berth::policy
