// Which face a request over TLS is for: SNI and Host must name the same host, and that host a face
// (docs/sign-in.md) that is served on this listener (docs/network.md 2). Everything else is 421, so
// that a connection opened for one name cannot reach another behind it. Holds no state; safe from
// any thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "api/face_set.h"
#include "api/faces.h"
#include "base/logger.h"
#include "http/exchange.h"

namespace berth::api {

class FaceRouter final : public http::Service {
 public:
  using Services = std::array<http::Service*, kFaceNames.size()>;  // by Face; none is null

  FaceRouter(Faces faces, const Services& services, Logger& log, FaceSet served = kAllFaces)
      : faces_(std::move(faces)), services_(services), log_(log), served_(served) {}

  Task<http::Response> handle(http::Exchange& exchange) override;
  http::Response failure(const Error& error, const std::string& correlation_id) override;

 private:
  // A single label below the domain that is no other face's is a registry's.
  std::optional<Face> face_named(std::string_view host) const;
  Result<http::Service*> service_for(const http::Exchange& exchange) const;

  const Faces faces_;
  const Services services_;
  Logger& log_;
  const FaceSet served_;
};

// A face that exists by name and has nothing yet: every path is 404, in the OCI shape.
class EmptyFace final : public http::Service {
 public:
  // `name`: the face's, for the log.
  EmptyFace(std::string_view name, std::string what, Logger& log)
      : name_(name), what_(std::move(what)), log_(log) {}
  Task<http::Response> handle(http::Exchange& exchange) override;
  http::Response failure(const Error& error, const std::string& correlation_id) override;

 private:
  const std::string name_, what_;
  Logger& log_;
};

}  // namespace berth::api
