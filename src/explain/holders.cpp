#include "explain/holders.h"

#include <algorithm>

#include "base/ascii.h"

namespace berth::explain {

using policy::Principal;
using policy::PrincipalKind;

Principal token_user(const policy::RegistryPolicy& registry, const std::string& name,
                     const policy::Token& token) {
  const auto found = std::ranges::find_if(token.passwords, [](const auto& one) { return !!one; });
  const bool any = found != token.passwords.end();
  return {PrincipalKind::kToken, name, name, any ? (*found)->id : "", registry.key, {}};
}

Principal admin_user(const policy::RegistryPolicy& registry) {
  const auto& [first, second] = registry.admin_passwords;
  return {PrincipalKind::kAdminUser,
          lower(registry.name),
          registry.name,
          first.id.empty() ? second.id : first.id,
          registry.key,
          {}};
}

// The decision treats accounts alike, whatever kind they are of.
std::optional<Principal> account(const std::string& id, const policy::PrincipalRecord& record) {
  if (record.group || record.credentials.empty()) return {};
  return Principal{PrincipalKind::kUser, id, {}, record.credentials.front(), {}, {}};
}

Principal sole_member(policy::Snapshot& world, const std::string& group) {
  // No object id of a directory: those are GUIDs.
  constexpr const char* kId = "sole member";
  world.principals.set(kId, {true, false, policy::ServiceKind::kNone, {kId}, {group}});
  return {PrincipalKind::kUser, kId, {}, kId, {}, {}};
}

}  // namespace berth::explain
