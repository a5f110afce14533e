#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/background.h"
#include "server/listeners.h"
#include "server/notify.h"
#include "server/server.h"
#include "server/wiring.h"

namespace berth::server {
namespace {

constexpr int kCouldNotStart = 3;

LogFormat log_format(const Config& config) {
  if (config.log.format == LogFormatChoice::kAuto) {
    return ::isatty(STDERR_FILENO) != 0 ? LogFormat::kHuman : LogFormat::kJson;
  }
  return config.log.format == LogFormatChoice::kHuman ? LogFormat::kHuman : LogFormat::kJson;
}

http::Limits http_limits(const Config& config) {
  http::Limits limits;
  limits.max_connections = config.limits.connections;
  limits.max_header_bytes = config.limits.header_bytes;
  limits.header_timeout = config.limits.header_timeout;
  limits.idle_timeout = config.limits.idle_timeout;
  limits.min_bytes_per_second = config.limits.min_body_rate;
  return limits;
}

// Every connection is a descriptor, and so is every download: take what the system allows.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

void log_requests(http::Server& server, Logger& log, LogRequests which) {
  server.on_request_done([&log, which](const http::RequestSummary& request) {
    // Refusals are logged where their reason is known. What never became a request (a TLS client
    // on the plain port, say) is noise.
    if (which == LogRequests::kErrors) return;
    log.info("request", {{"correlationId", request.correlation_id},
                         {"method", ClientText{request.method}},
                         {"path", ClientText{request.path}},
                         {"status", request.status},
                         {"bytesIn", request.bytes_in},
                         {"bytesOut", request.bytes_out},
                         {"seconds", request.seconds},
                         {"client", request.peer.address},
                         {"listener", request.peer.listener}});
  });
}

// Reads again what SIGHUP and a renewed certificate are about. Blocks on files: for a pool, whose
// job shares it, because it may end after the Run that wanted it. Safe from any thread.
class Reload {
 public:
  Reload(const Config& config, std::vector<std::shared_ptr<net::TlsContext>> tls, Logger& log)
      : config_(config), tls_(std::move(tls)), log_(log) {}

  void run() {
    // One after the other, so that what was read first never replaces what was read last.
    const std::lock_guard lock(mutex_);
    certificates();
    configuration();
  }

 private:
  void certificates() {
    bool all = !tls_.empty();
    for (const auto& tls : tls_) {
      const auto loaded = tls->reload();
      if (loaded) continue;
      all = false;
      log_.error("certificate not reloaded; the old one stays in use",
                 {{"reason", loaded.error().message}});
    }
    if (all) {
      log_.info("certificate reloaded", {{"expires", to_rfc3339(tls_.front()->expires())}});
    }
  }

  void configuration() {
    if (!config_.loaded_from) return;
    const ConfigResult fresh = load_config(*config_.loaded_from);
    if (fresh) {
      log_.set_level(fresh->config.log.level);
    } else {
      log_.error("configuration not reloaded", {{"where", fresh.error().front().where},
                                                {"reason", fresh.error().front().message}});
    }
  }

  const Config& config_;
  const std::vector<std::shared_ptr<net::TlsContext>> tls_;
  Logger& log_;
  std::mutex mutex_;
};

// One run of the server: what happens between "started" and "stopped".
class Run {
 public:
  Run(const Config& config, Wiring& wiring, http::Server& server, OpenListeners listeners,
      const Notifier& notifier)
      : config_(config),
        wiring_(wiring),
        server_(server),
        addresses_(std::move(listeners.addresses)),
        reload_(std::make_shared<Reload>(config, std::move(listeners.tls), wiring.environment.log)),
        notifier_(notifier),
        log_(wiring.environment.log) {}

  // Ends when a signal has stopped the server and everything is drained.
  Task<> until_stopped(asio::signal_set& signals) {
    start_background_work(wiring_, config_);
    announce();
    while (true) {
      const int signal = co_await signals.async_wait(use_task);
      if (signal != SIGHUP) break;
      // Not awaited: files that cannot be read must not keep the server from stopping.
      asio::co_spawn(co_await asio::this_coro::executor, reload(), asio::detached);
    }
    tell(notifier_.stopping("draining"));
    log_.info("stopping", {{"connections", server_.active_connections()}});
    co_await server_.drain(config_.server.drain);
    co_await wiring_.registry->uploads.checkpoint_all();
    wiring_.loop.stop();
  }

  // `--tls auto`: the certificate is made anew long before it ends.
  Task<> keep_certificate() {
    while (wiring_.certificates) {
      asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(24));
      co_await timer.async_wait(use_task);
      const auto renewed = co_await wiring_.disk.run(
          [certificates = wiring_.certificates] { return certificates->renew_if_due(); });
      if (!renewed) {
        log_.error("certificate not renewed",
                   {{"reason", renewed.error().message}, {"cause", renewed.error().cause}});
      } else if (*renewed) {
        co_await reload();
      }
    }
  }

  Task<> keep_watchdog() {
    const auto interval = notifier_.watchdog_interval();
    while (interval) {
      asio::steady_timer timer(co_await asio::this_coro::executor, *interval);
      co_await timer.async_wait(use_task);
      tell(notifier_.alive());
    }
  }

 private:
  void announce() {
    for (const std::string& address : addresses_) fmt::print("berth: {}\n", address);
    fmt::print("berth: ready\n");
    std::fflush(stdout);
    log_.info("ready", {{"data", wiring_.data.path()}, {"version", BERTH_VERSION}});
    tell(notifier_.ready("serving"));
  }

  Task<> reload() {
    tell(notifier_.reloading());
    co_await wiring_.disk.run([reload = reload_] { reload->run(); });
    server_.review_clients();
    tell(notifier_.ready("serving"));
  }

  void tell(const Result<>& told) {
    if (!told) log_.warning("service manager not told", {{"cause", told.error().cause}});
  }

  const Config& config_;
  Wiring& wiring_;
  http::Server& server_;
  const std::vector<std::string> addresses_;
  const std::shared_ptr<Reload> reload_;
  const Notifier& notifier_;
  Logger& log_;
};

// Before any client can begin an upload that would look like remains.
void clean_up(Wiring& wiring) {
  const auto clean = [&]() -> Task<> {
    const auto cleaned = co_await wiring.registry->uploads.clean_up_at_start();
    if (!cleaned) {
      wiring.environment.log.warning("uploads not cleaned", {{"cause", cleaned.error().cause}});
    }
  };
  asio::co_spawn(asio::make_strand(wiring.loop), clean, asio::detached);
  wiring.loop.run();
  wiring.loop.restart();
}

void run_loops(asio::io_context& loop, unsigned threads) {
  std::vector<std::thread> others;
  for (unsigned i = 1; i < threads; ++i) others.emplace_back([&loop] { loop.run(); });
  loop.run();
  for (std::thread& other : others) other.join();
}

int could_not_start(const Error& error) {
  fmt::print(stderr, "berth: {}\n", error.message);
  if (!error.cause.empty()) fmt::print(stderr, "berth: ({})\n", error.cause);
  return kCouldNotStart;
}

}  // namespace

int serve(const Config& config) {
  const Notifier notifier = Notifier::from_environment();  // before any thread
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  const SystemClock clock;
  SystemRandom random;
  Metrics metrics;
  Logger log(STDERR_FILENO, log_format(config), config.log.level, clock);
  auto wiring = Wiring::build(config, {clock, random, log, metrics});
  if (!wiring) return could_not_start(wiring.error());
  Wiring& w = **wiring;
  if (const auto loaded = w.load(config); !loaded) return could_not_start(loaded.error());
  clean_up(w);
  asio::signal_set signals(asio::make_strand(w.loop), SIGTERM, SIGINT, SIGHUP);
  metrics.gauge_function("berth_open_uploads", "Uploads in progress.",
                         [&w] { return static_cast<double>(w.registry->uploads.open_count()); });
  http::Server server({w.loop, w.disk, log, random, metrics, clock}, http_limits(config));
  log_requests(server, log, config.log.requests);
  auto listeners = open_listeners(config, w, server);
  if (!listeners) return could_not_start(listeners.error());
  Run run(config, w, server, std::move(*listeners), notifier);
  asio::co_spawn(asio::make_strand(w.loop), run.until_stopped(signals), asio::detached);
  asio::co_spawn(asio::make_strand(w.loop), run.keep_watchdog(), asio::detached);
  asio::co_spawn(asio::make_strand(w.loop), run.keep_certificate(), asio::detached);
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  run_loops(w.loop, config.server.threads == 0 ? cores : config.server.threads);
  log.info("stopped");
  return 0;
}

}  // namespace berth::server
