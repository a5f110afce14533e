// Tokens of external OpenID issuers: whose they are, whether they are good, and who their bearer is
// here. Only issuers of the operator's file are believed, by the keys that the file points to; the
// algorithm is the key's. Safe from any thread.
//
// Refusals are kUnauthorized; `cause` says which check failed: unknown issuer, unknown kid,
// signature, expired, not yet valid, audience, claim.
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access/policy_store.h"
#include "identity/issuer_keys.h"
#include "identity/issuers_config.h"
#include "identity/state.h"
#include "policy/principal.h"

namespace berth::identity {

struct ExternalToken {
  const IssuerConfig* issuer = nullptr;
  std::string claims;  // JSON text, signature and times checked; the audience is not
  std::vector<std::string> audiences;
  std::string subject;  // `sub`
};

class ExternalIssuers {
 public:
  ExternalIssuers(std::vector<IssuerConfig> issuers, BlockingPool& pool, const Clock& clock,
                  Logger& log, Fetch fetch = fetch_over_https);
  ~ExternalIssuers();

  // Tells the policy which issuers are trusted; at start.
  void enter(access::PolicyStore& policy) const;
  bool empty() const { return entries_.empty(); }

  Task<Result<ExternalToken>> verify(std::string_view token) const;
  // Also checks the audience against the issuer's own list and maps the bearer: to a user of the
  // directory, or to an external principal with the groups that the issuer may vouch for.
  Task<Result<policy::Principal>> sign_in(std::string_view token, const State& state) const;

 private:
  struct Trusted {
    IssuerConfig config;
    std::unique_ptr<IssuerKeys> keys;
  };
  const Clock& clock_;
  std::map<std::string, std::unique_ptr<Trusted>, std::less<>> entries_;  // by `iss`
};

// The object id of an external principal: the same for the same issuer and subject, for ever.
std::string external_id(std::string_view issuer, std::string_view subject);

}  // namespace berth::identity
