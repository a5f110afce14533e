// A request as the gate wants it.
#pragma once

#include <array>

#include "access/gate.h"
#include "api/source.h"
#include "http/exchange.h"

namespace berth::api {

// Headers in which proxies and content delivery networks say that they are one, or for whom they
// ask. Anybody can send them: none is believed for being there, but whose address is refused may
// learn from one that it is a proxy's.
inline constexpr std::array<std::string_view, 15> kForwardingHeaders = {"X-Forwarded-For",
                                                                        "Forwarded",
                                                                        "X-Original-Forwarded-For",
                                                                        "X-Real-IP",
                                                                        "X-Client-IP",
                                                                        "X-Cluster-Client-IP",
                                                                        "X-Envoy-External-Address",
                                                                        "X-Azure-ClientIP",
                                                                        "X-Azure-SocketIP",
                                                                        "True-Client-IP",
                                                                        "CF-Connecting-IP",
                                                                        "CF-Connecting-IPv6",
                                                                        "Fastly-Client-IP",
                                                                        "Fly-Client-IP",
                                                                        "Via"};

// The first of them, a literal, that came along and did not count; empty: none.
inline std::string_view ignored_header(const http::Exchange& exchange) {
  if (!exchange.peer().proxy.empty()) return {};
  for (const std::string_view name : kForwardingHeaders) {
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
