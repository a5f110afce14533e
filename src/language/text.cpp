#include "language/text.h"

#include <fmt/format.h>

#include <iterator>
#include <numeric>
#include <vector>

namespace berth::language {
namespace {

// Nobody misspells a word into one of this length; comparing it would only cost time.
constexpr std::size_t kLongestWord = 64;

// Levenshtein's distance, with one row of the table.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string shown(std::string_view text, std::size_t most) {
  std::string out = "'";
  for (const char c : text.substr(0, most)) {
    if (c >= 0x20 && c <= 0x7e && c != '\'') {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  out += '\'';
  if (text.size() > most) out += fmt::format("… ({} bytes)", text.size());
  return out;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  if (word.size() > kLongestWord) return {};
  std::string_view best;
  std::size_t least = word.size() / 2 + 1;  // half of the letters wrong: another word
  for (const auto candidate : known) {
    const std::size_t here = distance(word, candidate);
    if (here >= least) continue;
    least = here;
    best = candidate;
  }
  return best;
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
