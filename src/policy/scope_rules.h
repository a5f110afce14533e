// What the rules of a token's scope map allow (acr-access-model C6). Pure; part of the decision,
// not called by others.
#pragma once

#include <string_view>

#include "policy/decision.h"

namespace berth::policy {

// Of a scope-map token: to say who it is is always allowed, everything else when a rule does.
Decision decide_by_scope_map(const RegistryPolicy& registry, const AccessRequest& request,
                             Trace* trace);
// The repositories whose names the token's rules show.
CatalogView scope_map_view(const RegistryPolicy& registry, std::string_view token);
// "team/*" is everything below "team/", and "*" everything.
bool names_repository(std::string_view pattern, std::string_view repository);

}  // namespace berth::policy
