#include "api/operations.h"

#include <fmt/format.h>

#include "api/arrival.h"
#include "api/oci_errors.h"
#include "api/refusal_log.h"

namespace berth::api {
namespace {

http::Response text(unsigned status, std::string body) {
  http::Response response(status);
  response.header("Content-Type", "text/plain; charset=utf-8").header("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

}  // namespace

Task<http::Response> Operations::readiness() {
  const auto outcome = co_await ready_();
  if (outcome) co_return text(200, "ready\n");
  co_return text(503, fmt::format("not ready: {}\n", outcome.error().message));
}

Task<Result<http::Response>> Operations::answer(const http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  CO_TRY(gate_.enter_operations(arrival_of(exchange)));
  if (request.method() != http::Method::kGet && request.method() != http::Method::kHead) {
    co_return fail(
        Error(Code::kUnsupported, "This path knows GET and HEAD.").with("allow", "GET, HEAD"));
  }
  // Alive is: this line runs. A deadlocked loop does not answer.
  if (request.path() == "/livez") co_return text(200, "alive\n");
  if (request.path() == "/readyz") co_return co_await readiness();
  if (request.path() == "/metrics") {
    http::Response response = text(200, metrics_.exposition());
    response.headers.front().second = "text/plain; version=0.0.4; charset=utf-8";
    co_return response;
  }
  co_return fail(Code::kRouteUnknown, "Here are /livez, /readyz and /metrics.");
}

Task<http::Response> Operations::handle(http::Exchange& exchange) {
  auto answered = co_await answer(exchange);
  if (answered) co_return std::move(*answered);
  log_refusal(log_, "operations", exchange, answered.error());
  co_return failure(answered.error(), exchange.correlation_id());
}

http::Response Operations::failure(const Error& error, const std::string& correlation_id) {
  return oci_error(error, correlation_id);
}

}  // namespace berth::api
