// `berth gc`.
#include <fmt/format.h>

#include <chrono>
#include <ostream>

#include "cli/maintenance.h"
#include "cli/verbs.h"
#include "server/config_values.h"

namespace berth::cli {

int run_gc(const Invocation& call, Context& context) {
  MaintenanceJob job{MaintenanceJob::What::kGc, call.has("--dry-run"), false, std::nullopt};
  if (const auto flag = call.values.find("--grace"); flag != call.values.end()) {
    const auto time = server::parse_duration(flag->second);
    if (!time) {
      context.err << fmt::format("berth gc: --grace is {}; it must be a time, such as 1h or 30m\n",
                                 server::in_quotes(flag->second));
      return kUsage;
    }
    // Rounded up: never younger than what was asked for.
    job.grace = std::chrono::ceil<std::chrono::seconds>(*time);
  }
  return run_maintenance(call, context, job);
}

}  // namespace berth::cli
