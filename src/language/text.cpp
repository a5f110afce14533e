#include "language/text.h"

#include "base/shown.h"

namespace berth::language {

std::string shown(std::string_view text, std::size_t most) {
  return berth::shown(text, most, "'");
}

std::string any_of(std::span<const std::string_view> words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

}  // namespace berth::language
