#include "cli/engine.h"

#include "server/server.h"

namespace berth::cli {

Engine make_engine() {
  Engine engine;
  engine.serve = [](const server::Config& config) { return server::serve(config); };
  engine.maintain = [](const server::Config& config, const MaintenanceJob& job,
                       const JsonLine& line) {
    server::MaintenanceRequest request;
    request.what = job.what == MaintenanceJob::What::kGc ? server::Maintenance::kGc
                                                         : server::Maintenance::kVerify;
    request.dry_run = job.dry_run;
    request.repair = job.repair;
    request.grace = job.grace;
    return server::run_offline(config, request, line);
  };
  return engine;
}

}  // namespace berth::cli
