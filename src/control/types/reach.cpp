// Which role assignments have to do with a scope: those made there, above it and below it.
#include <algorithm>
#include <set>

#include "base/ascii.h"
#include "control/types/types.h"
#include "policy/identities.h"
#include "policy/scopes.h"

namespace berth::control {
namespace {

constexpr std::string_view kRest = "/providers/microsoft.authorization/roleassignments/";

// The principal and all groups it is in, also through groups.
std::set<std::string> with_groups(const policy::Snapshot& snapshot, const std::string& id) {
  policy::Principal principal;
  principal.id = lower(id);
  policy::Identities identities(snapshot, principal);
  std::set<std::string> out;
  for (auto next = identities.next(); !next.empty(); next = identities.next()) out.emplace(next);
  return out;
}

// The scopes above, by the id's text and through management groups; the tenant, an empty text,
// last.
std::vector<std::string> scopes_above(const policy::Snapshot& snapshot, const ResourceId& scope) {
  std::vector<std::string> out;
  for (const ResourceId& above : scope.ancestors()) out.push_back(above.key());
  policy::ScopesAbove above(snapshot, scope.key());
  for (const std::string_view group : above.groups()) out.emplace_back(group);
  if (!scope.tenant()) out.emplace_back();
  return out;
}

}  // namespace

std::string scope_key(const ResourceId& scope) {
  return scope.tenant() ? "/" : scope.key();
}

// Without a filter: at the scope, above and below it; atScope() leaves out what is below.
Result<Selection> select_assignments(const World& world, const ResourceId& scope,
                                     const Filter& filter) {
  const auto snapshot = world.parts.policy.current();
  bool below = true;
  std::optional<std::set<std::string>> principals;
  for (const FilterTerm& term : filter) {
    if (term.is("atScope", true)) {
      below = false;
    } else if (term.is("assignedTo", true)) {
      principals = with_groups(*snapshot, term.value);
    } else if (term.is("principalId", false)) {
      principals = std::set<std::string>{lower(term.value)};
    } else {
      return fail(unknown_filter(term, "atScope(), assignedTo('…'), principalId eq '…'"));
    }
  }
  Selection out;
  out.prefixes.push_back(below ? scope.key() + "/" : scope.key() + std::string(kRest));
  for (const std::string& above : scopes_above(*snapshot, scope)) {
    out.prefixes.push_back(above + std::string(kRest));
  }
  std::ranges::sort(out.prefixes);
  if (principals) {
    out.keep = [wanted = std::move(*principals)](const Resource& one) {
      return wanted.contains(std::string(text_at(one.body, "properties.principalId")));
    };
  }
  return out;
}

bool has_any_role(const World& world, const policy::Principal& principal, const ResourceId& scope) {
  const auto snapshot = world.parts.policy.current();
  policy::Identities identities(*snapshot, principal);
  policy::ScopesAbove above(*snapshot, scope.key());
  for (auto id = identities.next(); !id.empty(); id = identities.next()) {
    const auto* held = snapshot->assignments.find(id);
    if (held == nullptr) continue;
    const bool here = std::ranges::any_of(*held, [&](const policy::RoleAssignment& one) {
      return above.hold(one.scope) || policy::within(one.scope, scope.key());
    });
    if (here) return true;
  }
  return false;
}

}  // namespace berth::control
