#include "api/refusal_log.h"

#include "api/arm_errors.h"
#include "api/arrival.h"
#include "api/error_detail.h"

namespace berth::api {
namespace {

// What the faces say each in their own way; empty: nothing. `code`: OCI's or ARM's name of the
// error.
struct Told {
  std::string_view face, code, registry, principal_kind, principal;
  bool quiet = false;  // worth a line only when debugging
};

void write(Logger& log, const Told& told, const http::Exchange& exchange, const Error& error) {
  const int status = code_row(error.code).http_status;
  const LogLevel level = status >= 500 ? LogLevel::kError
                         : told.quiet  ? LogLevel::kDebug
                                       : LogLevel::kInfo;
  const http::Peer& from = exchange.peer();
  log.log(level, "request refused",
          {{"correlationId", exchange.correlation_id()},
           {"face", told.face},
           {"method", ClientText{exchange.request().method_text()}},
           {"path", ClientText{exchange.request().path()}},
           {"status", status},
           {"code", told.code},
           {"message", ClientText{error.message}},
           {"cause", ClientText{error.cause}},
           {"rule", by_network(error) ? std::string_view(error.exact_code) : ""},
           {"registry", ClientText{told.registry}},
           {"principalKind", told.principal_kind},
           {"principal", told.principal},
           {"client", from.address},
           {"proxy", from.proxy},
           {"ignoredHeader", ignored_header(exchange)},
           {"listener", from.listener},
           {"destination", from.destination},
           {"link", from.link},
           {"clientCa", from.client_ca}});
}

}  // namespace

void log_refusal(Logger& log, std::string_view face, const http::Exchange& exchange,
                 const Error& error, const access::Visit& visit) {
  const http::Request& request = exchange.request();
  const CodeRow& row = code_row(error.code);
  const bool probe = row.http_status == 404 && request.method() == http::Method::kHead;
  const bool first = row.http_status == 401 && !visit.credentials_sent;
  const policy::Principal& who = visit.identity.principal();
  const std::string_view registry =
      visit.service.empty() ? request.header("Host").value_or("") : visit.service;
  write(log, {face, row.oci, registry, policy::kind_name(who.kind), who.name, probe || first},
        exchange, error);
}

void log_refusal(Logger& log, std::string_view face, const http::Exchange& exchange,
                 const Error& error) {
  const std::string code = arm_code(error);
  const bool waiting = code == "authorization_pending" || code == "slow_down";
  write(log, {face, code, {}, {}, {}, waiting}, exchange, error);
}

}  // namespace berth::api
