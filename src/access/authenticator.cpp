#include "access/authenticator.h"

#include <array>

#include "access/authorization.h"
#include "base/ascii.h"
#include "base/guid.h"
#include "crypto/encoding.h"
#include "crypto/secrets.h"

namespace berth::access {
namespace {

using policy::PrincipalKind;

constexpr std::size_t kMaxBasicBytes = 32UL * 1024;

Error refused(std::string why) {
  return Error(Code::kUnauthorized, std::string(kAuthenticationRequired)).because(std::move(why));
}

// A client id, or the name of a person.
bool in_directory(std::string_view user) {
  return is_guid(user) || user.find('@') != std::string_view::npos;
}

// A name that the registry itself knows: its admin user or a token, with the two passwords that it
// may have. Nobody: a name that is neither.
struct Account {
  PrincipalKind kind = PrincipalKind::kAnonymous;
  std::string id;
  bool enabled = false;
  std::array<std::optional<policy::Secret>, 2> passwords;
};

Account find_account(const policy::RegistryPolicy& registry, std::string_view user) {
  const std::string name = lower(user);
  if (name == lower(registry.name)) {
    return {PrincipalKind::kAdminUser,
            name,
            registry.admin_enabled,
            {registry.admin_passwords[0], registry.admin_passwords[1]}};
  }
  if (const policy::Token* token = registry.tokens.find(name)) {
    return {PrincipalKind::kToken, name, token->enabled, token->passwords};
  }
  return {};
}

// The password that was given, or null. Always two comparisons of 32 bytes, whatever exists, so
// that the time tells nothing; an absent password is compared with what no hash is.
const policy::Secret* matching(const Account& account, const std::string& hash) {
  static const std::string kNoHash(32, '\0');
  const policy::Secret* found = nullptr;
  for (const auto& password : account.passwords) {
    const bool usable = password && password->hash.size() == hash.size() && !password->id.empty();
    const bool equal = crypto::constant_time_equal(usable ? password->hash : kNoHash, hash);
    if (equal && usable) found = &*password;
  }
  return found;
}

Result<policy::Principal> check_account(const Account& account, const std::string& hash,
                                        const policy::RegistryPolicy& registry,
                                        std::string_view user, TimePoint now) {
  const policy::Secret* password = matching(account, hash);
  if (account.kind == PrincipalKind::kAnonymous) return fail(refused("unknown_principal"));
  if (!account.enabled) return fail(refused("disabled"));
  if (password == nullptr) return fail(refused("bad_secret"));
  if (password->expires != 0 && from_micros(password->expires) <= now) {
    return fail(refused("expired"));
  }
  return policy::Principal{.kind = account.kind,
                           .id = account.id,
                           .name = std::string(user),
                           .credential = password->id,
                           .registry = registry.key,
                           .groups = {}};
}

}  // namespace

const policy::Principal& Identity::principal() const {
  static const policy::Principal nobody;
  return principal_ ? *principal_ : nobody;
}

Result<BasicCredentials> BasicCredentials::parse(std::string_view authorization) {
  if (authorization.size() > kMaxBasicBytes) {
    return fail(Code::kInvalidRequest, "The Authorization header is longer than 32 KiB.");
  }
  const auto text = after_scheme(authorization, "Basic");
  const auto decoded = text ? crypto::from_base64(*text) : std::nullopt;
  const auto colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos) {
    return fail(Code::kInvalidRequest,
                "The Authorization header must be \"Basic\" and the base64 of user:password.");
  }
  return BasicCredentials{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

Authenticator::Authenticator(const TokenService& tokens, const KeyRing& keys,
                             DirectoryLogin& directory, Throttle& throttle, const Clock& clock)
    : tokens_(tokens), keys_(keys), directory_(directory), throttle_(throttle), clock_(clock) {}

Task<Result<Identity>> Authenticator::authenticate(std::optional<std::string_view> authorization,
                                                   const policy::RegistryPolicy& registry,
                                                   const policy::Source& source) const {
  if (!authorization) co_return Identity{};
  if (const auto token = after_scheme(*authorization, "Bearer")) {
    CO_TRY_ASSIGN(Identity identity, check_token(*token, registry));
    if (identity.access_token() == nullptr) {
      co_return fail(refused("a refresh token where an access token belongs"));
    }
    co_return identity;
  }
  if (!after_scheme(*authorization, "Basic")) co_return fail(refused("unknown scheme"));
  CO_TRY_ASSIGN(const BasicCredentials given, BasicCredentials::parse(*authorization));
  co_return co_await check_password(given, registry, source);
}

Task<Result<Identity>> Authenticator::check_password(const BasicCredentials& given,
                                                     const policy::RegistryPolicy& registry,
                                                     const policy::Source& source) const {
  // A token cannot be guessed, and one that has expired is no attack: it is not throttled.
  if (given.user == kNullGuid) co_return check_token(given.password, registry);

  const Account account = find_account(registry, given.user);
  const bool local = account.kind != PrincipalKind::kAnonymous || !in_directory(given.user);
  // The directory is one for all registries; a registry's own names are its own.
  const std::string name = local ? registry.key + "/" + lower(given.user) : lower(given.user);
  const std::string caller = policy::caller_key(source);
  CO_TRY(throttle_.check(caller, name));
  Result<policy::Principal> principal = policy::Principal{};
  if (local) {
    principal = check_account(account, keys_.keyed_hash(given.password), registry, given.user,
                              clock_.now());
  } else {
    principal = co_await directory_.sign_in(given.user, given.password);
  }
  if (!principal) {
    if (principal.error().code == Code::kUnauthorized) throttle_.failed(caller, name);
    co_return fail(std::move(principal.error()));
  }
  co_return Identity(std::move(*principal));
}

// A scope-map token's password has an end, and what was made from it ends with it. (The decision
// knows which credentials were taken back, but not what time it is.)
Result<void> Authenticator::check_end(const policy::Principal& principal,
                                      const policy::RegistryPolicy& registry) const {
  if (principal.kind != PrincipalKind::kToken) return {};
  const policy::Token* token = registry.tokens.find(principal.id);
  if (token == nullptr) return {};
  for (const auto& password : token->passwords) {
    const bool used = password && password->id == principal.credential;
    if (used && password->expires != 0 && from_micros(password->expires) <= clock_.now()) {
      return fail(refused("expired"));
    }
  }
  return {};
}

Result<Identity> Authenticator::check_token(std::string_view token,
                                            const policy::RegistryPolicy& registry) const {
  TRY_ASSIGN(std::shared_ptr<const RegistryToken> known, tokens_.verify(token, registry));
  TRY(check_end(known->principal, registry));
  return Identity(std::move(known));
}

}  // namespace berth::access
