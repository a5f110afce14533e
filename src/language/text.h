// What the messages of small languages need of text: a safe way to show what a client wrote, and
// lists of what would be right. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace berth::language {

// As base/shown.h, but a backslash stays: these languages have escapes, and messages quote them.
std::string shown(std::string_view text, std::size_t most = 80);

// {"a", "b", "c"} → "a, b or c".
std::string any_of(std::span<const std::string_view> words);

}  // namespace berth::language
