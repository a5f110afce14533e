// The operations listener: /livez, /readyz and /metrics, for the machine itself and its monitoring.
// Serves no content. Safe from any thread.
#pragma once

#include <atomic>
#include <functional>

#include "access/gate.h"
#include "base/logger.h"
#include "base/metrics.h"
#include "http/exchange.h"

namespace berth::api {

class Operations final : public http::Service {
 public:
  // `ready` proves that the server can do its work now (storage and metadata answer).
  Operations(const access::Gate& gate, const Metrics& metrics, Logger& log,
             std::function<Task<Result<void>>()> ready)
      : gate_(gate), metrics_(metrics), log_(log), ready_(std::move(ready)) {}

  Task<http::Response> handle(http::Exchange& exchange) override;
  http::Response failure(const Error& error, const std::string& correlation_id) override;

 private:
  Task<Result<http::Response>> answer(const http::Exchange& exchange);
  Task<http::Response> readiness();

  const access::Gate& gate_;
  const Metrics& metrics_;
  Logger& log_;
  std::function<Task<Result<void>>()> ready_;
};

}  // namespace berth::api
