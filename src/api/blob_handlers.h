// GET, HEAD and DELETE of /v2/<name>/blobs/<digest>. Where the registry has a data endpoint, a GET
// over TLS is sent there with a signed link (docs/network.md §5); HEAD and conditional requests are
// answered in place.
#pragma once

#include "api/data_endpoints.h"
#include "api/route.h"
#include "base/logger.h"
#include "registry/blobs.h"

namespace berth::api {

class BlobHandlers {
 public:
  BlobHandlers(registry::Blobs& blobs, DataEndpoints data, Logger& log)
      : blobs_(&blobs), data_(data), log_(&log) {}
  Answer get(Call& call, const policy::PullPermit& permit);
  Answer remove(Call& call, const policy::DeletePermit& permit);

 private:
  // The link for this caller; nullopt when the blob is to be served in place although there is a
  // data endpoint: the caller cannot reach it, and the operator wants that.
  std::optional<std::string> link_for(const Call& call, const oci::RepositoryName& repository,
                                      const oci::Digest& digest);

  registry::Blobs* blobs_;
  DataEndpoints data_;
  Logger* log_;
};

}  // namespace berth::api
