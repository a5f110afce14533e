// Paging of every listing: `n` and `last` in, `Link: <…>; rel="next"` out (OCI Distribution
// Specification 1.1 "Listing Tags"; ACR's lists alike).
#pragma once

#include <string>
#include <string_view>

#include "api/uri.h"
#include "http/exchange.h"
#include "registry/catalog.h"

namespace berth::api {

// `n` absent means the configured page size; more than that is cut to it. kInvalidRequest when `n`
// is not a non-negative integer, kInvalidRequest for an unknown `orderby`.
Result<registry::PageRequest> page_of(const Query& query, std::size_t max_entries);

// Adds the Link header for the page that follows `last`. `path` is the path as the client sent it;
// `further` are the parameters to repeat, escaped, each with a leading '&'.
void add_next_link(http::Response& response, std::string_view path, std::string_view last,
                   const registry::PageRequest& page, std::string_view further = {});

}  // namespace berth::api
