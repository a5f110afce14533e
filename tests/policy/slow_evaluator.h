// The decision a second time: acr-access-model C1, C2, C3 and C6 read aloud, over the plain lists
// of a world. Looks through everything on every question, remembers nothing, and shares with the
// engine only the words of questions and answers and the definitions of the built-in roles, which
// the table of permissions checks. Pure; tests only.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "policy/decision.h"
#include "world.h"

namespace berth::permissions {

// Why, finer than the engine says it: what a run has to have seen often.
enum class Why {
  kOwner,
  kMaintenance,
  kAnonymousPull,
  kAdminUser,
  kTokenSignsIn,
  kScopeMap,
  kPlainRole,        // an assignment without condition
  kConditionalRole,  // one with a condition that is true
  kNetwork,
  kUnknownRegistry,
  kBadAdminUser,
  kBadToken,
  kBadAccount,
  kBadIssuer,
  kNoAccount,  // the control plane takes accounts of the directory only
  kNoMaintenance,
  kNeedsSignIn,
  kNoScopeMap,
  kDenied,     // a deny assignment
  kNotTrue,    // a role would, its condition does not
  kOtherMode,  // a role would, in the registry's other permissions mode
  kNoRole,
};

// How a person calls it, and what Decision::rule is to say.
struct WhyRow {
  Why why;
  std::string_view name;
  std::string_view rule;  // empty: one of several, by the way in
};
inline constexpr std::array<WhyRow, 22> kWhyRows = {{
    {Why::kOwner, "owner", "owner"},
    {Why::kMaintenance, "maintenance", "own-socket"},
    {Why::kAnonymousPull, "anonymous pull", "anonymous-pull"},
    {Why::kAdminUser, "admin user", "admin-user"},
    {Why::kTokenSignsIn, "token signs in", "token"},
    {Why::kScopeMap, "scope map allows", "scope-map"},
    {Why::kPlainRole, "role", "role-assignment"},
    {Why::kConditionalRole, "role with a condition", "role-assignment"},
    {Why::kNetwork, "network", ""},
    {Why::kUnknownRegistry, "no such registry", "registry-unknown"},
    {Why::kBadAdminUser, "bad admin user", "admin-user"},
    {Why::kBadToken, "bad token", "token"},
    {Why::kBadAccount, "bad account", "directory"},
    {Why::kBadIssuer, "bad issuer", "issuer"},
    {Why::kNoAccount, "no account", "directory"},
    {Why::kNoMaintenance, "no maintenance", "own-socket"},
    {Why::kNeedsSignIn, "needs a sign-in", "sign-in"},
    {Why::kNoScopeMap, "scope map refuses", "scope-map"},
    {Why::kDenied, "deny assignment", "deny-assignment"},
    {Why::kNotTrue, "condition not true", "condition"},
    {Why::kOtherMode, "other mode", "permissions-mode"},
    {Why::kNoRole, "no role", "role-assignment"},
}};
constexpr const WhyRow& row_of(Why why) {
  return kWhyRows[static_cast<std::size_t>(why)];
}

struct Answer {
  policy::Verdict verdict = policy::Verdict::kDenyPermission;
  Why why = Why::kNoRole;
};

Answer decide_slowly(const World& world, const policy::AccessRequest& request);
Answer decide_slowly(const World& world, const policy::ControlRequest& request);
// Whether the catalog shows the name, to whom may see the catalog at all.
bool shows_in_catalog(const World& world, const policy::AccessRequest& request,
                      const std::string& repository);

}  // namespace berth::permissions
