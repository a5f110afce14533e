// The operator finds the reason of every refusal of the sign-in and directory faces under its
// correlation id. Paths without their query: codes and hints of users travel there.
#pragma once

#include "base/logger.h"
#include "http/exchange.h"

namespace berth::api {

// Waiting for a person (authorization_pending) is no refusal worth a line, except when debugging.
void log_refusal(Logger& log, const http::Exchange& exchange, const Error& error);

}  // namespace berth::api
