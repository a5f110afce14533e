// An answer in JSON. What must not be cached says so with a header of its own.
#pragma once

#include <boost/json/fwd.hpp>
#include <string_view>

#include "http/exchange.h"

namespace berth::api {

// ACR's, Graph's and OAuth's type; those of the OCI specification have no charset, and clients
// compare them.
inline constexpr std::string_view kJsonType = "application/json; charset=utf-8";
inline constexpr std::string_view kPlainJsonType = "application/json";

http::Response json_response(unsigned status, const boost::json::value& body,
                             std::string_view type = kJsonType);

}  // namespace berth::api
