// What `berth gc` and `berth verify` share: the job goes to the server that runs on the data
// directory, over its socket, or is done here when none runs. Blocks.
#pragma once

#include "cli/command.h"

namespace berth::cli {

// "/gc?dryRun=true&graceSeconds=3600", "/verify?repair=true"
std::string maintenance_target(const MaintenanceJob& job);

// Does the job and shows its findings; returns an exit code.
int run_maintenance(const Invocation& call, Context& context, const MaintenanceJob& job);

}  // namespace berth::cli
