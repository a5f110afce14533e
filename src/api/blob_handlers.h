// GET, HEAD and DELETE of /v2/<name>/blobs/<digest>.
#pragma once

#include "api/route.h"
#include "registry/blobs.h"

namespace berth::api {

class BlobHandlers {
 public:
  explicit BlobHandlers(registry::Blobs& blobs) : blobs_(&blobs) {}
  Answer get(Call& call, const policy::PullPermit& permit);
  Answer remove(Call& call, const policy::DeletePermit& permit);

 private:
  registry::Blobs* blobs_;
};

}  // namespace berth::api
