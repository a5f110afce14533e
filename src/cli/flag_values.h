// Values of flags that several verbs read alike. Pure; a refusal is wrong usage, and says what
// would be right.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/ip.h"
#include "cli/command.h"

namespace berth::cli {

// "30m" of a flag that the call has; `such_as` is what the refusal shows: "30m, 2h or 7d".
Result<std::chrono::milliseconds> duration_of(
    const Invocation& call, const std::string& flag, std::string_view such_as,
    std::chrono::milliseconds least = std::chrono::milliseconds(1));
// One address: no name, block, port or zone.
Result<IpAddress> address_of(const Invocation& call, const std::string& flag,
                             std::string_view such_as);

// "2026-12-24T18:00:00Z": a time in UTC, of a day that there is, with a fraction if wanted.
bool is_utc_time(std::string_view text);

}  // namespace berth::cli
