#include "conditions/date.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/ascii.h"

namespace berth::conditions {
namespace {

constexpr std::int64_t kTicksPerMicro = 10;
constexpr std::int64_t kTicksPerSecond = 10'000'000;
constexpr std::int64_t kMostMicros = 900'000'000'000'000'000;
constexpr std::size_t kFractionDigits = 7;
// 0 stands for a digit.
constexpr std::string_view kShape = "0000-00-00T00:00:00";

bool has_shape(std::string_view text) {
  return std::ranges::equal(
      text, kShape, [](char c, char shape) { return shape == '0' ? is_digit(c) : c == shape; });
}

std::int64_t number(std::string_view digits) {
  std::int64_t value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

// ".5" → 5,000,000 ticks; "" → 0.
std::optional<std::int64_t> fraction(std::string_view text) {
  if (text.empty()) return 0;
  const auto digits = text.substr(1);
  if (text[0] != '.' || digits.empty() || digits.size() > kFractionDigits ||
      !std::ranges::all_of(digits, is_digit)) {
    return {};
  }
  std::int64_t value = number(digits);
  for (auto i = digits.size(); i < kFractionDigits; ++i) value *= 10;
  return value;
}

}  // namespace

std::optional<std::int64_t> parse_date(std::string_view text) {
  const auto head = text.substr(0, kShape.size());
  if (!has_shape(head) || !text.ends_with('Z')) return {};
  const auto part = fraction(text.substr(kShape.size(), text.size() - kShape.size() - 1));
  const auto at = [&](std::size_t from, std::size_t count) {
    return number(head.substr(from, count));
  };
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(at(0, 4))},
                                         std::chrono::month{static_cast<unsigned>(at(5, 2))},
                                         std::chrono::day{static_cast<unsigned>(at(8, 2))}};
  const auto hour = at(11, 2);
  const auto minute = at(14, 2);
  const auto second = at(17, 2);
  if (!part || !date.ok() || hour > 23 || minute > 59 || second > 59) return {};
  const auto days = std::chrono::sys_days{date}.time_since_epoch().count();
  return (((days * 24LL + hour) * 60 + minute) * 60 + second) * kTicksPerSecond + *part;
}

std::int64_t ticks(TimePoint time) {
  return std::clamp(to_micros(time), -kMostMicros, kMostMicros) * kTicksPerMicro;
}

}  // namespace berth::conditions
