// Time as a dependency, so that tests own it. All times are UTC.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace berth {

using TimePoint = std::chrono::sys_time<std::chrono::microseconds>;
using Seconds = std::chrono::seconds;

// Safe from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
};

class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
};

// A clock that stands until it is told to move. Tests only.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimePoint start = TimePoint{std::chrono::seconds{1'700'000'000}})
      : now_(start) {}
  TimePoint now() const override { return now_; }
  void advance(std::chrono::microseconds by) { now_ += by; }

 private:
  TimePoint now_;
};

// RFC 3339 with seven fractional digits, as ACR writes it: 2026-11-22T04:43:00.1234560Z.
std::string to_rfc3339(TimePoint time);
// IMF-fixdate of RFC 9110 §5.6.7, for Date and Last-Modified.
std::string to_http_date(TimePoint time);
// Microseconds since the epoch: how times are stored and sorted in metadata.
inline std::int64_t to_micros(TimePoint time) {
  return time.time_since_epoch().count();
}
inline TimePoint from_micros(std::int64_t micros) {
  return TimePoint{std::chrono::microseconds{micros}};
}

}  // namespace berth
