#include "api/login_log.h"

namespace berth::api {

void log_refusal(Logger& log, const http::Exchange& exchange, const Error& error) {
  const CodeRow& row = code_row(error.code);
  const bool waiting =
      error.exact_code == "authorization_pending" || error.exact_code == "slow_down";
  const LogLevel level = row.http_status >= 500 ? LogLevel::kError
                         : waiting              ? LogLevel::kDebug
                                                : LogLevel::kInfo;
  log.log(level, "request refused",
          {{"correlationId", exchange.correlation_id()},
           {"method", exchange.request().method_text()},
           {"path", exchange.request().path()},
           {"status", row.http_status},
           {"code", error.exact_code.empty() ? std::string(row.arm) : error.exact_code},
           {"message", error.message},
           {"cause", error.cause},
           {"client", exchange.peer().address}});
}

}  // namespace berth::api
