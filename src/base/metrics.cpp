#include "base/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace berth {

void Histogram::observe(double seconds) {
  const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  buckets_[static_cast<std::size_t>(bound - kBounds.begin())].fetch_add(1,
                                                                        std::memory_order_relaxed);
  const double micros = std::max(0.0, seconds * 1e6);
  sum_micros_.fetch_add(static_cast<std::uint64_t>(micros), std::memory_order_relaxed);
}

Counter& Metrics::counter(std::string name, std::string help, std::string labels) {
  const std::lock_guard lock(mutex_);
  Counter& made = counters_.emplace_back();
  rows_.push_back({std::move(name),
                   std::move(help),
                   std::move(labels),
                   "counter",
                   &made,
                   nullptr,
                   nullptr,
                   {}});
  return made;
}

Gauge& Metrics::gauge(std::string name, std::string help, std::string labels) {
  const std::lock_guard lock(mutex_);
  Gauge& made = gauges_.emplace_back();
  rows_.push_back(
      {std::move(name), std::move(help), std::move(labels), "gauge", nullptr, &made, nullptr, {}});
  return made;
}

Histogram& Metrics::histogram(std::string name, std::string help, std::string labels) {
  const std::lock_guard lock(mutex_);
  Histogram& made = histograms_.emplace_back();
  rows_.push_back({std::move(name),
                   std::move(help),
                   std::move(labels),
                   "histogram",
                   nullptr,
                   nullptr,
                   &made,
                   {}});
  return made;
}

void Metrics::gauge_function(std::string name, std::string help, std::function<double()> read) {
  const std::lock_guard lock(mutex_);
  rows_.push_back(
      {std::move(name), std::move(help), {}, "gauge", nullptr, nullptr, nullptr, std::move(read)});
}

namespace {

std::string sample(std::string_view name, std::string_view labels, std::string_view value) {
  if (labels.empty()) return fmt::format("{} {}\n", name, value);
  return fmt::format("{}{{{}}} {}\n", name, labels, value);
}

}  // namespace

std::string Metrics::exposition() const {
  const std::lock_guard lock(mutex_);
  std::vector<const Row*> order;
  order.reserve(rows_.size());
  for (const Row& row : rows_) order.push_back(&row);
  std::stable_sort(order.begin(), order.end(),
                   [](const Row* a, const Row* b) { return a->name < b->name; });
  std::string out;
  std::string_view previous;
  for (const Row* row : order) {
    if (row->name != previous) {
      out += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", row->name, row->help, row->type);
      previous = row->name;
    }
    if (row->counter) {
      out += sample(row->name, row->labels, fmt::to_string(row->counter->value()));
    } else if (row->gauge) {
      out += sample(row->name, row->labels, fmt::to_string(row->gauge->value()));
    } else if (row->read) {
      out += sample(row->name, row->labels, fmt::format("{:.17g}", row->read()));
    } else {
      const std::string comma = row->labels.empty() ? "" : row->labels + ",";
      std::uint64_t total = 0;
      for (std::size_t i = 0; i < row->histogram->buckets_.size(); ++i) {
        total += row->histogram->buckets_[i].load(std::memory_order_relaxed);
        const std::string le = i < Histogram::kBounds.size()
                                   ? fmt::format("{:g}", Histogram::kBounds[i])
                                   : std::string("+Inf");
        out += sample(row->name + "_bucket", fmt::format("{}le=\"{}\"", comma, le),
                      fmt::to_string(total));
      }
      const auto sum = row->histogram->sum_micros_.load(std::memory_order_relaxed);
      out += sample(row->name + "_sum", row->labels,
                    fmt::format("{:.6f}", static_cast<double>(sum) / 1e6));
      out += sample(row->name + "_count", row->labels, fmt::to_string(total));
    }
  }
  return out;
}

}  // namespace berth
