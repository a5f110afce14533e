// `berth verify`.
#include "cli/maintenance.h"
#include "cli/verbs.h"

namespace berth::cli {

int run_verify(const Invocation& call, Context& context) {
  const MaintenanceJob job{MaintenanceJob::What::kVerify, false, call.has("--repair"),
                           std::nullopt};
  return run_maintenance(call, context, job);
}

}  // namespace berth::cli
