#include "api/login_http.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>

#include "access/authorization.h"
#include "api/error_detail.h"
#include "api/form.h"
#include "api/json_response.h"
#include "api/uri.h"
#include "crypto/encoding.h"
#include "identity/model.h"

namespace berth::api {
namespace {

namespace json = boost::json;

// Form encoding inside the Basic header (RFC 6749 appendix B).
std::optional<std::string> decode_field(std::string_view text) {
  auto decoded = decode_path(form_text(text));
  return decoded ? std::optional(std::move(*decoded)) : std::nullopt;
}

Result<identity::Form> form_of(const Query& query) {
  identity::Form form;
  for (const std::string_view name : query.names()) {
    if (form.add(name, *query.get(name))) continue;
    return fail(Error(Code::kInvalidRequest, "A parameter of the request is there twice.")
                    .with("parameter", std::string(name.substr(0, 64))));
  }
  return form;
}

// The OAuth error of a failure that is not the token service's own.
std::string_view plain_error(const Error& error) {
  const int status = code_row(error.code).http_status;
  if (status == 429 || status == 503) return "temporarily_unavailable";
  return status >= 500 ? "server_error" : "invalid_request";
}

}  // namespace

Result<identity::Form> oauth_query(std::string_view query) {
  TRY_ASSIGN(const Query parsed, Query::parse(form_text(query)));
  return form_of(parsed);
}

Task<Result<identity::Form>> oauth_form(http::Exchange& exchange) {
  CO_TRY_ASSIGN(const Query parsed, co_await read_form(exchange, nothing_decided));
  co_return form_of(parsed);
}

Result<void> read_basic(const http::Request& request, identity::OAuthRequest& out) {
  const auto header = request.header("Authorization");
  if (!header) return {};
  const auto refuse = [] {
    return fail(Code::kInvalidRequest,
                "The Authorization header must be Basic with base64 of client_id:client_secret.");
  };
  const auto credentials = access::after_scheme(*header, "Basic");
  const auto text = credentials ? crypto::from_base64(*credentials) : std::nullopt;
  const std::size_t colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) return refuse();
  auto user = decode_field(std::string_view(*text).substr(0, colon));
  auto password = decode_field(std::string_view(*text).substr(colon + 1));
  if (!user || !password) return refuse();
  out.basic_user = std::move(*user);
  out.basic_password = std::move(*password);
  return {};
}

http::Response oauth_json(unsigned status, const json::object& body) {
  http::Response response = json_response(status, body);
  response.header("Cache-Control", "no-store").header("Pragma", "no-cache");
  return response;
}

std::string retry_after(const Error& error) {
  if (const auto* wait = detail_of(error, "retryAfter")) return *wait;
  return error.code == Code::kTooManyRequests ? "5" : "";
}

http::Response oauth_error(const Error& error, const std::string& correlation_id, TimePoint now) {
  json::array codes;
  for (const Detail& detail : error.details) {
    if (detail.key == "aadsts") codes.emplace_back(std::stoll(detail.value));
  }
  const std::string kind =
      error.exact_code.empty() ? std::string(plain_error(error)) : error.exact_code;
  const json::object body{
      {"error", kind},
      {"error_description", fmt::format("{} Correlation ID: {}", error.message, correlation_id)},
      {"error_codes", std::move(codes)},
      {"timestamp", to_rfc3339(now)},
      {"trace_id", correlation_id},
      {"correlation_id", correlation_id}};
  http::Response response =
      oauth_json(static_cast<unsigned>(code_row(error.code).http_status), body);
  if (std::string wait = retry_after(error); !wait.empty()) {
    response.header("Retry-After", std::move(wait));
  }
  return response;
}

}  // namespace berth::api
