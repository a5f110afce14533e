#include "api/login_face.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>

#include "api/login_discovery.h"
#include "api/login_http.h"
#include "api/refusal_log.h"
#include "api/source.h"
#include "api/uri.h"
#include "base/guid.h"

namespace berth::api {
namespace {

constexpr std::string_view kWellKnown = ".well-known/openid-configuration";
constexpr std::string_view kRealm = "userrealm/";

// Clients write doubled slashes where a base ends in one.
std::string collapsed(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (c != '/' || !out.ends_with('/')) out += c;
  }
  return out;
}

}  // namespace

const LoginFace::Row LoginFace::kRows[] = {
    {http::Method::kGet, kWellKnown, &LoginFace::configuration},
    {http::Method::kGet, "v2.0/.well-known/openid-configuration", &LoginFace::configuration},
    {http::Method::kGet, "discovery/keys", &LoginFace::keys},
    {http::Method::kGet, "discovery/v2.0/keys", &LoginFace::keys},
    {http::Method::kGet, "discovery/instance", &LoginFace::instance},
    {http::Method::kGet, kRealm, &LoginFace::realm},
    {http::Method::kPost, "oauth2/token", &LoginFace::token},
    {http::Method::kPost, "oauth2/v2.0/token", &LoginFace::token},
    {http::Method::kPost, "oauth2/devicecode", &LoginFace::device_code},
    {http::Method::kPost, "oauth2/v2.0/devicecode", &LoginFace::device_code},
    {http::Method::kGet, "oauth2/authorize", &LoginFace::authorize},
    {http::Method::kPost, "oauth2/authorize", &LoginFace::authorize},
    {http::Method::kGet, "oauth2/v2.0/authorize", &LoginFace::authorize},
    {http::Method::kPost, "oauth2/v2.0/authorize", &LoginFace::authorize},
};

std::vector<std::string> LoginFace::routes() {
  std::vector<std::string> out;
  for (const Row& row : kRows) {
    out.push_back((row.method == http::Method::kGet ? "GET " : "POST ") + std::string(row.rest));
  }
  return out;
}

LoginFace::LoginFace(Parts parts)
    : p_(parts),
      browser_(parts.grants, parts.directory.keys(), parts.random, parts.directory.domain()) {}

// /<authority>/<rest>, or /adfs/<tenant>/<rest> for the look-up of a tenant by its name.
Result<LoginFace::Asked> LoginFace::read_path(http::Exchange& exchange) const {
  TRY_ASSIGN(const std::string decoded, decode_path(exchange.request().path()));
  const std::string path = collapsed(decoded);
  const std::size_t end = path.find('/', 1);
  Asked asked{exchange, path.substr(1, end == std::string::npos ? end : end - 1),
              end == std::string::npos ? std::string() : path.substr(end + 1)};
  if (asked.rest.empty()) {
    return fail(Code::kRouteUnknown,
                fmt::format("There is nothing at this path; begin at {}/adfs/{}.", p_.names.login(),
                            kWellKnown));
  }
  const std::size_t inner = asked.rest.find('/');
  if (asked.authority == "adfs" && inner != std::string::npos &&
      asked.rest.substr(inner + 1) == kWellKnown && asked.rest.substr(0, inner) != "v2.0") {
    asked.authority = asked.rest.substr(0, inner);
    asked.rest = asked.rest.substr(inner + 1);
  }
  const std::string& tenant = p_.directory.state()->tenant;
  if (p_.names.is_tenant(asked.authority, tenant)) return asked;
  const bool shaped = is_guid(asked.authority) || asked.authority.find('.') != std::string::npos;
  return fail(p_.grants.refuse(
      shaped ? identity::Sts::kUnknownTenant : identity::Sts::kMalformedTenant,
      fmt::format(fmt::runtime(shaped ? "Tenant '{}' not found. Check that you have the correct "
                                        "tenant ID and are signing into the correct server."
                                      : "Specified tenant identifier '{}' is neither a valid DNS "
                                        "name, nor a valid external domain."),
                  asked.authority)));
}

LoginFace::Answer LoginFace::dispatch(http::Exchange& exchange) {
  const http::Method sent = exchange.request().method();
  const http::Method method = sent == http::Method::kHead ? http::Method::kGet : sent;
  if (exchange.request().path() == "/devicelogin" &&
      (method == http::Method::kGet || method == http::Method::kPost)) {
    const Asked asked{exchange, "", ""};
    co_return co_await device_login(asked);
  }
  CO_TRY_ASSIGN(const Asked asked, read_path(exchange));
  bool path_known = false;
  for (const Row& row : kRows) {
    const bool same =
        row.rest.ends_with('/') ? asked.rest.starts_with(row.rest) : asked.rest == row.rest;
    if (!same) continue;
    if (row.method == method) co_return co_await (this->*row.handler)(asked);
    path_known = true;
  }
  if (path_known) {
    co_return fail(Code::kUnsupported, "Endpoints that give tokens take POST, documents take GET.");
  }
  co_return fail(Code::kRouteUnknown,
                 fmt::format("There is nothing at this path; {}/{}/{} lists the endpoints.",
                             p_.names.login(), asked.authority, kWellKnown));
}

// The authority that the client wrote stays in the endpoints; the look-up of a tenant by name ends
// at the tenant's own.
LoginFace::Answer LoginFace::configuration(const Asked& asked) {
  co_return oauth_json(200, openid_configuration(p_.names, p_.directory.state()->tenant,
                                                 asked.authority, asked.rest.starts_with("v2.0/")));
}

LoginFace::Answer LoginFace::keys(const Asked&) {
  co_return oauth_json(200, p_.issuer.jwks());
}

LoginFace::Answer LoginFace::instance(const Asked& asked) {
  CO_TRY_ASSIGN(const Query query, Query::parse(asked.exchange.request().query()));
  co_return oauth_json(200, instance_discovery(p_.names, p_.directory.state()->tenant,
                                               query.get("api-version") == "1.1"));
}

LoginFace::Answer LoginFace::realm(const Asked& asked) {
  co_return oauth_json(200, user_realm(asked.rest.substr(kRealm.size()), p_.directory.domain()));
}

Task<Result<identity::OAuthRequest>> LoginFace::read_request(http::Exchange& exchange) const {
  identity::OAuthRequest request;
  CO_TRY_ASSIGN(request.form, co_await oauth_form(exchange));
  CO_TRY(read_basic(exchange.request(), request));
  request.address = caller_of(exchange.peer());
  co_return request;
}

LoginFace::Answer LoginFace::token(const Asked& asked) {
  CO_TRY_ASSIGN(const identity::OAuthRequest request, co_await read_request(asked.exchange));
  CO_TRY_ASSIGN(const boost::json::object answer, co_await p_.grants.token(request));
  co_return oauth_json(200, answer);
}

LoginFace::Answer LoginFace::device_code(const Asked& asked) {
  CO_TRY_ASSIGN(const identity::OAuthRequest request, co_await read_request(asked.exchange));
  CO_TRY_ASSIGN(const boost::json::object answer, p_.grants.device_code(request));
  co_return oauth_json(200, answer);
}

LoginFace::Answer LoginFace::authorize(const Asked& asked) {
  co_return co_await browser_.authorize(asked.exchange);
}

LoginFace::Answer LoginFace::device_login(const Asked& asked) {
  co_return co_await browser_.device_login(asked.exchange);
}

Task<http::Response> LoginFace::handle(http::Exchange& exchange) {
  auto answer = co_await dispatch(exchange);
  if (answer) co_return std::move(*answer);
  log_refusal(p_.log, "login", exchange, answer.error());
  http::Response response = failure(answer.error(), exchange.correlation_id());
  // RFC 6749 §5.2: who tried a header is told about headers.
  if (response.status == 401 && exchange.request().header("Authorization")) {
    response.header("WWW-Authenticate", fmt::format("Basic realm=\"{}\"", p_.directory.domain()));
  }
  co_return response;
}

http::Response LoginFace::failure(const Error& error, const std::string& correlation_id) {
  return oauth_error(error, correlation_id, p_.clock.now());
}

}  // namespace berth::api
