// "Did you mean …?" for words that people type: keys, verbs, flags, names, operators. Case means
// ASCII letters and is no difference. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

// Steps (insert, remove, replace, swap two neighbours) from one word to the other.
std::size_t edit_distance(std::string_view from, std::string_view to);

// The name that takes the fewest steps to reach, if it is close enough to be what was meant: steps
// for at most a third of the longer one's letters, always up to two, never for all of them. The
// first of several equally close ones.
std::optional<std::string> nearest_name(std::string_view word,
                                        const std::vector<std::string>& names);

}  // namespace berth
