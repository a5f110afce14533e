#include "api/data_plane.h"

#include <fmt/format.h>

#include <array>

#include "api/acr_handlers.h"
#include "api/arrival.h"
#include "api/blob_handlers.h"
#include "api/challenge.h"
#include "api/manifest_handlers.h"
#include "api/oci_errors.h"
#include "api/refusal_log.h"
#include "api/registry_tokens.h"
#include "api/upload_handlers.h"

namespace berth::api {

struct DataPlane::Handlers {
  BlobHandlers blobs;
  UploadHandlers uploads;
  ManifestHandlers manifests;
  AcrHandlers acr;
};

namespace {

std::string_view method_name(http::Method method) {
  static constexpr std::array<std::string_view, 8> kNames = {"GET",   "HEAD",   "POST",    "PUT",
                                                             "PATCH", "DELETE", "OPTIONS", "?"};
  return kNames[static_cast<std::size_t>(method)];
}

}  // namespace

DataPlane::DataPlane(SignIn sign_in, Services s, Logger& log, DataPlaneLimits limits,
                     DataEndpoints data)
    : sign_in_(sign_in),
      log_(log),
      handlers_(std::make_unique<Handlers>(
          Handlers{BlobHandlers(s.blobs, data, log), UploadHandlers(s.uploads, s.blobs),
                   ManifestHandlers(s.manifests, s.catalog, limits),
                   AcrHandlers(s.catalog, s.manifests, limits)})) {
  routes_ = oci_routes(*handlers_);
  for (Route& row : acr_routes(*handlers_)) routes_.push_back(std::move(row));
}

// Of the OCI Distribution Specification.
std::vector<Route> DataPlane::oci_routes(Handlers& handlers) {
  using http::Method;
  auto& [blobs, uploads, manifests, acr] = handlers;
  using B = BlobHandlers;
  using U = UploadHandlers;
  using M = ManifestHandlers;
  return {
      route(Method::kGet, "/v2/", manifests, &M::ping),
      route(Method::kGet, "/v2/_catalog", manifests, &M::catalog),
      route(Method::kPost, "/v2/{name}/blobs/uploads/", uploads, &U::start),
      route(Method::kGet, "/v2/{name}/blobs/uploads/{reference}", uploads, &U::status),
      route(Method::kPatch, "/v2/{name}/blobs/uploads/{reference}", uploads, &U::append),
      route(Method::kPut, "/v2/{name}/blobs/uploads/{reference}", uploads, &U::finish),
      route(Method::kDelete, "/v2/{name}/blobs/uploads/{reference}", uploads, &U::cancel),
      route(Method::kGet, "/v2/{name}/blobs/{reference}", blobs, &B::get),
      route(Method::kDelete, "/v2/{name}/blobs/{reference}", blobs, &B::remove),
      route(Method::kGet, "/v2/{name}/manifests/{reference}", manifests, &M::get),
      route(Method::kPut, "/v2/{name}/manifests/{reference}", manifests, &M::put),
      route(Method::kDelete, "/v2/{name}/manifests/{digest}", manifests, &M::remove),
      route(Method::kDelete, "/v2/{name}/manifests/{tag}", manifests, &M::untag),
      route(Method::kGet, "/v2/{name}/tags/list", manifests, &M::tags),
      route(Method::kGet, "/v2/{name}/referrers/{reference}", manifests, &M::referrers),
  };
}

// Of ACR's metadata API.
std::vector<Route> DataPlane::acr_routes(Handlers& handlers) {
  using http::Method;
  auto& [blobs, uploads, manifests, acr] = handlers;
  using M = ManifestHandlers;
  using A = AcrHandlers;
  return {
      route(Method::kGet, "/acr/v1/_catalog", manifests, &M::catalog),
      route(Method::kGet, "/acr/v1/{name}/_tags", acr, &A::tags),
      route(Method::kGet, "/acr/v1/{name}/_tags/{reference}", acr, &A::tag),
      route(Method::kPatch, "/acr/v1/{name}/_tags/{reference}", acr, &A::change_tag),
      route(Method::kDelete, "/acr/v1/{name}/_tags/{reference}", acr, &A::untag),
      route(Method::kGet, "/acr/v1/{name}/_manifests", acr, &A::manifests),
      route(Method::kGet, "/acr/v1/{name}/_manifests/{reference}", acr, &A::manifest),
      route(Method::kPatch, "/acr/v1/{name}/_manifests/{reference}", acr, &A::change_manifest),
      route(Method::kGet, "/acr/v1/{name}", acr, &A::repository),
      route(Method::kPatch, "/acr/v1/{name}", acr, &A::change_repository),
      route(Method::kDelete, "/acr/v1/{name}", acr, &A::remove_repository),
  };
}

DataPlane::~DataPlane() = default;

// The first row of the path that has the method; null when there is none. The method first: it is
// the cheaper question.
const Route* DataPlane::find(http::Method method, std::string_view path, PathMatch& match) const {
  const http::Method wanted = method == http::Method::kHead ? http::Method::kGet : method;
  for (const Route& row : routes_) {
    if (row.method != wanted) continue;
    if (auto found = match_path(row.pattern, path)) {
      match = std::move(*found);
      return &row;
    }
  }
  return nullptr;
}

// Why no row answers: the path is none, or has other methods.
Error DataPlane::no_route(std::string_view path) const {
  std::string allowed;
  for (const Route& row : routes_) {
    if (!match_path(row.pattern, path)) continue;
    if (!allowed.empty()) allowed += ", ";
    allowed += method_name(row.method);
    if (row.method == http::Method::kGet) allowed += ", HEAD";
  }
  if (allowed.empty()) {
    return Error(Code::kRouteUnknown,
                 "There is nothing at this path; the registry API is under /v2/ and /acr/v1/.");
  }
  return Error(Code::kUnsupported, fmt::format("This path knows {}.", allowed))
      .with("allow", allowed);
}

// The decision comes in three steps, and no step looks anything up: may anything from there come in
// (Gate::enter), who is it (Authenticator), may it do this (Gate::authorize, in the route's row).
Answer DataPlane::dispatch(http::Exchange& exchange, Progress& progress) {
  const http::Request& request = exchange.request();
  access::Visit& visit = progress.visit;
  CO_TRY_ASSIGN(visit, sign_in_.gate.enter(arrival_of(exchange)));
  progress.entered = true;
  CO_TRY_ASSIGN(const std::string path, decode_path(request.path()));
  if (RegistryTokens::owns(path)) {
    co_return co_await sign_in_.tokens.handle(exchange, path, visit);
  }
  progress.row = find(request.method(), path, progress.match);
  if (progress.row == nullptr) co_return fail(no_route(path));
  const auto authorization = request.header("Authorization");
  visit.credentials_sent = authorization.has_value();
  CO_TRY_ASSIGN(visit.identity, co_await sign_in_.authenticator.authenticate(
                                    authorization, *visit.registry, visit.source));
  CO_TRY_ASSIGN(Query query, Query::parse(request.query()));
  Call call{exchange,         sign_in_.gate,       visit,
            std::move(query), progress.match.name, progress.match.reference};
  co_return co_await progress.row->run(call);
}

http::Response DataPlane::refusal(const http::Exchange& exchange, const Error& error,
                                  const Progress& progress) {
  log_refusal(log_, "registry", exchange, error, progress.visit);
  http::Response response = failure(error, exchange.correlation_id());
  if (!progress.entered) return response;
  if (response.status == 401 && progress.row != nullptr) {
    const std::string scope = access::scope_for(progress.row->action, progress.match.name);
    response.header("WWW-Authenticate", challenge(progress.visit, scope, error.code));
  }
  return response;
}

Task<http::Response> DataPlane::handle(http::Exchange& exchange) {
  Progress progress;
  auto answer = co_await dispatch(exchange, progress);
  http::Response response =
      answer ? std::move(*answer) : refusal(exchange, answer.error(), progress);
  if (answer) response.header("Docker-Distribution-Api-Version", "registry/2.0");
  if (progress.entered) {
    add_hints(response, progress.visit, exchange.request().header("User-Agent"));
  }
  if (exchange.peer().tls) add_transport_security(response);
  co_return response;
}

http::Response DataPlane::failure(const Error& error, const std::string& correlation_id) {
  http::Response response = oci_error(error, correlation_id);
  response.header("Docker-Distribution-Api-Version", "registry/2.0");
  return response;
}

}  // namespace berth::api
