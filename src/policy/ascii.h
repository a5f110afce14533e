// Names that are compared without case (ARM ids, host names, roles' patterns) are ASCII. The C
// library's tolower depends on the locale; these do not. Pure.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace berth::policy {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
inline std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return lower(c); });
  return out;
}
inline bool equal_no_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace berth::policy
