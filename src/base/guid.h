// GUIDs as directories and ARM write them: 8-4-4-4-12 hexadecimal digits, in either case. Pure.
#pragma once

#include <string_view>

#include "base/ascii.h"

namespace berth {

inline bool is_guid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool hex = is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
    if (hyphen ? c != '-' : !hex) return false;
  }
  return true;
}

}  // namespace berth
