// /v2/<name>/blobs/uploads/ (OCI Distribution Specification 1.1, end-4a to end-6, end-11 to
// end-14). Locations are paths without scheme and host, so that no proxy in front can break them.
#pragma once

#include "api/route.h"
#include "registry/blobs.h"
#include "registry/uploads.h"

namespace berth::api {

class UploadHandlers {
 public:
  UploadHandlers(registry::Uploads& uploads, registry::Blobs& blobs)
      : uploads_(&uploads), blobs_(&blobs) {}
  // POST: opens an upload, mounts (`mount`, `from`) or takes a whole blob (`digest`).
  Answer start(Call& call, const policy::PushPermit& permit);
  Answer status(Call& call, const policy::PushPermit& permit);
  Answer append(Call& call, const policy::PushPermit& permit);
  Answer finish(Call& call, const policy::PushPermit& permit);
  Answer cancel(Call& call, const policy::PushPermit& permit);

 private:
  Answer mount(Call& call, const policy::PushPermit& permit, std::string_view digest,
               std::string_view from);
  Answer open(Call& call, const policy::PushPermit& permit);

  registry::Uploads* uploads_;
  registry::Blobs* blobs_;
};

}  // namespace berth::api
