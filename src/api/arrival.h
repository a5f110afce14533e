// A request as the gate wants it.
#pragma once

#include <array>

#include "access/gate.h"
#include "api/source.h"
#include "http/exchange.h"

namespace berth::api {

// The name, a literal, of a forwarding header that came along and did not count; empty: none.
inline std::string_view ignored_header(const http::Exchange& exchange) {
  static constexpr std::array<std::string_view, 2> kForwarding = {"X-Forwarded-For", "Forwarded"};
  if (!exchange.peer().proxy.empty()) return {};
  for (const std::string_view name : kForwarding) {
    if (exchange.request().header(name)) return name;
  }
  return {};
}

// Views into the request.
inline access::Arrival arrival_of(const http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  return {source_of(exchange.peer()), request.header("Host").value_or(""), request.header("Origin"),
          ignored_header(exchange)};
}

}  // namespace berth::api
