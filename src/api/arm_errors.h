// Renders an Error as ARM does (az-acr-wire 5.2): {"error":{"code","message","target","details"}}.
// Prints what is safe for the client; never Error::cause.
#pragma once

#include <string>

#include "base/error.h"
#include "http/exchange.h"

namespace berth::api {

// The exact code of the error, or its row's in the table of codes.
std::string arm_code(const Error& error);
// The detail "target" becomes `target`, `also` becomes `details`; "allow" and "retryAfter" become
// headers.
http::Response arm_error(const Error& error, const std::string& correlation_id);

}  // namespace berth::api
