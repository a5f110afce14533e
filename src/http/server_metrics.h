// The numbers that the HTTP layer publishes. Registered once per Server; updates are free of locks.
#pragma once

#include <array>
#include <string_view>

#include "base/metrics.h"
#include "http/server.h"

namespace berth::http {

class ServerMetrics {
 public:
  explicit ServerMetrics(Metrics& metrics);

  void request_done(const RequestSummary& summary);

  Gauge& connections;
  Counter& refused_connections;
  Counter& displaced_connections;

 private:
  // The last of the methods stands for all others; statuses are 1xx to 5xx.
  static constexpr std::array<std::string_view, 7> kMethods = {"GET",   "HEAD",   "POST", "PUT",
                                                               "PATCH", "DELETE", "other"};
  static constexpr std::size_t kClasses = 5;

  std::array<std::array<Counter*, kClasses>, kMethods.size()> requests_{};
  Histogram& seconds_;
  Counter& bytes_in_;
  Counter& bytes_out_;
};

}  // namespace berth::http
