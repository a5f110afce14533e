#include "api/refusal_log.h"

#include "api/arrival.h"
#include "api/error_detail.h"

namespace berth::api {
namespace {

LogLevel level_of(int status, const http::Exchange& exchange, const access::Visit& visit) {
  const bool probe = status == 404 && exchange.request().method() == http::Method::kHead;
  const bool first = status == 401 && !visit.credentials_sent;
  if (status >= 500) return LogLevel::kError;
  return probe || first ? LogLevel::kDebug : LogLevel::kInfo;
}

}  // namespace

void log_refusal(Logger& log, std::string_view face, const http::Exchange& exchange,
                 const Error& error, const access::Visit& visit) {
  const int status = code_row(error.code).http_status;
  const policy::Principal& who = visit.identity.principal();
  const access::Arrival arrival = arrival_of(exchange);
  const policy::Source& from = arrival.source;
  log.log(level_of(status, exchange, visit), "request refused",
          {{"correlationId", exchange.correlation_id()},
           {"face", face},
           {"method", exchange.request().method_text()},
           {"path", exchange.request().path()},
           {"status", status},
           {"code", code_row(error.code).oci},
           {"message", error.message},
           {"cause", error.cause},
           {"rule", by_network(error) ? error.exact_code : std::string()},
           {"registry",
            visit.service.empty() ? arrival.host.substr(0, 255) : std::string_view(visit.service)},
           {"principalKind", policy::kind_name(who.kind)},
           {"principal", who.name},
           {"client", from.address},
           {"proxy", from.proxy},
           {"ignoredHeader", arrival.ignored_header},
           {"listener", from.listener},
           {"destination", from.destination},
           {"link", from.link},
           {"clientCa", from.client_ca}});
}

}  // namespace berth::api
