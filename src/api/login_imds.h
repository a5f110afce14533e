// The instance metadata service's token endpoint, as `az login --identity` and the SDKs read it:
//
//   GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=…   with Metadata: true
//
// On its own listener, reached from this machine only, and over a Unix socket, where the peer's
// user says who it is. Refuses what a careless proxy or a tricked server would send on: a request
// without the Metadata header, or with X-Forwarded-For. Safe from any thread.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/logger.h"
#include "http/exchange.h"
#include "identity/managed_identity.h"

namespace berth::api {

class ImdsFace final : public http::Service {
 public:
  ImdsFace(const identity::ManagedIdentities& identities, const Clock& clock, Logger& log)
      : identities_(identities), clock_(clock), log_(log) {}

  Task<http::Response> handle(http::Exchange& exchange) override;
  http::Response failure(const Error& error, const std::string& correlation_id) override;

 private:
  Result<http::Response> answer(const http::Exchange& exchange) const;

  const identity::ManagedIdentities& identities_;
  const Clock& clock_;
  Logger& log_;
};

}  // namespace berth::api
