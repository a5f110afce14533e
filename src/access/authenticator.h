// From an Authorization header to a principal, for one registry (acr-access-model B1, B2):
//
//   Bearer <access token>                              who, at most what the token says
//   Basic <null GUID>:<refresh or access token>        the same credentials, older clients' way
//   Basic <registry>:<admin password>                  the admin user, if it is enabled
//   Basic <token name>:<password1 or password2>        a scope-map token
//   Basic <client id or user>:<secret or password>     the directory
//   nothing                                            anonymous
//
// Wrong credentials are kUnauthorized with one and the same message; the reason goes to the log
// (`cause`). Too many failures from one address or for one name are kTooManyRequests with the
// detail "retryAfter" in seconds. Safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/directory_login.h"
#include "access/throttle.h"
#include "access/token_service.h"
#include "policy/decision.h"

namespace berth::access {

inline constexpr std::string_view kNullGuid = "00000000-0000-0000-0000-000000000000";

// The message of every refused credential (B3).
inline constexpr std::string_view kAuthenticationRequired =
    "authentication required, visit https://aka.ms/acr/authorization for more information.";

// Who asks, and by what. What a token says is shared with the cache of verified tokens, so that no
// request copies it. Made from nothing it is anonymous.
class Identity {
 public:
  Identity() = default;
  explicit Identity(policy::Principal principal)
      : principal_(std::make_shared<const policy::Principal>(std::move(principal))) {}
  // Moved, not copied: all threads count the holders of one token in one place.
  explicit Identity(std::shared_ptr<const RegistryToken> token)
      : access_(token->use == RegistryToken::Use::kAccess ? token.get() : nullptr) {
    const policy::Principal* principal = &token->principal;
    principal_ = std::shared_ptr<const policy::Principal>(std::move(token), principal);
  }

  const policy::Principal& principal() const;
  // The access token that narrows what may be done; null: none does. What is made from one ends
  // with it (`expires`), or it would renew itself for ever.
  const RegistryToken* access_token() const { return access_; }

 private:
  std::shared_ptr<const policy::Principal> principal_;  // null: anonymous
  const RegistryToken* access_ = nullptr;               // kept by principal_
};

struct BasicCredentials {
  std::string user, password;
  // kInvalidRequest for what is not base64 of "user:password"; at most 32 KiB.
  static Result<BasicCredentials> parse(std::string_view authorization);
};

class Authenticator {
 public:
  Authenticator(const TokenService& tokens, const KeyRing& keys, DirectoryLogin& directory,
                Throttle& throttle, const Clock& clock);

  Task<Result<Identity>> authenticate(std::optional<std::string_view> authorization,
                                      const policy::RegistryPolicy& registry,
                                      const policy::Source& source) const;
  // Also for the password grant of /oauth2/token.
  Task<Result<Identity>> check_password(const BasicCredentials& given,
                                        const policy::RegistryPolicy& registry,
                                        const policy::Source& source) const;

 private:
  Result<void> check_end(const policy::Principal& principal,
                         const policy::RegistryPolicy& registry) const;
  Result<Identity> check_token(std::string_view token,
                               const policy::RegistryPolicy& registry) const;
  const TokenService& tokens_;
  const KeyRing& keys_;
  DirectoryLogin& directory_;
  Throttle& throttle_;
  const Clock& clock_;
};

}  // namespace berth::access
