// The machine's own socket (docs/sign-in.md): maintenance, and the control plane for root and the
// server's user, who are Owner. By path: ARM, Graph, /gc and /verify, and what only the machine
// itself may ask under /berth/v1/. Safe from any thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "access/gate.h"
#include "api/faces.h"
#include "base/logger.h"
#include "http/exchange.h"

namespace berth::api {

// What GET /berth/v1/info tells.
struct LocalInfo {
  std::string version;
  Faces faces;
  std::string tenant, subscription;
  std::vector<std::string> http_listen;  // "localhost:5000"
  // The certificate of Berth's own authority, or empty.
  std::function<std::string()> authority_pem;
};

class LocalFace final : public http::Service {
 public:
  struct Behind {
    http::Service& arm;
    http::Service& graph;
    http::Service& maintenance;
    http::Service& machine_identity;  // tokens for managed identities, by the peer's user
  };
  LocalFace(const access::Gate& gate, const access::TokenService& tokens, Behind behind,
            LocalInfo info, Logger& log)
      : gate_(gate), tokens_(tokens), behind_(behind), info_(std::move(info)), log_(log) {}

  Task<http::Response> handle(http::Exchange& exchange) override;
  http::Response failure(const Error& error, const std::string& correlation_id) override;

 private:
  Task<Result<http::Response>> own(http::Exchange& exchange);
  Result<http::Response> describe() const;
  Task<Result<http::Response>> registry_token(http::Exchange& exchange,
                                              const access::Visit& visit) const;
  std::string login_server(const std::string& registry) const;

  const access::Gate& gate_;
  const access::TokenService& tokens_;
  const Behind behind_;
  const LocalInfo info_;
  Logger& log_;
};

}  // namespace berth::api
