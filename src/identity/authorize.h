// The request to the authorization endpoint (RFC 6749 §4.1.1 with PKCE): which client asks, where
// the browser will go afterwards. Pure but for the directory's state.
//
// No open redirect: as long as client and redirect URI have not been matched, an error is a page;
// only then may an error travel to the redirect URI.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "identity/checks.h"
#include "identity/grants.h"

namespace berth::identity {

struct AuthorizeRequest {
  Client client;
  std::string redirect_uri, state, scope, nonce, challenge, login_hint;
  bool form_post = false;        // response_mode
  std::string redirect_origin;   // for the page's form-action
  std::optional<Error> problem;  // goes to the redirect URI
};

// Errors are for a page of this server, never a redirect.
Result<AuthorizeRequest> read_authorize(const Form& form, const Grants& grants);
// Loopback redirects of public clients may name any port (RFC 8252 §7.3); all others are compared
// byte by byte.
bool redirect_matches(std::string_view registered, std::string_view given);

// The redirect URI with these fields; empty values are left out.
std::string redirect_with(const AuthorizeRequest& request,
                          const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace berth::identity
