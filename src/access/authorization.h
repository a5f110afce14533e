// An Authorization header taken apart. Pure.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/ascii.h"

namespace berth::access {

// What stands behind the scheme's name (any case), without spaces around it; nullopt for another
// scheme.
inline std::optional<std::string_view> after_scheme(std::string_view header,
                                                    std::string_view scheme) {
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ' ||
      !equal_no_case(header.substr(0, scheme.size()), scheme)) {
    return std::nullopt;
  }
  header.remove_prefix(std::min(header.find_first_not_of(' ', scheme.size()), header.size()));
  header.remove_suffix(header.size() - (header.find_last_not_of(' ') + 1));
  return header;
}

}  // namespace berth::access
