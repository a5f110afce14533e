// Names that people type and messages list: keys, sections, variables, verbs, flags. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::server {

// `a, b, c`, each between `quote`s.
std::string join_names(const std::vector<std::string>& names, std::string_view quote = "");

}  // namespace berth::server
