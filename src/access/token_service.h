// Registry tokens (acr-access-model B2): a refresh token says who, for three hours; an access token
// says who and at most what was asked, for 75 minutes. Neither says what is allowed: that is
// decided on every request. ES256, opaque to clients, bound to one registry and to the permissions
// mode that it was made in (C1: a switch asks every client to sign in again).
//
// Safe from any thread. A verified token is remembered by its hash until it expires or the keys
// change, so that a pull does not pay for a signature twice.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/grant.h"
#include "access/key_ring.h"
#include "base/clock.h"
#include "base/random.h"
#include "policy/principal.h"
#include "policy/snapshot.h"

namespace berth::access {

inline constexpr Seconds kRefreshTokenLifetime = std::chrono::hours(3);
inline constexpr Seconds kAccessTokenLifetime = std::chrono::minutes(75);

struct RegistryToken {
  enum class Use { kRefresh, kAccess } use = Use::kRefresh;
  policy::Principal principal;
  std::string registry;  // storage key
  policy::PermissionsMode mode = policy::PermissionsMode::kRegistry;
  std::vector<Grant> grants;  // kAccess
  std::string id;             // jti, for the log
  TimePoint expires{};
};

class TokenService {
 public:
  TokenService(const KeyRing& keys, const Clock& clock, RandomSource& random);
  ~TokenService();

  // `service` is the login server as the client named it: the token's audience, for display.
  std::string refresh_token(const policy::Principal& principal,
                            const policy::RegistryPolicy& registry, std::string_view service,
                            std::string_view tenant) const;
  // `lifetime`: kAccessTokenLifetime, or what is left of the token that this one is made from.
  std::string access_token(const policy::Principal& principal,
                           const policy::RegistryPolicy& registry, std::string_view service,
                           const std::vector<Grant>& grants, Seconds lifetime) const;

  // kUnauthorized, with the reason in `cause` only: malformed, wrong signature, expired, not yet
  // valid, of another registry, made in the other permissions mode.
  Result<std::shared_ptr<const RegistryToken>> verify(std::string_view token,
                                                      const policy::RegistryPolicy& registry) const;

 private:
  class Cache;
  const KeyRing& keys_;
  const Clock& clock_;
  RandomSource& random_;
  const std::unique_ptr<Cache> cache_;
};

}  // namespace berth::access
