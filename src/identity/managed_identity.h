// Tokens for programs on this very machine, without a secret: the system user at the other end of a
// Unix socket is the identity that was bound to it, and on the IMDS address the one that was marked
// for it (az-acr-wire 12; the shape is Azure's instance metadata service). Safe from any thread.
//
// Errors: kInvalidRequest with OAuth's error names, as IMDS answers.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "identity/names.h"
#include "identity/token_issuer.h"

namespace berth::identity {

struct MetadataRequest {
  std::string resource;
  // Any one names an identity other than the caller's default; at most one.
  std::string client_id, object_id, resource_id;
  std::optional<std::uint32_t> uid;  // of the peer on a Unix socket; none: the IMDS address
};

class ManagedIdentities {
 public:
  ManagedIdentities(const Directory& directory, const TokenIssuer& issuer, const Clock& clock)
      : directory_(directory), issuer_(issuer), clock_(clock) {}

  Result<boost::json::object> token(const MetadataRequest& request) const;

 private:
  const Directory& directory_;
  const TokenIssuer& issuer_;
  const Clock& clock_;
};

}  // namespace berth::identity
