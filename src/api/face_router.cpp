#include "api/face_router.h"

#include <fmt/format.h>

#include "api/oci_errors.h"
#include "policy/ascii.h"

namespace berth::api {
namespace {

Error misdirected(std::string message, std::string_view host) {
  return Error(Code::kMisdirected, std::move(message))
      .with("host", std::string(host.substr(0, 255)));
}

}  // namespace

std::string host_name(std::string_view host_header) {
  // The last ':' begins a port only outside the brackets of an IPv6 address.
  const auto colon = host_header.rfind(':');
  if (colon != std::string_view::npos && host_header.find(']', colon) == std::string_view::npos) {
    host_header = host_header.substr(0, colon);
  }
  if (host_header.ends_with('.')) host_header.remove_suffix(1);
  return policy::lower(host_header);
}

Result<http::Service*> FaceRouter::face_of(const http::Exchange& exchange) const {
  const std::string host = host_name(exchange.request().header("Host").value_or(""));
  const std::string& sni = exchange.peer().server_name;
  if (!sni.empty() && sni != host) {
    return fail(misdirected(
        fmt::format("The TLS connection was opened for {} (SNI) and the request is for another "
                    "host; open a connection of its own for it.",
                    sni),
        host));
  }
  const std::string suffix = "." + faces_.domain;
  if (host.size() > suffix.size() && host.ends_with(suffix)) {
    const std::string_view label = std::string_view(host).substr(0, host.size() - suffix.size());
    if (const auto at = services_.find(label); at != services_.end()) return at->second;
    if (label.find('.') == std::string_view::npos) return &registries_;
    const std::string data = fmt::format(".{}.data", faces_.region);
    if (label.size() > data.size() && label.ends_with(data)) return &data_;
  }
  return fail(misdirected(
      fmt::format("The Host header names nothing here. A registry is <registry>.{0}; the other "
                  "faces are management.{0}, login.{0} and graph.{0}.",
                  faces_.domain),
      host));
}

Task<http::Response> FaceRouter::handle(http::Exchange& exchange) {
  const auto face = face_of(exchange);
  if (face) co_return co_await (*face)->handle(exchange);
  log_.info("request refused", {{"correlationId", exchange.correlation_id()},
                                {"status", 421},
                                {"message", face.error().message},
                                {"client", exchange.peer().address}});
  co_return failure(face.error(), exchange.correlation_id());
}

http::Response FaceRouter::failure(const Error& error, const std::string& correlation_id) {
  return oci_error(error, correlation_id);
}

Task<http::Response> EmptyFace::handle(http::Exchange& exchange) {
  co_return failure(Error(Code::kRouteUnknown, what_), exchange.correlation_id());
}

http::Response EmptyFace::failure(const Error& error, const std::string& correlation_id) {
  return oci_error(error, correlation_id);
}

}  // namespace berth::api
