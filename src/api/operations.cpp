#include "api/operations.h"

#include <fmt/format.h>

#include "api/arrival.h"
#include "api/oci_errors.h"

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

Task<http::Response> Operations::handle(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  const auto entered = gate_.enter_operations(arrival_of(exchange));
  if (!entered) co_return failure(entered.error(), exchange.correlation_id());
  if (request.method() != http::Method::kGet && request.method() != http::Method::kHead) {
    co_return failure(
        Error(Code::kUnsupported, "This path knows GET and HEAD.").with("allow", "GET, HEAD"),
        exchange.correlation_id());
  }
  // Alive is: this line runs. A deadlocked loop does not answer.
  if (request.path() == "/livez") co_return text(200, "alive\n");
  if (request.path() == "/readyz") co_return co_await readiness();
  if (request.path() == "/metrics") {
    http::Response response = text(200, metrics_.exposition());
    response.headers.front().second = "text/plain; version=0.0.4; charset=utf-8";
    co_return response;
  }
  co_return failure(Error(Code::kRouteUnknown, "Here are /livez, /readyz and /metrics."),
                    exchange.correlation_id());
}

http::Response Operations::failure(const Error& error, const std::string& correlation_id) {
  return oci_error(error, correlation_id);
}

}  // namespace berth::api
