// The line in the log for a request that a registry's face refused: the operator finds it under the
// correlation id, with everything that the decision knew of the way the request came.
#pragma once

#include <string_view>

#include "access/gate.h"
#include "base/logger.h"
#include "http/exchange.h"

namespace berth::api {

// `visit`: as far as it is known. A client that looks with HEAD before it pushes is no refusal
// worth a line, nor is one that asks where to sign in, except when debugging.
void log_refusal(Logger& log, std::string_view face, const http::Exchange& exchange,
                 const Error& error, const access::Visit& visit);

}  // namespace berth::api
