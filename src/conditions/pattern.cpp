#include "conditions/pattern.h"

#include <algorithm>

#include "base/ascii.h"

namespace berth::conditions {
namespace {

// One item of a pattern: a wildcard or a byte, and how much of the pattern it takes.
struct Item {
  enum { kStar, kOne, kByte } what;
  char byte;
  std::size_t width;
};

Item item_at(std::string_view pattern, std::size_t at, PatternRules rules) {
  const char c = pattern[at];
  if (c == '*') return {Item::kStar, c, 1};
  if (rules.stars_only) return {Item::kByte, c, 1};
  if (c == '?') return {Item::kOne, c, 1};
  if (c == '\\' && at + 1 < pattern.size()) {
    const char escaped = pattern[at + 1];
    if (escaped == '*' || escaped == '?' || escaped == '\\') return {Item::kByte, escaped, 2};
  }
  return {Item::kByte, c, 1};
}

// The place after the character at `at`: UTF-8's further bytes begin with the bits 10.
std::size_t after(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U) ++at;
  return at;
}

// The bound for a pattern whose longest run after a star has `run` items. A start of such a run
// that fails costs at most run + 1 looks, or one per character of the text and one more, and moves
// the next start on, so that there are no more of them than characters. What succeeds, and the
// stars, take each item of the pattern once.
std::size_t bound(std::size_t pattern_bytes, std::size_t run, std::size_t text_bytes) {
  return pattern_bytes + 1 + (run == 0 ? 0 : text_bytes * (std::min(run, text_bytes) + 1));
}

}  // namespace

bool matches(std::string_view text, std::string_view pattern, PatternRules rules,
             std::size_t& steps) {
  std::size_t t = 0;
  std::size_t p = 0;
  // Where to go on after a mismatch: behind the last star, which then takes one character more.
  // Earlier stars need no second try: what the last one can take includes what they could give.
  std::size_t retry_p = std::string_view::npos;
  std::size_t retry_t = 0;
  while (t < text.size()) {
    ++steps;
    const bool ended = p == pattern.size();
    const Item item = ended ? Item{Item::kByte, '\0', 0} : item_at(pattern, p, rules);
    if (!ended && item.what == Item::kStar) {
      retry_p = ++p;
      retry_t = t;
      if (p == pattern.size()) return true;
      continue;
    }
    const char c = text[t];
    const bool equal = item.what == Item::kOne || c == item.byte ||
                       (rules.ignore_case && lower(c) == lower(item.byte));
    if (!ended && equal) {
      t = item.what == Item::kOne ? after(text, t) : t + 1;
      p += item.width;
    } else if (retry_p != std::string_view::npos) {
      retry_t = after(text, retry_t);
      t = retry_t;
      p = retry_p;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') {
    ++steps;
    ++p;
  }
  return p == pattern.size();
}

std::size_t most_steps(std::string_view pattern, PatternRules rules, std::size_t text_bytes) {
  std::size_t longest = 0;
  std::size_t run = 0;
  bool starred = false;
  for (std::size_t at = 0; at < pattern.size();) {
    const Item item = item_at(pattern, at, rules);
    at += item.width;
    const bool star = item.what == Item::kStar;
    run = star ? 0 : run + 1;
    starred = starred || star;
    if (starred) longest = std::max(longest, run);
  }
  return bound(pattern.size(), longest, text_bytes);
}

std::size_t most_steps(std::size_t pattern_bytes, std::size_t text_bytes) {
  return bound(pattern_bytes, pattern_bytes, text_bytes);
}

}  // namespace berth::conditions
