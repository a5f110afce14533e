// `berth gc`.
#include <chrono>

#include "cli/api_error.h"
#include "cli/flag_values.h"
#include "cli/maintenance.h"
#include "cli/verbs.h"

namespace berth::cli {

int run_gc(const Invocation& call, Context& context) {
  MaintenanceJob job{MaintenanceJob::What::kGc, call.has("--dry-run"), false, std::nullopt};
  if (call.has("--grace")) {
    const auto time = duration_of(call, "--grace", "1h or 30m", std::chrono::milliseconds(0));
    if (!time) return report(context, time.error());
    // Rounded up: never younger than what was asked for.
    job.grace = std::chrono::ceil<std::chrono::seconds>(*time);
  }
  return run_maintenance(call, context, job);
}

}  // namespace berth::cli
