#include "api/local_face.h"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "access/host.h"
#include "api/json_response.h"
#include "api/oci_errors.h"
#include "api/read_body.h"
#include "api/refusal_log.h"
#include "api/source.h"
#include "base/ascii.h"

namespace berth::api {
namespace {

namespace json = boost::json;

constexpr std::string_view kOwn = "/berth/v1/";
constexpr std::uint64_t kMaxBody = 4096;

http::Response json_answer(const json::object& body) {
  http::Response response = json_response(200, body);
  response.header("Cache-Control", "no-store");
  return response;
}

Result<std::string> registry_in(const std::string& body) {
  json::error_code failed;
  const json::value value = json::parse(body, failed);
  const json::object* object = failed ? nullptr : value.if_object();
  const json::value* name = object ? object->if_contains("registry") : nullptr;
  if (name == nullptr || !name->is_string()) {
    return fail(Code::kInvalidRequest, R"(The body must be {"registry":"<name>"}.)");
  }
  return std::string(name->get_string());
}

}  // namespace

Task<http::Response> LocalFace::handle(http::Exchange& exchange) {
  static constexpr std::array<std::string_view, 5> kArm = {"/subscriptions", "/providers",
                                                           "/tenants", "/metadata/endpoints", "//"};
  const std::string_view path = exchange.request().path();
  for (const std::string_view prefix : kArm) {
    // ARM's paths are compared without case.
    if (equal_no_case(path.substr(0, prefix.size()), prefix)) {
      co_return co_await behind_.arm.handle(exchange);
    }
  }
  if (path.starts_with("/v1.0/")) co_return co_await behind_.graph.handle(exchange);
  if (path.starts_with("/metadata/identity/")) {
    co_return co_await behind_.machine_identity.handle(exchange);
  }
  if (!path.starts_with(kOwn)) co_return co_await behind_.maintenance.handle(exchange);
  auto answer = co_await own(exchange);
  if (answer) co_return std::move(*answer);
  log_refusal(log_, "local", exchange, answer.error());
  co_return failure(answer.error(), exchange.correlation_id());
}

Task<Result<http::Response>> LocalFace::own(http::Exchange& exchange) {
  CO_TRY_ASSIGN(const access::Visit visit, gate_.enter_own_socket(source_of(exchange.peer())));
  // Whoever may operate the server may have everything that this face gives.
  CO_TRY(gate_.authorize<policy::Action::kOperate>(visit));
  const std::string_view what = exchange.request().path().substr(kOwn.size());
  const bool get = exchange.request().method() == http::Method::kGet;
  if (what == "info" && get) co_return describe();
  if (what == "ca" && get) {
    std::string pem = info_.authority_pem();
    if (pem.empty()) {
      co_return fail(Code::kRouteUnknown,
                     "This server has no authority of its own: its certificate was given to it.");
    }
    http::Response response(200);
    response.header("Content-Type", "application/x-pem-file");
    response.body = std::move(pem);
    co_return response;
  }
  if (what == "registryToken" && exchange.request().method() == http::Method::kPost) {
    co_return co_await registry_token(exchange, visit);
  }
  co_return fail(Code::kRouteUnknown, "Here are GET info, GET ca and POST registryToken.");
}

Result<http::Response> LocalFace::describe() const {
  json::array listen;
  for (const std::string& address : info_.http_listen) listen.emplace_back(address);
  json::object faces;
  if (info_.faces.any()) {
    for (const std::string_view label : {"management", "login", "graph", "logs"}) {
      faces[label] = info_.faces.url(label);
    }
  }
  return json_answer({{"version", info_.version},
                      {"domain", info_.faces.domain},
                      {"region", info_.faces.region},
                      {"tenantId", info_.tenant},
                      {"subscriptionId", info_.subscription},
                      {"httpsPort", info_.faces.any() ? info_.faces.port : 0},
                      {"httpListen", std::move(listen)},
                      {"faces", std::move(faces)},
                      {"owner", true}});
}

std::string LocalFace::login_server(const std::string& registry) const {
  if (!info_.faces.any()) return info_.http_listen.empty() ? "" : info_.http_listen.front();
  const std::string host = info_.faces.host(registry);
  return info_.faces.port == 443 ? host : host + ":" + std::to_string(info_.faces.port);
}

Task<Result<http::Response>> LocalFace::registry_token(http::Exchange& exchange,
                                                       const access::Visit& visit) const {
  const AskAgain ask_again = [&]() -> Task<Result<void>> {
    co_return gate_.ask(visit, policy::Action::kOperate, nullptr);
  };
  CO_TRY_ASSIGN(const std::string body,
                co_await read_body(exchange, kMaxBody, "The body", ask_again));
  CO_TRY_ASSIGN(const std::string asked, registry_in(body));
  const std::string name = access::host_name(asked);  // in lower case
  const auto registry = gate_.policy().current()->registries.share(name);
  if (!registry) {
    co_return fail(Error(Code::kResourceUnknown,
                         "There is no such registry; 'berth registry list' shows those that are.")
                       .with("registry", asked.substr(0, 64)));
  }
  const std::string server = login_server(name);
  co_return json_answer({{"loginServer", server},
                         {"username", access::kNullGuid},
                         {"refreshToken", tokens_.refresh_token(visit.identity.principal(),
                                                                *registry, server, info_.tenant)},
                         {"expiresIn", access::kRefreshTokenLifetime.count()}});
}

http::Response LocalFace::failure(const Error& error, const std::string& correlation_id) {
  return oci_error(error, correlation_id);
}

}  // namespace berth::api
