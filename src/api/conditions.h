// Conditional requests for content whose entity tag is its digest (RFC 9110 §13.1.2).
#pragma once

#include <string>

#include "http/exchange.h"
#include "oci/digest.h"

namespace berth::api {

std::string etag_of(const oci::Digest& digest);  // the digest in double quotes
// Whether If-None-Match names this content, so that 304 is the answer to GET and HEAD. Accepts the
// strong and the weak form, a list, `*`, and the bare digest that some clients send.
bool not_modified(const http::Request& request, const oci::Digest& digest);

}  // namespace berth::api
