// The answer with a blob, on the login server and on a data endpoint: whole or in part (Range), not
// modified (If-None-Match), or described (HEAD).
#pragma once

#include "api/route.h"
#include "registry/blobs.h"

namespace berth::api {

// Whether the answer has no content: HEAD, or a condition that holds.
bool described_only(const http::Request& request, const oci::Digest& digest);

// The arguments must outlive the answer.
Answer answer_blob(registry::Blobs& blobs, const http::Request& request,
                   const policy::PullPermit& permit, const oci::Digest& digest);

}  // namespace berth::api
