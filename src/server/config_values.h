// The small texts of the configuration: sizes, times, listen addresses; to and from their values.
// Pure; nothing here throws. nullopt means that the text is not of that form; callers say what
// would be right. Formatting and parsing are inverse to each other.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/config.h"

namespace berth::server {

// "4096", "4KiB", "64MiB", "2GiB", "1TiB" (powers of 1024), in bytes.
std::optional<std::uint64_t> parse_size(std::string_view text);
std::string format_size(std::uint64_t bytes);

// "250ms", "30s", "10m", "1h", "7d": one number with its unit, which is never left out.
std::optional<milliseconds> parse_duration(std::string_view text);
std::string format_duration(milliseconds time);

// Decimal digits only.
std::optional<std::uint64_t> parse_number(std::string_view text);

// "localhost:5000", "127.0.0.1:5000", "[::1]:5000", "*:443", ":443" (the same as "*:443").
std::optional<ListenAddress> parse_listen_address(std::string_view text);

// The domain below which all faces have their names: DNS labels, two at least, in lower case; at
// most kMaxDomain characters, so that the longest name below it is still a DNS name.
inline constexpr std::size_t kMaxDomain = 160;
std::optional<std::string> parse_domain(std::string_view text);
// One label of 2 to 32 of [a-z0-9].
std::optional<std::string> parse_region(std::string_view text);

// Text in quotes for a message: control characters escaped, cut to a sensible length.
std::string in_quotes(std::string_view text);

}  // namespace berth::server
