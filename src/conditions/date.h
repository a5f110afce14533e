// Dates of conditions: yyyy-mm-ddThh:mm:ss.mmmmmmmZ, with up to seven digits after the point, or
// none and no point. A tick is 100 ns since 1970, so that the seventh digit counts. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace berth::conditions {

// Empty: not a date of this form, or not one of the calendar.
std::optional<std::int64_t> parse_date(std::string_view text);

// Times beyond ±28,000 years become the nearest that fits.
std::int64_t ticks(TimePoint time);

}  // namespace berth::conditions
