#include <unistd.h>

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <filesystem>

#include "server/server.h"
#include "server/wiring.h"

namespace berth::server {
namespace {

constexpr int kFailed = 3;

// This process is the operator on the machine: whoever may open the data directory is its owner.
Result<std::unique_ptr<registry::MaintenanceRun>> begin(Wiring& wiring,
                                                        const MaintenanceRequest& request) {
  policy::Source source;
  source.own_socket = true;
  source.uid = ::getuid();
  TRY_ASSIGN(const access::Visit visit, wiring.gate.enter_own_socket(source));
  TRY_ASSIGN(const policy::OperatePermit permit,
             wiring.gate.authorize<policy::Action::kOperate>(visit));
  if (request.what == Maintenance::kVerify) {
    return wiring.registry->verifier.begin(permit, request.repair);
  }
  registry::GcRequest gc{request.dry_run, request.grace};
  // No server runs, so no client was told anything that could still hold.
  if (!gc.grace) gc.grace = wiring.registry->collector.grace();
  return wiring.registry->collector.begin(permit, gc);
}

Task<Result<void>> drive(Wiring& wiring, const MaintenanceRequest& request,
                         const std::function<void(std::string_view)>& on_line) {
  CO_TRY_ASSIGN(const auto run, begin(wiring, request));
  std::vector<registry::Finding> findings;
  while (true) {
    CO_TRY_ASSIGN(const bool more, co_await run->step(findings));
    for (const registry::Finding& finding : findings) on_line(api::finding_line(finding));
    if (!more) break;
    if (findings.empty()) on_line(api::progress_line(run->summary()));
    findings.clear();
  }
  on_line(api::summary_line(run->summary()));
  co_return Result<void>{};
}

}  // namespace

int run_offline(const Config& config, const MaintenanceRequest& request,
                const std::function<void(std::string_view json_line)>& on_line) {
  const SystemClock clock;
  SystemRandom random;
  Metrics metrics;
  Logger log(STDERR_FILENO, LogFormat::kHuman, LogLevel::kWarning, clock);
  std::error_code ignored;
  if (!std::filesystem::exists(config.server.data + "/metadata.db", ignored)) {
    on_line(api::error_line(Error(
        Code::kInvalidRequest,
        fmt::format("{} is no data directory of Berth (it has no metadata.db); name the right one "
                    "with --data.",
                    config.server.data))));
    return kFailed;
  }
  auto wiring = Wiring::build(config, {clock, random, log, metrics});
  if (!wiring) {
    on_line(api::error_line(wiring.error()));
    return kFailed;
  }
  Result<void> outcome;
  asio::co_spawn(
      asio::make_strand((*wiring)->loop),
      [&]() -> Task<> { outcome = co_await drive(**wiring, request, on_line); },
      [](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
      });
  (*wiring)->loop.run();
  if (outcome) return 0;
  on_line(api::error_line(outcome.error()));
  return kFailed;
}

}  // namespace berth::server
