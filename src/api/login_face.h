// login.<domain>: OpenID discovery, OAuth 2.0, and the sign-in pages, under two families of paths,
// /adfs/… and /<tenant>/… (az-acr-wire 1.4). A tenant is its GUID, its domain, "common" or
// "organizations". Anonymous: what proves a caller is in the request. Safe from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/login_browser.h"
#include "base/clock.h"
#include "base/logger.h"
#include "http/exchange.h"
#include "identity/directory.h"
#include "identity/grants.h"
#include "identity/token_issuer.h"

namespace berth::api {

class LoginFace final : public http::Service {
 public:
  struct Parts {
    identity::Directory& directory;
    identity::TokenIssuer& issuer;
    identity::Grants& grants;
    const identity::Names& names;
    const Clock& clock;
    RandomSource& random;
    Logger& log;
  };
  explicit LoginFace(Parts parts);

  Task<http::Response> handle(http::Exchange& exchange) override;
  http::Response failure(const Error& error, const std::string& correlation_id) override;

  // "POST oauth2/token": all of it is open to everybody, so a test lists it.
  static std::vector<std::string> routes();

 private:
  // What a path means: the authority in front, and what is asked of it.
  struct Asked {
    http::Exchange& exchange;
    std::string authority, rest;
  };
  using Answer = Task<Result<http::Response>>;
  using Handler = Answer (LoginFace::*)(const Asked&);
  struct Row {
    http::Method method;
    std::string_view rest;
    Handler handler;
  };
  static const Row kRows[];

  Answer dispatch(http::Exchange& exchange);
  Result<Asked> read_path(http::Exchange& exchange) const;
  Answer configuration(const Asked& asked);
  Answer keys(const Asked& asked);
  Answer instance(const Asked& asked);
  Answer realm(const Asked& asked);
  Answer token(const Asked& asked);
  Answer device_code(const Asked& asked);
  Answer authorize(const Asked& asked);
  Answer device_login(const Asked& asked);
  Task<Result<identity::OAuthRequest>> read_request(http::Exchange& exchange) const;

  const Parts p_;
  LoginBrowser browser_;
};

}  // namespace berth::api
