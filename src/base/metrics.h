// Counters, gauges and histograms with the Prometheus text exposition format 0.0.4.
//
// Metrics are registered once, at start, by whoever owns the number; updates are relaxed atomics,
// safe from any thread and free of locks. References stay valid for the life of the Metrics.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void add(std::int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
  void set(std::int64_t n) { value_.store(n, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// Seconds, in fixed buckets from 0.5 ms to 30 s.
class Histogram {
 public:
  static constexpr std::array<double, 12> kBounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05,
                                                     0.1,    0.5,   1,      5,     10,   30};
  void observe(double seconds);

 private:
  friend class Metrics;
  std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> buckets_{};
  std::atomic<std::uint64_t> sum_micros_{0};
};

class Metrics {
 public:
  Metrics() = default;
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // `labels` is the text between the braces, e.g. `method="GET",status="2xx"`; may be empty. Rows
  // of one name must share one help text.
  Counter& counter(std::string name, std::string help, std::string labels = {});
  Gauge& gauge(std::string name, std::string help, std::string labels = {});
  Histogram& histogram(std::string name, std::string help, std::string labels = {});
  // A gauge that is read when it is asked for. `read` runs on the scraping thread and must not
  // block.
  void gauge_function(std::string name, std::string help, std::function<double()> read);

  std::string exposition() const;

 private:
  struct Row {
    std::string name, help, labels;
    const char* type;
    Counter* counter = nullptr;
    Gauge* gauge = nullptr;
    Histogram* histogram = nullptr;
    std::function<double()> read;
  };
  mutable std::mutex mutex_;  // registration and exposition; never an update
  std::deque<Counter> counters_;
  std::deque<Gauge> gauges_;
  std::deque<Histogram> histograms_;
  std::vector<Row> rows_;
};

}  // namespace berth
