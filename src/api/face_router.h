// Which face a request over TLS is for: SNI and Host must name the same host, and that host a face
// (docs/sign-in.md). Everything else is 421, so that a connection opened for one name cannot reach
// another behind it. Holds no state; safe from any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "api/faces.h"
#include "base/logger.h"
#include "http/exchange.h"

namespace berth::api {

class FaceRouter final : public http::Service {
 public:
  // `faces`: first label of the host → service. Any other single label below the domain is a
  // registry's.
  FaceRouter(Faces faces, std::map<std::string, http::Service*, std::less<>> services,
             http::Service& registries, http::Service& data, Logger& log)
      : faces_(std::move(faces)),
        services_(std::move(services)),
        registries_(registries),
        data_(data),
        log_(log) {}

  Task<http::Response> handle(http::Exchange& exchange) override;
  http::Response failure(const Error& error, const std::string& correlation_id) override;

 private:
  Result<http::Service*> face_of(const http::Exchange& exchange) const;

  const Faces faces_;
  const std::map<std::string, http::Service*, std::less<>> services_;
  http::Service& registries_;
  http::Service& data_;
  Logger& log_;
};

// A face that exists by name and has nothing yet: every path is 404, in the OCI shape.
class EmptyFace final : public http::Service {
 public:
  explicit EmptyFace(std::string what) : what_(std::move(what)) {}
  Task<http::Response> handle(http::Exchange& exchange) override;
  http::Response failure(const Error& error, const std::string& correlation_id) override;

 private:
  const std::string what_;
};

// The host part of a Host header in lower case: without port and without a dot at the end.
std::string host_name(std::string_view host_header);

}  // namespace berth::api
