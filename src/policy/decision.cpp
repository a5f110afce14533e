#include "policy/decision.h"

#include <algorithm>
#include <array>

#include "policy/evaluation.h"
#include "policy/roles.h"

namespace berth::policy {
namespace {

constexpr Decision allow(std::string_view rule) {
  return {Verdict::kAllow, rule, {}};
}
constexpr Decision deny_network(std::string_view rule, std::string_view reason) {
  return {Verdict::kDenyNetwork, rule, reason};
}
constexpr Decision deny_credential(std::string_view rule, std::string_view reason) {
  return {Verdict::kDenyCredential, rule, reason};
}
constexpr Decision deny_permission(std::string_view rule, std::string_view reason) {
  return {Verdict::kDenyPermission, rule, reason};
}
constexpr Decision kUnknownRegistry =
    deny_network(kRegistryUnknownRule, "this server has no such registry");

bool speaks_for_the_machine(const Snapshot& snapshot, const Source& source) {
  return source.own_socket && source.uid &&
         (*source.uid == 0 || *source.uid == snapshot.server_uid);
}

// ---- credentials

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

// `registry`: the one that the principal is known to, null when there is none any more. An empty
// id is never a credential: it would equal that of a password that was never made.
Decision is_good(const Snapshot& snapshot, const RegistryPolicy* registry,
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

// ---- permissions

struct RuleRight {
  std::string_view rule;  // the action of a scope-map rule
  Action right;
};
constexpr std::array kRuleRights = {
    RuleRight{"content/read", Action::kPull},
    RuleRight{"content/write", Action::kPush},
    RuleRight{"content/delete", Action::kDelete},
    RuleRight{"content/delete", Action::kMetadataDelete},
    RuleRight{"metadata/read", Action::kMetadataRead},
    RuleRight{"metadata/write", Action::kMetadataWrite},
    RuleRight{"metadata/write", Action::kMetadataDelete},
};

// "team/*" is everything below "team/", and "*" everything.
bool names_repository(std::string_view pattern, std::string_view repository) {
  if (pattern == "*") return true;
  if (!pattern.ends_with("/*")) return pattern == repository;
  return repository.starts_with(pattern.substr(0, pattern.size() - 1));
}

bool scope_map_allows(const ScopeMap& map, const AccessRequest& request) {
  return std::ranges::any_of(map.rules, [&](const ScopeMapRule& rule) {
    // Listing the catalog names every repository, so only who may read all of them may do that.
    if (request.action == Action::kCatalogRead) {
      return rule.repository == "*" && rule.action == "metadata/read";
    }
    if (request.repository == nullptr ||
        !names_repository(rule.repository, request.repository->text())) {
      return false;
    }
    return std::ranges::any_of(kRuleRights, [&](const RuleRight& row) {
      return row.right == request.action && row.rule == rule.action;
    });
  });
}

Decision decide_token(const RegistryPolicy& registry, const AccessRequest& request) {
  if (request.action == Action::kRegistryRead) return allow("token");
  const Token* token = registry.tokens.find(request.principal.id);
  const ScopeMap* map = token == nullptr ? nullptr : registry.scope_maps.find(token->scope_map);
  if (map != nullptr && scope_map_allows(*map, request)) return allow("scope-map");
  return deny_permission("scope-map", "the scope map of this token does not allow it");
}

// Anonymous pull opens reading to everybody, so a credential never takes away from it (C6).
bool open_to_all(const RegistryPolicy& registry, const AccessRequest& request) {
  return registry.anonymous_pull && request.repository != nullptr &&
         (request.action == Action::kPull || request.action == Action::kMetadataRead);
}

Decision decide_by_roles(const Snapshot& snapshot, const Principal& principal,
                         std::string_view scope, std::span<const std::string_view> operations) {
  if (roles_allow(snapshot, principal, scope, operations)) return allow("role-assignment");
  return deny_permission("role-assignment", "no role assignment allows it");
}

Decision decide_access(const Snapshot& snapshot, const RegistryPolicy& registry,
                       const AccessRequest& request) {
  if (open_to_all(registry, request)) return allow("anonymous-pull");
  switch (request.principal.kind) {
    case PrincipalKind::kOwner:
      return allow("owner");
    case PrincipalKind::kAnonymous:
      return deny_permission("sign-in", "it needs a credential");
    case PrincipalKind::kAdminUser:
      return allow("admin-user");
    case PrincipalKind::kToken:
      return decide_token(registry, request);
    default:
      return decide_by_roles(snapshot, request.principal, registry.resource_id,
                             operations_of(request.action));
  }
}

Decision decide_operate(const Snapshot& snapshot, const AccessRequest& request) {
  if (request.principal.kind == PrincipalKind::kOwner &&
      speaks_for_the_machine(snapshot, request.source)) {
    return allow("own-socket");
  }
  return deny_permission(
      "own-socket",
      "maintenance belongs to root and to the user that runs the server, over its socket");
}

}  // namespace

Decision admit(const Snapshot& snapshot, const Source& source, std::string_view registry) {
  if (source.own_socket) {
    if (speaks_for_the_machine(snapshot, source)) return allow("own-socket");
    return deny_network("own-socket",
                        "the server's socket is for root and for the user that runs the server");
  }
  if (!source.tls && !source.loopback) {
    return deny_network("loopback-only",
                        "without TLS, this server answers only callers on its own machine");
  }
  if (!registry.empty() && snapshot.registries.find(registry) == nullptr) return kUnknownRegistry;
  return allow(source.tls ? "tls" : "loopback");
}

Decision still_good(const Snapshot& snapshot, const Principal& principal) {
  std::shared_ptr<const RegistryPolicy> registry;
  if (!principal.registry.empty()) {
    snapshot.registries.for_each([&](const std::string& name, const RegistryPolicy& policy) {
      if (policy.key == principal.registry) registry = snapshot.registries.share(name);
    });
  }
  return is_good(snapshot, registry.get(), principal);
}

Decision decide(const Snapshot& snapshot, const AccessRequest& request) {
  const Decision admitted = admit(snapshot, request.source, request.registry);
  if (!admitted.allowed()) return admitted;
  const RegistryPolicy* registry = snapshot.registries.find(request.registry);
  const Decision good = is_good(snapshot, registry, request.principal);
  if (!good.allowed()) return good;
  if (request.action == Action::kOperate) return decide_operate(snapshot, request);
  if (registry == nullptr) return kUnknownRegistry;
  return decide_access(snapshot, *registry, request);
}

Decision decide(const Snapshot& snapshot, const ControlRequest& request) {
  const Decision admitted = admit(snapshot, request.source, {});
  if (!admitted.allowed()) return admitted;
  const Principal& principal = request.principal;
  if (principal.kind == PrincipalKind::kOwner) return allow("owner");
  if (!principal.in_directory() && principal.kind != PrincipalKind::kExternal) {
    return deny_credential("directory", "the control plane needs an account of the directory");
  }
  const Decision good = still_good(snapshot, principal);
  if (!good.allowed()) return good;
  return decide_by_roles(snapshot, principal, request.scope, {&request.operation, 1});
}

}  // namespace berth::policy
