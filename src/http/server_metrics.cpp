#include "http/server_metrics.h"

#include <fmt/format.h>

#include <algorithm>

namespace berth::http {

ServerMetrics::ServerMetrics(Metrics& metrics)
    : connections(metrics.gauge("berth_http_connections", "Open client connections.")),
      refused_connections(metrics.counter("berth_http_refused_connections_total",
                                          "Connections refused because of the limit.")),
      displaced_connections(metrics.counter(
          "berth_http_displaced_connections_total",
          "Waiting connections ended in favour of new ones, because of the limit.")),
      seconds_(metrics.histogram("berth_http_request_seconds",
                                 "From the complete request head to the end of the response.")),
      bytes_in_(metrics.counter("berth_http_received_bytes_total", "Request bytes received.")),
      bytes_out_(metrics.counter("berth_http_sent_bytes_total", "Response bytes sent.")) {
  for (std::size_t m = 0; m < kMethods.size(); ++m) {
    for (std::size_t c = 0; c < kClasses; ++c) {
      requests_[m][c] =
          &metrics.counter("berth_http_requests_total", "Requests by method and status class.",
                           fmt::format("method=\"{}\",status=\"{}xx\"", kMethods[m], c + 1));
    }
  }
}

void ServerMetrics::request_done(const RequestSummary& summary) {
  const auto* const known = std::find(kMethods.begin(), kMethods.end() - 1, summary.method);
  const auto method = static_cast<std::size_t>(known - kMethods.begin());
  const std::size_t status_class = std::clamp(summary.status / 100, 1U, 5U) - 1;
  requests_[method][status_class]->add();
  seconds_.observe(summary.seconds);
  bytes_in_.add(summary.bytes_in);
  bytes_out_.add(summary.bytes_out);
}

}  // namespace berth::http
