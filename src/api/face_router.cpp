#include "api/face_router.h"

#include <fmt/format.h>

#include "access/host.h"
#include "api/oci_errors.h"
#include "api/refusal_log.h"

namespace berth::api {
namespace {

Error misdirected(std::string message, std::string_view host) {
  return Error(Code::kMisdirected, std::move(message))
      .with("host", std::string(host.substr(0, 255)));
}

}  // namespace

std::optional<Face> FaceRouter::face_named(std::string_view host) const {
  if (!host.ends_with(faces_.domain)) return std::nullopt;
  std::string_view label = host.substr(0, host.size() - faces_.domain.size());
  if (label.size() < 2 || !label.ends_with('.')) return std::nullopt;
  label.remove_suffix(1);
  for (const Face face : {Face::kManagement, Face::kLogin, Face::kGraph, Face::kLogs}) {
    if (label == face_name(face)) return face;
  }
  if (label.find('.') == std::string_view::npos) return Face::kRegistry;
  const std::string data = faces_.data_label("");
  if (label.size() > data.size() && label.ends_with(data)) return Face::kData;
  return std::nullopt;
}

Result<http::Service*> FaceRouter::service_for(const http::Exchange& exchange) const {
  const std::string host = access::host_name(exchange.request().header("Host").value_or(""));
  const std::string& sni = exchange.peer().server_name;
  if (!sni.empty() && sni != host) {
    return fail(misdirected(
        fmt::format("The TLS connection was opened for {} (SNI) and the request is for another "
                    "host; open a connection of its own for it.",
                    sni),
        host));
  }
  const auto face = face_named(host);
  if (!face) {
    return fail(misdirected(
        fmt::format("The Host header names nothing here. A registry is <registry>.{0}; the other "
                    "faces are management.{0}, login.{0} and graph.{0}.",
                    faces_.domain),
        host));
  }
  if ((served_ & faces_of(*face)) == 0) {
    return fail(misdirected(
        fmt::format("This listener serves {} and not {}; connect for this host to an address that "
                    "serves it.",
                    faces_text(served_), face_name(*face)),
        host));
  }
  return services_[static_cast<std::size_t>(*face)];
}

Task<http::Response> FaceRouter::handle(http::Exchange& exchange) {
  const auto face = service_for(exchange);
  if (face) co_return co_await (*face)->handle(exchange);
  log_refusal(log_, "", exchange, face.error(), {});
  co_return failure(face.error(), exchange.correlation_id());
}

http::Response FaceRouter::failure(const Error& error, const std::string& correlation_id) {
  return oci_error(error, correlation_id);
}

Task<http::Response> EmptyFace::handle(http::Exchange& exchange) {
  const Error error(Code::kRouteUnknown, what_);
  log_refusal(log_, name_, exchange, error);
  co_return failure(error, exchange.correlation_id());
}

http::Response EmptyFace::failure(const Error& error, const std::string& correlation_id) {
  return oci_error(error, correlation_id);
}

}  // namespace berth::api
