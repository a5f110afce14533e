// The token endpoint: every grant that a client can ask for (az-acr-wire 1.6). Answers are the JSON
// object of RFC 6749 §5.1; errors are STS errors. Safe from any thread.
//
// Failures are counted in the throttle by address and by client or person.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "access/throttle.h"
#include "base/task.h"
#include "identity/client_auth.h"
#include "identity/directory.h"
#include "identity/form.h"
#include "identity/names.h"
#include "identity/sign_in_requests.h"
#include "identity/token_issuer.h"
#include "identity/user_grants.h"

namespace berth::identity {

class Grants {
 public:
  struct Parts {
    const Directory& directory;
    const TokenIssuer& issuer;
    ClientAuth& clients;
    UserGrants& user_grants;
    DeviceCodes& devices;
    AuthorizationCodes& codes;
    access::Throttle& throttle;
    const Names& names;
  };
  explicit Grants(Parts parts) : p_(parts) {}

  Task<Result<boost::json::object>> token(const OAuthRequest& request);
  // RFC 8628 §3.2, with the message that the CLI prints.
  Result<boost::json::object> device_code(const OAuthRequest& request);
  // A person on the sign-in page or in the password grant.
  Task<Result<Person>> sign_in(std::string_view user, std::string_view password,
                               std::string_view address);

  const Parts& parts() const { return p_; }
  Error refuse(Sts what, std::string_view text) const {
    return sts_error(what, text, p_.clients.directory_name());
  }
  // The audience that `resource` or `scope` asks for; the graph when neither names one.
  Result<std::string> audience(const Form& form) const;

 private:
  using Handler = Task<Result<boost::json::object>> (Grants::*)(const OAuthRequest&, Client);
  Task<Result<boost::json::object>> client_credentials(const OAuthRequest& request, Client client);
  Task<Result<boost::json::object>> password(const OAuthRequest& request, Client client);
  Task<Result<boost::json::object>> refresh_token(const OAuthRequest& request, Client client);
  Task<Result<boost::json::object>> device(const OAuthRequest& request, Client client);
  Task<Result<boost::json::object>> authorization_code(const OAuthRequest& request, Client client);

  Task<Result<Client>> client_of(const OAuthRequest& request);
  Result<void> may_act_for_users(const Client& client) const;
  Result<void> throttled(std::string_view address, std::string_view name) const;
  struct UserAnswer {
    std::string audience, scope, nonce;
  };
  Result<boost::json::object> user_answer(const UserGrant& grant, const UserAnswer& wanted) const;

  const Parts p_;
};

}  // namespace berth::identity
