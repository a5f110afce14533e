// A registry's own sign-in (acr-access-model B2, az-acr-wire 2.2-2.4):
//
//   GET  /oauth2/token?service=…&scope=…   Basic credentials or none  → access token
//   POST /oauth2/token                     grant_type=refresh_token or password
//   POST /oauth2/exchange                  a directory token           → refresh token
//
// Asked for scopes are narrowed to what the caller may do now; what is allowed is decided again on
// every request. Safe from any thread.
#pragma once

#include "access/gate.h"
#include "api/faces.h"
#include "api/form.h"
#include "http/exchange.h"

namespace berth::api {

class RegistryTokens {
 public:
  RegistryTokens(const access::Gate& gate, const access::Authenticator& authenticator,
                 const access::TokenService& tokens, access::DirectoryLogin& directory,
                 access::Throttle& throttle, const Clock& clock, const Faces& faces,
                 std::string tenant)
      : gate_(gate),
        authenticator_(authenticator),
        tokens_(tokens),
        directory_(directory),
        throttle_(throttle),
        clock_(clock),
        faces_(faces),
        tenant_(std::move(tenant)) {}

  static bool owns(std::string_view path) { return path.starts_with("/oauth2/"); }
  // `visit` has no identity yet; it gets the one that the request proves.
  Task<Result<http::Response>> handle(http::Exchange& exchange, std::string_view path,
                                      access::Visit& visit) const;

 private:
  Task<Result<http::Response>> token_by_get(http::Exchange& exchange, access::Visit& visit) const;
  Task<Result<http::Response>> token_by_post(http::Exchange& exchange, access::Visit& visit) const;
  Task<Result<http::Response>> exchange_token(http::Exchange& exchange, access::Visit& visit) const;
  AskAgain enters_again(const http::Exchange& exchange, access::Visit& visit) const;
  Task<Result<access::Identity>> identity_of(const Query& form, const access::Visit& visit) const;
  Result<http::Response> issue(const access::Visit& visit,
                               const std::vector<std::string_view>& scopes) const;
  Result<std::vector<access::Grant>> granted(const access::Visit& visit,
                                             const std::vector<access::Grant>& asked) const;
  Seconds lifetime_of(const access::Identity& identity) const;
  std::vector<std::string> audiences(const access::Visit& visit) const;

  const access::Gate& gate_;
  const access::Authenticator& authenticator_;
  const access::TokenService& tokens_;
  access::DirectoryLogin& directory_;
  access::Throttle& throttle_;
  const Clock& clock_;
  const Faces& faces_;
  const std::string tenant_;
};

}  // namespace berth::api
