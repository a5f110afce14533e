#include "base/nearest.h"

#include <algorithm>
#include <numeric>

#include "base/ascii.h"

namespace berth {

// Optimal string alignment: three rows of the classic table are enough for neighbour swaps.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  const auto same = [&](std::size_t i, std::size_t j) { return lower(from[i]) == lower(to[j]); };
  std::vector<std::size_t> before(to.size() + 1);
  std::vector<std::size_t> previous(to.size() + 1);
  std::vector<std::size_t> current(to.size() + 1);
  std::iota(previous.begin(), previous.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = previous[j - 1] + (same(i - 1, j - 1) ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && same(i - 1, j - 2) && same(i - 2, j - 1)) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    before.swap(previous);
    previous.swap(current);
  }
  return previous[to.size()];
}

std::optional<std::string> nearest_name(std::string_view word,
                                        const std::vector<std::string>& names) {
  // A long word is no typo of anything; this also bounds the work for hostile input.
  constexpr std::size_t kLongestWord = 100;
  if (word.size() > kLongestWord) return std::nullopt;
  const std::string* best = nullptr;
  std::size_t least = kLongestWord;
  for (const std::string& name : names) {
    const std::size_t letters = std::max(word.size(), name.size());
    const std::size_t distance = edit_distance(word, name);
    // Everything changed is nothing in common: "gc" is not a typo of "tls".
    const bool plausible = distance < letters && distance <= std::max<std::size_t>(2, letters / 3);
    if (!plausible || distance >= least) continue;
    best = &name;
    least = distance;
  }
  if (best == nullptr) return std::nullopt;
  return *best;
}

}  // namespace berth
