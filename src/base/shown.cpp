#include "base/shown.h"

#include <fmt/format.h>

#include <iterator>

namespace berth {

std::string shown(std::string_view text, std::size_t most, std::string_view escaped) {
  std::string out = "'";
  for (const char c : text.substr(0, most)) {
    if (c >= 0x20 && c <= 0x7e && escaped.find(c) == std::string_view::npos) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  out += '\'';
  if (text.size() > most) out += fmt::format("… ({} bytes)", text.size());
  return out;
}

}  // namespace berth
