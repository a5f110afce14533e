// What small languages need of text: comparison without case, a safe way to show what a client
// wrote, and the known word that a wrong one is nearest to. Case means ASCII letters, whatever the
// locale. Pure.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

namespace berth::language {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
inline bool equal_no_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

// 'text' in single quotes for a message: bytes other than printable ASCII as \xNN, everything
// beyond `most` bytes as "… (N bytes)".
std::string shown(std::string_view text, std::size_t most = 80);

// The entry of `known` that takes the fewest insertions, removals and replacements of letters
// (without case) to reach, or "" when all are too far away to be what was meant.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

// {"a", "b", "c"} → "a, b or c".
std::string any_of(std::span<const std::string_view> words);

}  // namespace berth::language
