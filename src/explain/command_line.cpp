#include "explain/command_line.h"

#include <algorithm>

namespace berth::explain {
namespace {

// A '~' at the start of a word, a '=' in the first one and braces mean something to some shells.
constexpr std::string_view kPlain =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+,";

}  // namespace

std::string shell_word(std::string_view word) {
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(word);
  }
  std::string out = "'";
  for (std::size_t i = 0; i < word.size(); ++i) {
    // A quote ends the quotes, stands for itself, and begins them again. Two quotes are nothing.
    if (word[i] == '\'') {
      out += "'\\''";
    } else {
      out += word[i];
      if (word.substr(i).starts_with(kPrincipalPlace)) out += "''";
    }
  }
  return out + "'";
}

}  // namespace berth::explain
