// Links to blobs on a registry's data endpoint (acr-access-model A1): whoever holds one may read
// one blob of one repository until it ends, 20 to 30 minutes after it was given. It carries the way
// on which it was given (private endpoint, kind of service), which the data endpoint checks again.
//
//   /v2/<repository>/blobs/<digest>?se=<end>&sp=r&spr=https&regid=<key>[&pe=<id>][&sk=<kind>]&sig=<HMAC>
//
// Safe from any thread.
#pragma once

#include <string>
#include <string_view>

#include "access/key_ring.h"
#include "base/clock.h"
#include "base/error.h"
#include "oci/digest.h"
#include "oci/name.h"
#include "policy/service_kind.h"

namespace berth::access {

struct DataLink {
  std::string registry;  // its storage key: another registry under the same name is another one
  oci::RepositoryName repository;
  oci::Digest digest;
  std::string private_endpoint;  // resource id, lower case; empty: not through one
  policy::ServiceKind service = policy::ServiceKind::kNone;
  TimePoint end{};
};

class DataLinks {
 public:
  DataLinks(const KeyRing& keys, const Clock& clock) : keys_(keys), clock_(clock) {}

  // The end of a link that is given now: the same for ten minutes, so that caches can hit.
  TimePoint end() const;
  std::string path_and_query(const DataLink& link) const;
  // `path` decoded; `query` as sent. kDenied says what is wrong with it: not signed by this server
  // or changed since, ended (with the time), for another registry (`registry`: the storage key of
  // the one that was asked).
  Result<DataLink> verify(std::string_view path, std::string_view query,
                          std::string_view registry) const;

 private:
  const KeyRing& keys_;
  const Clock& clock_;
};

}  // namespace berth::access
