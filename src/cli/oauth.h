// Sign-in to a remote control plane: where its endpoints are, and the OAuth 2.0 grants that the
// command line uses. Blocking. Endpoints of another server than the one that was named are refused:
// no credential leaves it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/login_store.h"
#include "cli/url.h"

namespace berth::cli {

// Fills server, audiences, graph and token_url of a Login from /metadata/endpoints and the OpenID
// configuration; `device_url` gets the address for device codes.
struct Discovered {
  Login login;
  std::string device_url;
};
Result<Discovered> discover(const std::string& server, const std::string& ca_file);

// One grant for the audience `resource`: its fields without scope. What comes back besides the
// token goes into `login`.
Result<Token> request_token(Login& login, const std::string& resource, std::vector<Field> grant);

// Shows `message`, then asks until somebody has signed in or the code has expired.
using Show = std::function<void(const std::string& message)>;
Result<Token> device_token(Login& login, const std::string& device_url, const Show& show);

// A token for the audience that has a minute left at least: the stored one, or a new one with the
// refresh token. kUnauthorized with a hint when the login is over.
Result<Token> fresh_token(Login& login, Token Login::*which, const std::string& resource);

}  // namespace berth::cli
