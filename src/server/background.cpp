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

// Content of deleted registries goes piece by piece; what a stop interrupts goes on after the
// start.
Task<> sweep_registries(Wiring& wiring) {
  while (true) {
    const auto more = co_await wiring.control->sweep();
    if (!more) {
      wiring.environment.log.warning(
          "content of a deleted registry not removed",
          {{"message", more.error().message}, {"cause", more.error().cause}});
    }
    co_await sleep_for(more && *more ? std::chrono::milliseconds(10) : std::chrono::seconds(10));
  }
}

// Row L41: who owns a secret learns in time that it ends. The gauge is what alerts are made of.
void warn_of_expiring_secrets(Wiring& wiring) {
  const TimePoint now = wiring.environment.clock.now();
  const auto state = wiring.people->directory.state();
  std::int64_t soonest = 0;
  for (const identity::ExpiringCredential& secret : identity::expiring_credentials(*state, now)) {
    const std::int64_t expires =
        std::chrono::duration_cast<Seconds>(secret.expires.time_since_epoch()).count();
    soonest = soonest == 0 ? expires : std::min(soonest, expires);
    if (identity::warning_day(secret.days) == 0) continue;
    wiring.environment.log.warning(
        "a credential expires soon; make another with 'berth sp reset' or 'az ad sp credential "
        "reset'",
        {{"application", secret.display_name},
         {"appId", secret.app_id},
         {"keyId", secret.key_id},
         {"expires", to_rfc3339(secret.expires)},
         {"days", secret.days}});
  }
  wiring.next_secret_expiry = soonest;
}

Task<> daily(Wiring& wiring) {
  Logger& log = wiring.environment.log;
  while (true) {
    warn_of_expiring_secrets(wiring);
    const auto rotated = co_await wiring.people->keys.rotate();
    if (!rotated) log.error("signing keys not rotated", {{"cause", rotated.error().cause}});
    if (rotated && *rotated) log.info("signing keys rotated");
    const auto swept = co_await wiring.people->user_grants.sweep();
    if (!swept) log.warning("old sign-ins not removed", {{"cause", swept.error().cause}});
    co_await sleep_for(std::chrono::hours(24));
  }
}

}  // namespace

void start_background_work(Wiring& wiring, const Config& config) {
  asio::co_spawn(asio::make_strand(wiring.loop), expire_uploads(wiring, config.uploads.expire),
                 asio::detached);
  asio::co_spawn(asio::make_strand(wiring.loop), sweep_registries(wiring), asio::detached);
  asio::co_spawn(asio::make_strand(wiring.loop), daily(wiring), asio::detached);
  wiring.environment.metrics.gauge_function(
      "berth_next_secret_expiry_timestamp_seconds",
      "When the next secret or certificate of the directory expires, if within 30 days; else 0.",
      [&wiring] { return static_cast<double>(wiring.next_secret_expiry.load()); });
  if (config.gc.interval > milliseconds::zero()) {
    asio::co_spawn(asio::make_strand(wiring.loop), collect_garbage(wiring, config.gc.interval),
                   asio::detached);
  }
}

}  // namespace berth::server
