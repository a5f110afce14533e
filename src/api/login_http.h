// HTTP's side of the sign-in endpoints: forms in, JSON and its errors out (RFC 6749 §5, in the
// shape of Azure's token service). Nothing here may be cached by anybody.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/exchange.h"
#include "identity/form.h"

namespace berth::api {

// The fields of a query, in which '+' is a space. kInvalidRequest when malformed, or when a field
// comes twice.
Result<identity::Form> oauth_query(std::string_view query);
// The same of a body (api/form.h). Whoever asks is known by the form, so all is decided after it.
Task<Result<identity::Form>> oauth_form(http::Exchange& exchange);
// client_secret_basic (RFC 6749 §2.3.1): both parts are form-encoded.
Result<void> read_basic(const http::Request& request, identity::OAuthRequest& out);

http::Response oauth_json(unsigned status, const boost::json::object& body);
// {"error","error_description","error_codes","timestamp","trace_id","correlation_id"}
http::Response oauth_error(const Error& error, const std::string& correlation_id, TimePoint now);
// Seconds that a kTooManyRequests error asks to wait; empty: it does not say.
std::string retry_after(const Error& error);

}  // namespace berth::api
