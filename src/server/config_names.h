// Names that people type and messages list: keys, sections, variables, verbs, flags. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/nearest.h"

namespace berth::server {

using berth::edit_distance;
using berth::nearest_name;

// `a, b, c`, each between `quote`s.
std::string join_names(const std::vector<std::string>& names, std::string_view quote = "");

}  // namespace berth::server
