#include "server/background.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

namespace berth::server {
namespace {

Task<> sleep_for(milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(use_task);
}

Task<> expire_uploads(Wiring& wiring, milliseconds expire) {
  const milliseconds pause = std::clamp<milliseconds>(expire / 10, std::chrono::milliseconds(100),
                                                      std::chrono::minutes(10));
  while (true) {
    co_await sleep_for(pause);
    co_await wiring.registry->uploads.expire();
  }
}

Task<Result<registry::MaintenanceSummary>> collect(Wiring& wiring) {
  CO_TRY_ASSIGN(const auto run, wiring.registry->collector.begin_scheduled());
  std::vector<registry::Finding> findings;
  while (true) {
    CO_TRY_ASSIGN(const bool more, co_await run->step(findings));
    findings.clear();
    if (!more) co_return run->summary();
  }
}

Task<> collect_garbage(Wiring& wiring, milliseconds interval) {
  Logger& log = wiring.environment.log;
  while (true) {
    co_await sleep_for(interval);
    const auto summary = co_await collect(wiring);
    if (!summary) {
      log.warning("garbage collection stopped",
                  {{"message", summary.error().message}, {"cause", summary.error().cause}});
    } else if (summary->removed > 0 || summary->dropped_links > 0) {
      log.info("garbage collected", {{"blobs", summary->removed},
                                     {"bytes", summary->removed_bytes},
                                     {"links", summary->dropped_links}});
    }
  }
}

}  // namespace

void start_background_work(Wiring& wiring, const Config& config) {
  asio::co_spawn(asio::make_strand(wiring.loop), expire_uploads(wiring, config.uploads.expire),
                 asio::detached);
  if (config.gc.interval > milliseconds::zero()) {
    asio::co_spawn(asio::make_strand(wiring.loop), collect_garbage(wiring, config.gc.interval),
                   asio::detached);
  }
}

}  // namespace berth::server
