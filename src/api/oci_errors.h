// Renders an Error as OCI Distribution Specification 1.1 "Error Codes" asks: {"errors":[…]}.
// Prints what is safe for the client; never Error::cause.
#pragma once

#include <string>

#include "base/error.h"
#include "http/exchange.h"

namespace berth::api {

http::Response oci_error(const Error& error, const std::string& correlation_id);

// Faces that are reached over TLS want to be reached over nothing else (RFC 6797).
void add_transport_security(http::Response& response);

// The table of docs/errors.md, made of the one table of codes.
std::string error_table_markdown();

}  // namespace berth::api
