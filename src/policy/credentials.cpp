#include "policy/credentials.h"

#include <algorithm>

namespace berth::policy {
namespace {

constexpr Decision allow(std::string_view rule) {
  return {Verdict::kAllow, rule, {}};
}
constexpr Decision deny_credential(std::string_view rule, std::string_view reason) {
  return {Verdict::kDenyCredential, rule, reason};
}

Decision admin_user_is_good(const RegistryPolicy* registry, const Principal& principal) {
  if (registry == nullptr || registry->key != principal.registry) {
    return deny_credential("admin-user", "the credential is of another registry");
  }
  if (!registry->admin_enabled) return deny_credential("admin-user", "the admin user is disabled");
  const auto& passwords = registry->admin_passwords;
  if (std::ranges::find(passwords, principal.credential, &Secret::id) == passwords.end()) {
    return deny_credential("admin-user", "the password was made anew");
  }
  return allow("admin-user");
}

Decision token_is_good(const RegistryPolicy* registry, const Principal& principal) {
  if (registry == nullptr || registry->key != principal.registry) {
    return deny_credential("token", "the credential is of another registry");
  }
  const Token* token = registry->tokens.find(principal.id);
  if (token == nullptr) return deny_credential("token", "the token was deleted");
  if (!token->enabled) return deny_credential("token", "the token is disabled");
  const bool known = std::ranges::any_of(token->passwords, [&](const auto& password) {
    return password && password->id == principal.credential;
  });
  return known ? allow("token") : deny_credential("token", "the password was made anew");
}

Decision directory_is_good(const Snapshot& snapshot, const Principal& principal) {
  const PrincipalRecord* record = snapshot.principals.find(principal.id);
  if (record == nullptr || record->group) {
    return deny_credential("directory", "the account was deleted");
  }
  if (!record->enabled) return deny_credential("directory", "the account is disabled");
  if (std::ranges::find(record->credentials, principal.credential) == record->credentials.end()) {
    return deny_credential("directory", "the credential was taken back");
  }
  return allow("directory");
}

}  // namespace

Decision credential_is_good(const Snapshot& snapshot, const RegistryPolicy* registry,
                            const Principal& principal) {
  if (principal.anonymous()) return allow("anonymous");
  if (principal.kind == PrincipalKind::kOwner) return allow("owner");
  if (principal.credential.empty()) {
    return deny_credential("credential", "the credential has no id");
  }
  if (principal.kind == PrincipalKind::kAdminUser) return admin_user_is_good(registry, principal);
  if (principal.kind == PrincipalKind::kToken) return token_is_good(registry, principal);
  if (principal.in_directory()) return directory_is_good(snapshot, principal);
  const bool* trusted = snapshot.issuers.find(principal.credential);
  if (trusted != nullptr && *trusted) return allow("issuer");
  return deny_credential("issuer", "the issuer of this credential is not trusted any more");
}

Decision still_good(const Snapshot& snapshot, const Principal& principal) {
  std::shared_ptr<const RegistryPolicy> registry;
  if (!principal.registry.empty()) {
    snapshot.registries.for_each([&](const std::string& name, const RegistryPolicy& policy) {
      if (policy.key == principal.registry) registry = snapshot.registries.share(name);
    });
  }
  return credential_is_good(snapshot, registry.get(), principal);
}

}  // namespace berth::policy
