// Principals as the decision would meet them, for questions about others than who asks. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "explain/explain.h"

namespace berth::explain {

// With the first of the credentials that they have; an empty one, which is never good, without any.
policy::Principal token_user(const policy::RegistryPolicy& registry, const std::string& name,
                             const policy::Token& token);
policy::Principal admin_user(const policy::RegistryPolicy& registry);
// None for groups and without a credential.
std::optional<policy::Principal> account(const std::string& id,
                                         const policy::PrincipalRecord& record);

// A member of just this group, whom `world` did not know before: what the group holds, it holds.
policy::Principal sole_member(policy::Snapshot& world, const std::string& group);

// Whom the question's action is allowed to, by a credential: somebody.
std::optional<policy::Principal> somebody(const policy::Snapshot& snapshot,
                                          const Question& question);

}  // namespace berth::explain
