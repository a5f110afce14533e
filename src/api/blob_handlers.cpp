#include "api/blob_handlers.h"

#include <fmt/format.h>

#include "access/host.h"
#include "api/blob_answer.h"
#include "base/ascii.h"

namespace berth::api {
namespace {

// A link in somebody's cache is a decision that is not asked again.
constexpr std::string_view kLinkCaching = "private, max-age=60";

// The laptop face has no other host to send anybody to.
bool has_data_endpoint(const access::Visit& visit, const Faces& faces) {
  return access::has_data_endpoint(*visit.registry) && visit.source.tls && faces.any();
}

// On the port that the client reached this server by, which need not be one that the server knows:
// another listener's, or one that a port is mapped to.
std::string data_origin(const access::Visit& visit, const std::string& host) {
  const std::string port = access::split_host(visit.service).port;
  return "https://" + host + (port.empty() || port == "443" ? "" : ":" + port);
}

// Who asks for which part, for the watch.
std::string asker_of(const Call& call) {
  const policy::Principal& who = call.visit.identity.principal();
  return fmt::format("{} {} {}", policy::kind_name(who.kind), who.id,
                     call.request().header("Range").value_or(""));
}

}  // namespace

std::optional<std::string> BlobHandlers::link_for(const Call& call,
                                                  const oci::RepositoryName& repository,
                                                  const oci::Digest& digest) {
  const access::Visit& visit = call.visit;
  access::Way way = call.gate.way_of(visit);
  const access::DataLink link{
      visit.registry->key, repository,       digest, std::move(way.private_endpoint),
      way.service,         data_.links.end()};
  const std::string host = data_.faces.host(data_.faces.data_label(lower(visit.registry->name)));
  const auto seen =
      data_.watch.given({link.registry, repository.text(), digest.text(), caller_key(visit.source)},
                        asker_of(call), link.end, data_.clock.now());
  const bool in_place = data_.retry_in_place && seen != LinkWatch::Seen::kFirst;
  if (seen == LinkWatch::Seen::kUnreached) {
    log_->warning("data endpoint not reached", {{"correlationId", call.exchange.correlation_id()},
                                                {"registry", visit.registry->name},
                                                {"dataHost", host},
                                                {"repository", repository.text()},
                                                {"digest", digest.text()},
                                                {"principal", visit.identity.principal().name},
                                                {"client", visit.source.address},
                                                {"proxy", visit.source.proxy},
                                                {"privateEndpoint", link.private_endpoint},
                                                {"listener", visit.source.listener},
                                                {"destination", visit.source.destination},
                                                {"servedInPlace", in_place}});
  }
  if (in_place) return std::nullopt;
  return data_origin(visit, host) + data_.links.path_and_query(link);
}

Answer BlobHandlers::get(Call& call, const policy::PullPermit& permit) {
  CO_TRY_ASSIGN(const oci::Digest digest, oci::Digest::parse(call.reference));
  if (has_data_endpoint(call.visit, data_.faces) && !described_only(call.request(), digest)) {
    CO_TRY(co_await blobs_->stat(permit, digest));
    if (auto link = link_for(call, permit.repository(), digest)) {
      http::Response response(307);
      response.header("Location", std::move(*link))
          .header("Docker-Content-Digest", digest.text())
          .header("Cache-Control", std::string(kLinkCaching));
      co_return response;
    }
  }
  co_return co_await answer_blob(*blobs_, call.request(), permit, digest);
}

Answer BlobHandlers::remove(Call& call, const policy::DeletePermit& permit) {
  CO_TRY_ASSIGN(const oci::Digest digest, oci::Digest::parse(call.reference));
  CO_TRY(co_await blobs_->remove(permit, digest));
  http::Response response(202);
  response.header("Docker-Content-Digest", digest.text());
  co_return response;
}

}  // namespace berth::api
