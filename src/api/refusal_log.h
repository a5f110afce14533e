// The line in the log for a request that was refused, of every face: the operator finds it under
// the correlation id, with all that the server knew of the way the request came. Paths without
// their query: codes, hints of users and signed links travel there.
#pragma once

#include <string_view>

#include "access/gate.h"
#include "base/logger.h"
#include "http/exchange.h"

namespace berth::api {

// On a registry's faces. `visit`: as far as it is known. A client that looks with HEAD before it
// pushes is no refusal worth a line, nor is one that asks where to sign in, except when debugging.
void log_refusal(Logger& log, std::string_view face, const http::Exchange& exchange,
                 const Error& error, const access::Visit& visit);
// On the others. There it is waiting for a person (authorization_pending) that is worth no line.
void log_refusal(Logger& log, std::string_view face, const http::Exchange& exchange,
                 const Error& error);

}  // namespace berth::api
