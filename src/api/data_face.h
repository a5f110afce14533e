// The registries' data endpoints, <registry>.<region>.data.<domain> (docs/network.md §5): GET and
// HEAD of signed links to blobs, and nothing else. An Authorization header is ignored: clients that
// forward theirs on a redirect mean no harm. Over TLS only. Safe from any thread.
#pragma once

#include <optional>
#include <string>

#include "access/gate.h"
#include "api/data_endpoints.h"
#include "api/route.h"
#include "base/logger.h"
#include "http/exchange.h"
#include "registry/blobs.h"

namespace berth::api {

class DataFace final : public http::Service {
 public:
  DataFace(const access::Gate& gate, registry::Blobs& blobs, DataEndpoints data, Logger& log)
      : gate_(gate), blobs_(blobs), data_(data), log_(log) {}

  Task<http::Response> handle(http::Exchange& exchange) override;
  http::Response failure(const Error& error, const std::string& correlation_id) override;

 private:
  Answer serve(http::Exchange& exchange, access::Visit& visit);
  std::optional<std::string> registry_of(const http::Exchange& exchange) const;
  void note_fetch(const http::Exchange& exchange, const access::Visit& visit,
                  const access::DataLink& link);

  const access::Gate& gate_;
  registry::Blobs& blobs_;
  const DataEndpoints data_;
  Logger& log_;
};

}  // namespace berth::api
