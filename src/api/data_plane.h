// The data plane: OCI Distribution Specification 1.1 under /v2/ and ACR's metadata API under
// /acr/v1/. Turns HTTP into service calls and back; holds no state of its own.
// Safe from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "access/gate.h"
#include "api/data_endpoints.h"
#include "api/route.h"
#include "base/logger.h"
#include "http/exchange.h"
#include "registry/blobs.h"
#include "registry/catalog.h"
#include "registry/manifests.h"
#include "registry/uploads.h"

namespace berth::api {

struct DataPlaneLimits {
  std::uint64_t manifest_bytes = 4ULL * 1024 * 1024;
  std::size_t page_entries = 1000;
};

struct Services {
  registry::Blobs& blobs;
  registry::Uploads& uploads;
  registry::Manifests& manifests;
  registry::Catalog& catalog;
};

class RegistryTokens;

// Who may come in, and who it is.
struct SignIn {
  const access::Gate& gate;
  const access::Authenticator& authenticator;
  const RegistryTokens& tokens;  // /oauth2/…
};

class DataPlane final : public http::Service {
 public:
  DataPlane(SignIn sign_in, Services services, Logger& log, DataPlaneLimits limits,
            DataEndpoints data);
  ~DataPlane() override;
  DataPlane(const DataPlane&) = delete;
  DataPlane& operator=(const DataPlane&) = delete;

  Task<http::Response> handle(http::Exchange& exchange) override;
  http::Response failure(const Error& error, const std::string& correlation_id) override;

  // Every route, for tests that walk the table and for docs.
  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Handlers;
  static std::vector<Route> oci_routes(Handlers& handlers);
  static std::vector<Route> acr_routes(Handlers& handlers);
  // What is known of a request so far, for its refusal.
  struct Progress {
    access::Visit visit;
    bool entered = false;
    const Route* row = nullptr;  // a 401 from here on says where to get a token, and for what
    PathMatch match;
  };
  Answer dispatch(http::Exchange& exchange, Progress& progress);
  http::Response refusal(const http::Exchange& exchange, const Error& error,
                         const Progress& progress);
  const Route* find(http::Method method, std::string_view path, PathMatch& match) const;
  Error no_route(std::string_view path) const;

  const SignIn sign_in_;
  Logger& log_;
  std::unique_ptr<Handlers> handlers_;
  std::vector<Route> routes_;
};

}  // namespace berth::api
