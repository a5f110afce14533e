// Tokens of this directory: RS256, one hour, signed by access::KeyRing. They say who, by which
// credential and for which audience; what is allowed is decided on every request. Safe from any
// thread.
//
// Besides the claims that Azure's clients read, an access token has "berth_cred", the id of the
// credential that proved it, and "berth_grant", the sign-in of a person that it came from.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "access/key_ring.h"
#include "identity/directory.h"
#include "identity/names.h"
#include "policy/principal.h"

namespace berth::identity {

inline constexpr Seconds kAccessLifetime = std::chrono::hours(1);
inline constexpr Seconds kClockSkew = std::chrono::seconds(60);

struct AccessTokenRequest {
  policy::Principal principal;  // of the directory
  std::string audience;
  std::string client;  // appid: who the token is given to
  std::string grant;   // of a person's sign-in; else empty
};

// What a verified token says.
struct VerifiedToken {
  policy::Principal principal;
  std::string audience, client, grant, id;
  TimePoint expires{};
};

class TokenIssuer {
 public:
  TokenIssuer(const Directory& directory, const Names& names, const Clock& clock,
              RandomSource& random)
      : directory_(directory), names_(names), clock_(clock), random_(random) {}

  // nullopt when the principal is not in the directory (any more).
  std::optional<std::string> access_token(const AccessTokenRequest& request) const;
  // For the client alone: it says who signed in.
  std::string id_token(const User& user, std::string_view client, std::string_view nonce) const;
  std::string client_info(const User& user) const;

  // Whether the token claims to be of this directory: who must verify it. Believes nothing else.
  bool claims_to_be_own(std::string_view token) const;
  // kUnauthorized, the reason in `cause`. Does not ask whether its credential is still good.
  Result<VerifiedToken> verify(std::string_view token,
                               std::span<const std::string> audiences) const;

  boost::json::object jwks() const;
  const Names& names() const { return names_; }

 private:
  const Directory& directory_;
  const Names& names_;
  const Clock& clock_;
  RandomSource& random_;
};

// exp, nbf and iat of a token, with kClockSkew. nullopt: good; else the reason, for `cause`.
std::optional<std::string> wrong_time(const boost::json::object& claims, TimePoint now);
std::int64_t unix_seconds(TimePoint time);

}  // namespace berth::identity
