#include "api/data_face.h"

#include "access/host.h"
#include "api/arrival.h"
#include "api/blob_answer.h"
#include "api/oci_errors.h"
#include "api/refusal_log.h"

namespace berth::api {
namespace {

constexpr std::string_view kPattern = "/v2/{name}/blobs/{digest}";

}  // namespace

std::optional<std::string> DataFace::registry_of(const http::Exchange& exchange) const {
  if (!exchange.peer().tls || !data_.faces.any()) return std::nullopt;
  const std::string host = access::host_name(exchange.request().header("Host").value_or(""));
  const auto dot = host.find('.');
  std::string registry = host.substr(0, dot);
  if (registry.empty() || host != data_.faces.host(data_.faces.data_label(registry))) {
    return std::nullopt;
  }
  return registry;
}

// The network first, as everywhere; then whether the link is one, and whether it is good for the
// way that it came.
Answer DataFace::serve(http::Exchange& exchange, access::Visit& visit) {
  const http::Request& request = exchange.request();
  CO_TRY_ASSIGN(visit, gate_.enter_data(arrival_of(exchange), registry_of(exchange)));
  CO_TRY_ASSIGN(const std::string path, decode_path(request.path()));
  if (!match_path(kPattern, path)) {
    co_return fail(Code::kRouteUnknown,
                   "There is nothing at this path: a data endpoint serves signed links to blobs, "
                   "which the login server of the registry gives.");
  }
  if (request.method() != http::Method::kGet && request.method() != http::Method::kHead) {
    co_return fail(
        Error(Code::kUnsupported, "This path knows GET, HEAD.").with("allow", "GET, HEAD"));
  }
  CO_TRY_ASSIGN(const access::DataLink link,
                data_.links.verify(path, request.query(), visit.registry->key));
  note_fetch(exchange, visit, link);
  CO_TRY_ASSIGN(const policy::PullPermit permit, gate_.redeem(visit, link));
  co_return co_await answer_blob(blobs_, request, permit, link.digest);
}

// A client that was thought not to reach this host does, whether or not it is let in.
void DataFace::note_fetch(const http::Exchange& exchange, const access::Visit& visit,
                          const access::DataLink& link) {
  if (!data_.watch.fetched({link.registry, link.repository.text(), link.digest.text(),
                            policy::caller_key(visit.source)})) {
    return;
  }
  log_.info("data endpoint reached after all", {{"correlationId", exchange.correlation_id()},
                                                {"dataHost", access::host_name(visit.service)},
                                                {"repository", link.repository.text()},
                                                {"digest", link.digest.text()},
                                                {"client", visit.source.address},
                                                {"listener", visit.source.listener}});
}

Task<http::Response> DataFace::handle(http::Exchange& exchange) {
  access::Visit visit;
  auto answer = co_await serve(exchange, visit);
  if (!answer) log_refusal(log_, "data", exchange, answer.error(), visit);
  http::Response response =
      answer ? std::move(*answer) : failure(answer.error(), exchange.correlation_id());
  if (exchange.peer().tls) add_transport_security(response);
  co_return response;
}

http::Response DataFace::failure(const Error& error, const std::string& correlation_id) {
  return oci_error(error, correlation_id);
}

}  // namespace berth::api
