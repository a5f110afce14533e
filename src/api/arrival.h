// A request as the gate wants it.
#pragma once

#include <array>

#include "access/gate.h"
#include "api/source.h"
#include "http/exchange.h"

namespace berth::api {

// Views into the request.
inline access::Arrival arrival_of(const http::Exchange& exchange) {
  static constexpr std::array<std::string_view, 2> kForwarding = {"X-Forwarded-For", "Forwarded"};
  const http::Request& request = exchange.request();
  access::Arrival arrival{source_of(exchange.peer()), request.header("Host").value_or(""),
                          request.header("Origin")};
  if (!arrival.source.proxy.empty()) return arrival;
  for (const std::string_view name : kForwarding) {
    if (arrival.ignored_header.empty() && request.header(name)) arrival.ignored_header = name;
  }
  return arrival;
}

}  // namespace berth::api
