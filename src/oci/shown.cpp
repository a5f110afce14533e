#include "oci/shown.h"

#include <fmt/format.h>

#include <iterator>

namespace berth::oci {
namespace {
constexpr std::size_t kShownBytes = 80;
}  // namespace

std::string shown(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, kShownBytes)) {
    // A backslash is escaped too, or \x41 sent as text would look like an escape of ours.
    if (c >= 0x20 && c <= 0x7e && c != '\'' && c != '\\') {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  out += '\'';
  if (text.size() > kShownBytes) out += fmt::format("… ({} bytes)", text.size());
  return out;
}

}  // namespace berth::oci
