// RFC 3339 times as clients send them. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace berth::control {

// "2026-01-31T12:00:00Z", with a fraction or an offset (+01:00) if wanted; without either it is
// UTC. nullopt for anything else, and for days that no calendar has.
std::optional<TimePoint> parse_time(std::string_view text);

}  // namespace berth::control
