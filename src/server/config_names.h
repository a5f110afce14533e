// "Did you mean …?" for names that people type: keys, sections, variables, verbs, flags. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::server {

// Steps (insert, remove, replace, swap two neighbours) from one word to the other.
std::size_t edit_distance(std::string_view from, std::string_view to);

// The name closest to `word`, if any is close enough to be what was meant: at most a third of its
// letters differ, and always up to two. The first of several equally close ones.
std::optional<std::string> nearest_name(std::string_view word,
                                        const std::vector<std::string>& names);

// `a, b, c`, each between `quote`s.
std::string join_names(const std::vector<std::string>& names, std::string_view quote = "");

}  // namespace berth::server
