// Maintenance over the server's own socket, for `berth gc` and `berth verify`:
//
//   POST /gc?dryRun=true&graceSeconds=3600
//   POST /verify?repair=true
//
// The answer is a stream of JSON lines as the work goes on (docs/storage.md lists them), pulled at
// the pace of the reader; closing the connection stops the work. Safe from any thread.
#pragma once

#include <memory>
#include <string>

#include "access/gate.h"
#include "base/logger.h"
#include "http/exchange.h"
#include "registry/garbage_collector.h"
#include "registry/verifier.h"

namespace berth::api {

class Maintenance final : public http::Service {
 public:
  Maintenance(const access::Gate& gate, registry::GarbageCollector& collector,
              registry::Verifier& verifier, Logger& log)
      : gate_(gate), collector_(collector), verifier_(verifier), log_(log) {}

  Task<http::Response> handle(http::Exchange& exchange) override;
  http::Response failure(const Error& error, const std::string& correlation_id) override;

 private:
  Result<std::unique_ptr<registry::MaintenanceRun>> begin(const http::Exchange& exchange) const;

  const access::Gate& gate_;
  registry::GarbageCollector& collector_;
  registry::Verifier& verifier_;
  Logger& log_;
};

// The JSON lines of a run, as the CLI reads them; used offline too.
std::string finding_line(const registry::Finding& finding);
std::string progress_line(const registry::MaintenanceSummary& summary);
std::string summary_line(const registry::MaintenanceSummary& summary);
std::string error_line(const Error& error);

}  // namespace berth::api
