// The management face (az-acr-wire 1.3, 5): turns HTTP into requests of control::Engine and back.
//
// Over TLS the caller shows a directory token for this face's audience. On the machine's own socket
// the peer is Owner. Plain HTTP is refused. `/metadata/endpoints` is open to everybody: with it a
// client finds the other faces. Holds no state; safe from any thread.
#pragma once

#include <string>
#include <vector>

#include "access/directory_login.h"
#include "access/gate.h"
#include "api/faces.h"
#include "base/logger.h"
#include "control/engine.h"
#include "http/exchange.h"

namespace berth::api {

class Query;

class ArmFace final : public http::Service {
 public:
  static constexpr std::uint64_t kMaxBodyBytes = 1024UL * 1024;

  ArmFace(control::Engine& engine, const access::Gate& gate, access::DirectoryLogin& directory,
          Faces faces, std::string tenant, Logger& log);

  Task<http::Response> handle(http::Exchange& exchange) override;
  http::Response failure(const Error& error, const std::string& correlation_id) override;

 private:
  Task<Result<http::Response>> answer(http::Exchange& exchange);
  Task<Result<policy::Principal>> caller(const http::Exchange& exchange);
  Result<control::Request> read_head(const http::Exchange& exchange, const Query& query,
                                     std::string path) const;

  control::Engine& engine_;
  const access::Gate& gate_;
  access::DirectoryLogin& directory_;
  const Faces faces_;
  const std::string tenant_;
  const std::vector<std::string> audiences_;
  Logger& log_;
};

}  // namespace berth::api
