#include "cli/maintenance.h"

#include <fmt/format.h>

#include <filesystem>
#include <ostream>
#include <system_error>

#include "cli/maintenance_view.h"
#include "cli/verbs.h"
#include "client/http_client.h"
#include "server/config_values.h"

namespace berth::cli {
namespace {

// Nothing when no server runs there; otherwise the exit code, after the server's findings or the
// reason why there are none.
std::optional<int> ask_server(const std::string& socket, const MaintenanceJob& job,
                              MaintenanceView& view) {
  client::HttpRequest request;
  request.method = "POST";
  request.url = "http://localhost" + maintenance_target(job);
  request.unix_socket = socket;
  request.timeout = std::chrono::milliseconds(0);  // it takes what it takes; a dead server hangs up
  const auto answer = client::HttpClient().stream_lines(request, [&](std::string_view line) {
    view.line(line);
    return true;
  });
  if (!answer) {
    if (answer.error().code == Code::kUnavailable) return std::nullopt;
    return view.fail(answer.error().code == Code::kDenied
                         ? answer.error().message + "; run this as root or as the server's user"
                         : answer.error().message);
  }
  if (answer->status != 200) {
    return view.fail(fmt::format("the server refused with status {}: {}", answer->status,
                                 std::string_view(answer->body).substr(0, 1000)));
  }
  return view.finish();
}

std::string grace_of(const MaintenanceJob& job, const server::Config& config) {
  if (job.what != MaintenanceJob::What::kGc) return {};
  return server::format_duration(job.grace ? std::chrono::milliseconds(*job.grace)
                                           : config.gc.grace);
}

}  // namespace

std::string maintenance_target(const MaintenanceJob& job) {
  if (job.what == MaintenanceJob::What::kVerify) {
    return fmt::format("/verify?repair={}", job.repair);
  }
  std::string out = fmt::format("/gc?dryRun={}", job.dry_run);
  if (job.grace) out += fmt::format("&graceSeconds={}", job.grace->count());
  return out;
}

int run_maintenance(const Invocation& call, Context& context, const MaintenanceJob& job) {
  const auto loaded = load_or_explain(call, context);
  if (!loaded) return kUsage;
  const std::string& data = loaded->config.server.data;
  MaintenanceView view(context.out, context.err,
                       {.json = call.json(),
                        .progress = context.progress && !call.json(),
                        .kept = job.dry_run || call.has("--verbose"),
                        .dry_run = job.dry_run,
                        .grace = grace_of(job, loaded->config)});
  std::error_code error;
  if (!std::filesystem::is_directory(data, error)) {
    return view.fail(
        fmt::format("there is no data directory {}; name it with --data or --config", data));
  }
  if (const auto code = ask_server(data + "/berth.sock", job, view)) return *code;
  const int code =
      context.engine.maintain(loaded->config, job, [&](std::string_view line) { view.line(line); });
  // A job that could not run may have said so itself, and not as a line.
  return code == kGood || code == kProblem ? view.finish() : code;
}

}  // namespace berth::cli
