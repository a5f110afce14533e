// Patterns with wildcards, matched against the whole text, in bounded time and without memory.
//
// StringLike: * is any run of characters, ? is one, and \*, \? and \\ stand for themselves; any
// other backslash is itself. ActionMatches: * only, as in role definitions. A character is one of
// UTF-8; case means ASCII letters.
#pragma once

#include <cstddef>
#include <string_view>

namespace berth::conditions {

struct PatternRules {
  bool ignore_case = false;
  bool stars_only = false;  // ? and \ are ordinary characters
};
// How the operations of roles, ActionMatches and SubOperationMatches are read.
inline constexpr PatternRules kActionRules = {.ignore_case = true, .stars_only = true};

// Every look at a character of the pattern adds one to `steps`.
bool matches(std::string_view text, std::string_view pattern, PatternRules rules,
             std::size_t& steps);

// The most steps for this pattern and any text of up to `text_bytes`, and for any pattern of up to
// `pattern_bytes`.
std::size_t most_steps(std::string_view pattern, PatternRules rules, std::size_t text_bytes);
std::size_t most_steps(std::size_t pattern_bytes, std::size_t text_bytes);

}  // namespace berth::conditions
