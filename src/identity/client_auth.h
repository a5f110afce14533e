// Who the client of a token request is, and by what it proved that: a secret, an assertion signed
// with a registered certificate (RFC 7523), an assertion of a trusted external issuer (workload
// identity), or nothing, for public clients. Safe from any thread.
//
// Errors are STS errors (sts_error.h). An assertion's `jti` is remembered until the assertion
// expires: it works once.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "identity/directory.h"
#include "identity/expiring_map.h"
#include "identity/external_tokens.h"
#include "identity/form.h"
#include "identity/names.h"
#include "identity/sts_error.h"

namespace berth::identity {

struct Client {
  std::string app_id;
  std::string display_name;
  bool public_client = false;  // may act without a credential of its own
  // The service principal's object id and the credential, when one was given and was good.
  std::string object_id, credential;
};

// What a secret was, compared with those of an application and its service principal. Also for the
// registry's sign-in. Always one keyed hash.
struct SecretMatch {
  enum class Outcome { kGood, kWrong, kExpired, kNotYet } outcome = Outcome::kWrong;
  std::string key_id;
  TimePoint end{};
};
SecretMatch match_secret(const State& state, std::string_view app_id, std::string_view secret,
                         const access::KeyRing& keys, TimePoint now);

class ClientAuth {
 public:
  ClientAuth(const Directory& directory, const ExternalIssuers& issuers, const Names& names,
             const Clock& clock)
      : directory_(directory), issuers_(issuers), names_(names), clock_(clock) {}

  // The client that the request names, its credential checked if it sent one.
  Task<Result<Client>> identify(const OAuthRequest& request);
  // The client as it is registered, without a credential; nullopt when there is none.
  std::optional<Client> find(std::string_view client_id) const;

  DirectoryName directory_name() const { return {directory_.state()->tenant, directory_.domain()}; }

 private:
  Error refuse(Sts what, std::string_view text) const {
    return sts_error(what, text, directory_name());
  }
  Result<void> check_secret(Client& client, std::string_view secret) const;
  Task<Result<void>> check_assertion(Client& client, const std::string& assertion);
  Result<void> check_certificate(Client& client, std::string_view assertion);
  Task<Result<void>> check_federated(Client& client, const std::string& assertion) const;

  const Directory& directory_;
  const ExternalIssuers& issuers_;
  const Names& names_;
  const Clock& clock_;
  ExpiringMap<bool> used_assertions_{100'000};
};

}  // namespace berth::identity
