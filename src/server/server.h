// What the command line asks of the server: serve, or do maintenance without one.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

#include "server/config.h"

namespace berth::server {

// Serves until SIGTERM or SIGINT, then drains. SIGHUP reloads certificates and the log level.
// Prints one line per listener and `berth: ready` on standard output. Returns the exit code: 0
// after a graceful stop, 3 when it could not start (the reason is on standard error).
int serve(const Config& config);

enum class Maintenance { kGc, kVerify };
struct MaintenanceRequest {
  Maintenance what = Maintenance::kGc;
  bool dry_run = false;
  bool repair = false;
  std::optional<std::chrono::seconds> grace;
};

// The same work as POST /gc and /verify on the server's socket, by this process, under the data
// directory's lock. `on_line` gets the same JSON lines (docs/storage.md). Returns 0, or 3 when the
// data could not be opened or the work failed: then the last line is of kind "error".
int run_offline(const Config& config, const MaintenanceRequest& request,
                const std::function<void(std::string_view json_line)>& on_line);

}  // namespace berth::server
