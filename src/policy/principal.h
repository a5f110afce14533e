// Who asks, as the decision sees it: a value that says by what credential it was proved, so that a
// credential which was taken back is noticed on the next decision.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace berth::policy {

enum class PrincipalKind {
  kAnonymous,
  kOwner,      // root or the server's user, over the machine's own socket
  kAdminUser,  // a registry's admin user (acr-access-model B1)
  kToken,      // a registry's scope-map token (C6)
  kUser,
  kServicePrincipal,
  kManagedIdentity,
  kExternal,  // of a trusted OpenID issuer, without an entry in the directory
};

inline constexpr std::array<std::string_view, 8> kPrincipalKindNames = {
    "Anonymous",        "Owner",           "AdminUser", "Token", "User",
    "ServicePrincipal", "ManagedIdentity", "External"};
constexpr std::string_view kind_name(PrincipalKind kind) {
  return kPrincipalKindNames[static_cast<std::size_t>(kind)];
}

struct Principal {
  PrincipalKind kind = PrincipalKind::kAnonymous;
  std::string
      id;  // object id in the directory; the token's name; the registry's name for kAdminUser
  std::string name;        // for people: user principal name, client id, token name
  std::string credential;  // id of what proved it: a password's, a secret's, an issuer's
  std::string registry;    // kAdminUser, kToken: storage key of the only registry it is known to
  std::vector<std::string> groups;  // kExternal: object ids of groups that its issuer vouches for

  bool anonymous() const { return kind == PrincipalKind::kAnonymous; }
  bool in_directory() const {
    return kind == PrincipalKind::kUser || kind == PrincipalKind::kServicePrincipal ||
           kind == PrincipalKind::kManagedIdentity;
  }
  bool operator==(const Principal&) const = default;
};

}  // namespace berth::policy
