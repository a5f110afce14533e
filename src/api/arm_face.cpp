#include "api/arm_face.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "access/authorization.h"
#include "api/arm_errors.h"
#include "api/arm_metadata.h"
#include "api/read_body.h"
#include "api/refusal_log.h"
#include "api/source.h"
#include "api/uri.h"
#include "base/ascii.h"

namespace berth::api {
namespace {

struct MethodRow {
  http::Method http;
  control::Method control;
};
constexpr std::array<MethodRow, 6> kMethods = {{
    {http::Method::kGet, control::Method::kGet},
    {http::Method::kHead, control::Method::kHead},
    {http::Method::kPut, control::Method::kPut},
    {http::Method::kPatch, control::Method::kPatch},
    {http::Method::kPost, control::Method::kPost},
    {http::Method::kDelete, control::Method::kDelete},
}};

// Clients join a base that ends in '/' with a path that begins with one.
std::string single_slashes(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (c != '/' || !out.ends_with('/')) out.push_back(c);
  }
  return out;
}

// ARM's parameter names are compared without case.
std::optional<std::string> parameter(const Query& query, std::string_view name) {
  for (const std::string_view sent : query.names()) {
    if (equal_no_case(sent, name)) return std::string(query.get(sent).value_or(""));
  }
  return std::nullopt;
}

std::optional<std::string> text(std::optional<std::string_view> header) {
  return header ? std::optional<std::string>(*header) : std::nullopt;
}

Error no_token() {
  return Error(Code::kUnauthorized,
               "Authentication failed. The 'Authorization' header is missing; it must be 'Bearer' "
               "and a token for this endpoint.")
      .named("AuthenticationFailed")
      .because("no bearer token");
}

std::vector<std::string> audiences_of(const Faces& faces) {
  if (!faces.any()) return {};
  return {faces.url("management"), "https://" + faces.host("management")};
}

http::Response to_response(control::Answer answer, const std::string& correlation_id) {
  http::Response response(answer.status);
  response.header("x-ms-request-id", correlation_id).header("Cache-Control", "no-store");
  if (!answer.etag.empty()) response.header("ETag", std::move(answer.etag));
  if (!answer.body.empty()) {
    response.header("Content-Type", "application/json; charset=utf-8");
    response.body = std::move(answer.body);
  }
  return response;
}

}  // namespace

ArmFace::ArmFace(control::Engine& engine, const access::Gate& gate,
                 access::DirectoryLogin& directory, Faces faces, std::string tenant, Logger& log)
    : engine_(engine),
      gate_(gate),
      directory_(directory),
      faces_(std::move(faces)),
      tenant_(std::move(tenant)),
      audiences_(audiences_of(faces_)),
      log_(log) {}

Task<Result<policy::Principal>> ArmFace::caller(const http::Exchange& exchange) {
  const http::Peer& peer = exchange.peer();
  if (peer.unix_socket) {
    CO_TRY_ASSIGN(const access::Visit visit, gate_.enter_own_socket(source_of(peer)));
    co_return visit.identity.principal();
  }
  if (!peer.tls || !faces_.any()) {
    co_return fail(Code::kMisdirected,
                   "The control plane answers over TLS and on the server's own socket only.");
  }
  const auto token =
      access::after_scheme(exchange.request().header("Authorization").value_or(""), "Bearer");
  if (!token) co_return fail(no_token());
  auto principal = co_await directory_.accept_token(*token, audiences_);
  if (principal) co_return std::move(*principal);
  Error error = std::move(principal).error();
  if (error.code == Code::kUnauthorized) error.exact_code = "InvalidAuthenticationToken";
  co_return fail(std::move(error));
}

Result<control::Request> ArmFace::read_head(const http::Exchange& exchange, const Query& query,
                                            std::string path) const {
  const http::Request& request = exchange.request();
  const auto method = std::ranges::find(kMethods, request.method(), &MethodRow::http);
  if (method == kMethods.end()) {
    return fail(Error(Code::kUnsupported, "Here are GET, HEAD, PUT, PATCH, POST and DELETE.")
                    .with("allow", "GET, HEAD, PUT, PATCH, POST, DELETE"));
  }
  control::Request out;
  out.method = method->control;
  out.path = std::move(path);
  out.api_version = parameter(query, "api-version");
  out.filter = parameter(query, "$filter");
  out.skip_token = parameter(query, "$skipToken");
  out.top = parameter(query, "$top");
  out.if_match = text(request.header("If-Match"));
  out.if_none_match = text(request.header("If-None-Match"));
  out.source = source_of(exchange.peer());
  out.correlation_id = exchange.correlation_id();
  out.base_url = exchange.peer().unix_socket
                     ? "http://localhost"
                     : "https://" + std::string(request.header("Host").value_or(""));
  return out;
}

Task<Result<http::Response>> ArmFace::answer(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  CO_TRY_ASSIGN(std::string path, decode_path(request.path()));
  path = single_slashes(path);
  CO_TRY_ASSIGN(const Query query, Query::parse(request.query()));
  if (equal_no_case(path, "/metadata/endpoints") && faces_.any()) {
    control::Answer metadata;
    metadata.body = cloud_metadata(faces_, parameter(query, "api-version").value_or(""));
    co_return to_response(std::move(metadata), exchange.correlation_id());
  }
  CO_TRY_ASSIGN(policy::Principal principal, co_await caller(exchange));
  CO_TRY_ASSIGN(control::Request asked, read_head(exchange, query, std::move(path)));
  asked.principal = std::move(principal);
  // The engine decides when the body is there. What it does not see is a sign-in taken back.
  const AskAgain ask_again = [&]() -> Task<Result<void>> {
    CO_TRY_ASSIGN(asked.principal, co_await caller(exchange));
    co_return Result<void>();
  };
  CO_TRY_ASSIGN(asked.body, co_await read_body(exchange, kMaxBodyBytes, "A request", ask_again));
  CO_TRY_ASSIGN(control::Answer found, co_await engine_.handle(asked));
  co_return to_response(std::move(found), exchange.correlation_id());
}

Task<http::Response> ArmFace::handle(http::Exchange& exchange) {
  auto response = co_await answer(exchange);
  if (response) co_return std::move(*response);
  log_refusal(log_, "management", exchange, response.error());
  co_return failure(response.error(), exchange.correlation_id());
}

http::Response ArmFace::failure(const Error& error, const std::string& correlation_id) {
  http::Response response = arm_error(error, correlation_id);
  if (error.code != Code::kUnauthorized || !faces_.any()) return response;
  response.header(
      "WWW-Authenticate",
      fmt::format(
          R"(Bearer authorization_uri="{}/{}", error="invalid_token", error_description="{}")",
          faces_.url("login"), tenant_,
          "The access token is missing, expired, or not for this endpoint."));
  return response;
}

}  // namespace berth::api
