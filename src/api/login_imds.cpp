#include "api/login_imds.h"

#include <boost/json/object.hpp>

#include "access/host.h"
#include "api/arrival.h"
#include "api/login_http.h"
#include "api/refusal_log.h"
#include "api/uri.h"
#include "identity/model.h"

namespace berth::api {
namespace {

constexpr std::string_view kPath = "/metadata/identity/oauth2/token";

Error bad_request(std::string message) {
  return Error(Code::kInvalidRequest, std::move(message)).named("invalid_request");
}

// A page in a browser on this machine must not get a token by a name that it points here (DNS
// rebinding): programs ask by address.
Result<void> no_page(const http::Request& request) {
  const std::string host = access::host_name(request.header("Host").value_or(""));
  const bool by_address = host == "localhost" ||
                          host.find_first_not_of("0123456789.") == std::string::npos ||
                          host.starts_with('[');
  if (by_address && !request.header("Origin")) return {};
  return fail(bad_request("Ask by address, as in http://169.254.169.254; pages may not ask."));
}

std::string value_of(const Query& query, std::string_view name) {
  return std::string(query.get(name).value_or(""));
}

}  // namespace

Result<http::Response> ImdsFace::answer(const http::Exchange& exchange) const {
  const http::Request& request = exchange.request();
  TRY_ASSIGN(const std::string path, decode_path(request.path()));
  if (path != kPath) return fail(Code::kRouteUnknown, "Only " + std::string(kPath) + " is here.");
  if (request.method() != http::Method::kGet) return fail(Code::kUnsupported, "Use GET.");
  // A guard against forwarders that happen to say so. Whoever speaks from this machine can leave
  // it out: what keeps others out is that this listens on loopback or link-local addresses alone.
  if (!ignored_header(exchange).empty() || !exchange.peer().proxy.empty()) {
    return fail(bad_request("The request came through a proxy; ask from the machine itself."));
  }
  if (identity::lower(request.header("Metadata").value_or("")) != "true") {
    return fail(bad_request("Required metadata header not specified: Metadata: true."));
  }
  TRY_ASSIGN(const Query query, Query::parse(request.query()));
  if (!query.get("api-version")) {
    return fail(bad_request("Required query variable 'api-version' is missing; use 2018-02-01."));
  }
  identity::MetadataRequest wanted;
  wanted.resource = value_of(query, "resource");
  wanted.client_id = value_of(query, "client_id");
  wanted.object_id = value_of(query, "object_id");
  wanted.resource_id = value_of(query, "mi_res_id");
  if (!exchange.peer().unix_socket) TRY(no_page(request));
  if (exchange.peer().unix_socket) {
    if (!exchange.peer().uid) return fail(bad_request("The caller's user is not known."));
    wanted.uid = exchange.peer().uid;
  }
  TRY_ASSIGN(const boost::json::object token, identities_.token(wanted));
  return oauth_json(200, token);
}

Task<http::Response> ImdsFace::handle(http::Exchange& exchange) {
  auto answered = answer(exchange);
  if (answered) co_return std::move(*answered);
  log_refusal(log_, "imds", exchange, answered.error());
  co_return failure(answered.error(), exchange.correlation_id());
}

http::Response ImdsFace::failure(const Error& error, const std::string& correlation_id) {
  return oauth_error(error, correlation_id, clock_.now());
}

}  // namespace berth::api
