#include "explain/holders.h"

#include <algorithm>

namespace berth::explain {

using policy::Principal;
using policy::PrincipalKind;

std::optional<Principal> token_user(const policy::RegistryPolicy& registry, const std::string& name,
                                    const policy::Token& token) {
  for (const auto& password : token.passwords) {
    if (!password) continue;
    return Principal{PrincipalKind::kToken, name, name, password->id, registry.key, {}};
  }
  return {};
}

std::optional<Principal> admin_user(const policy::RegistryPolicy& registry) {
  for (const policy::Secret& password : registry.admin_passwords) {
    if (password.id.empty()) continue;
    return Principal{
        PrincipalKind::kAdminUser, registry.name, registry.name, password.id, registry.key, {}};
  }
  return {};
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
