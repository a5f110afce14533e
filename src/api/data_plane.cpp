#include "api/data_plane.h"

#include <fmt/format.h>

#include <array>

#include "api/acr_handlers.h"
#include "api/blob_handlers.h"
#include "api/manifest_handlers.h"
#include "api/oci_errors.h"
#include "api/source.h"
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

DataPlane::DataPlane(const access::Gate& gate, Services s, Logger& log, DataPlaneLimits limits)
    : gate_(gate),
      log_(log),
      handlers_(std::make_unique<Handlers>(
          Handlers{BlobHandlers(s.blobs), UploadHandlers(s.uploads, s.blobs),
                   ManifestHandlers(s.manifests, s.catalog, limits),
                   AcrHandlers(s.catalog, s.manifests, limits)})) {
  using http::Method;
  auto& [blobs, uploads, manifests, acr] = *handlers_;
  using B = BlobHandlers;
  using U = UploadHandlers;
  using M = ManifestHandlers;
  using A = AcrHandlers;
  routes_ = {
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

// The first row of the path that has the method. Otherwise null, and `allowed` lists the methods
// that the path does have.
const Route* DataPlane::find(http::Method method, std::string_view path, PathMatch& match,
                             std::string& allowed) const {
  const http::Method wanted = method == http::Method::kHead ? http::Method::kGet : method;
  for (const Route& row : routes_) {
    auto found = match_path(row.pattern, path);
    if (!found) continue;
    if (row.method == wanted) {
      match = std::move(*found);
      return &row;
    }
    if (!allowed.empty()) allowed += ", ";
    allowed += method_name(row.method);
    if (row.method == http::Method::kGet) allowed += ", HEAD";
  }
  return nullptr;
}

Answer DataPlane::dispatch(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  CO_TRY_ASSIGN(const access::Visit visit,
                gate_.enter({source_of(exchange.peer()), request.header("Host").value_or(""),
                             request.header("Origin")}));
  CO_TRY_ASSIGN(const std::string path, decode_path(request.path()));
  PathMatch match;
  std::string allowed;
  const Route* row = find(request.method(), path, match, allowed);
  if (row == nullptr && allowed.empty()) {
    co_return fail(Code::kRouteUnknown,
                   "There is nothing at this path; the registry API is under /v2/ and /acr/v1/.");
  }
  if (row == nullptr) {
    co_return fail(Error(Code::kUnsupported, fmt::format("This path knows {}.", allowed))
                       .with("allow", allowed));
  }
  CO_TRY_ASSIGN(Query query, Query::parse(request.query()));
  Call call{
      exchange, gate_, visit, std::move(query), std::move(match.name), std::move(match.reference)};
  co_return co_await row->run(call);
}

// The operator finds the reason of every refusal under its correlation id. A client that looks with
// HEAD before it pushes is no refusal worth a line, except when debugging.
void DataPlane::log_refusal(const http::Exchange& exchange, const Error& error) {
  const int status = code_row(error.code).http_status;
  const bool probe = status == 404 && exchange.request().method() == http::Method::kHead;
  const LogLevel level = status >= 500 ? LogLevel::kError
                         : probe       ? LogLevel::kDebug
                                       : LogLevel::kInfo;
  log_.log(level, "request refused",
           {{"correlationId", exchange.correlation_id()},
            {"method", exchange.request().method_text()},
            {"path", exchange.request().path()},
            {"status", status},
            {"code", code_row(error.code).oci},
            {"message", error.message},
            {"cause", error.cause},
            {"client", exchange.peer().address}});
}

Task<http::Response> DataPlane::handle(http::Exchange& exchange) {
  auto answer = co_await dispatch(exchange);
  if (answer) {
    answer->header("Docker-Distribution-Api-Version", "registry/2.0");
    co_return std::move(*answer);
  }
  log_refusal(exchange, answer.error());
  co_return failure(answer.error(), exchange.correlation_id());
}

http::Response DataPlane::failure(const Error& error, const std::string& correlation_id) {
  http::Response response = oci_error(error, correlation_id);
  response.header("Docker-Distribution-Api-Version", "registry/2.0");
  return response;
}

}  // namespace berth::api
