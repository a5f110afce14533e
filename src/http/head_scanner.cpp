#include "http/head_scanner.h"

#include <algorithm>
#include <array>

namespace berth::http {
namespace {

// A control character, among them CR and LF; a tab is white space.
constexpr std::array<bool, 256> kControl = [] {
  std::array<bool, 256> table{};
  for (unsigned u = 0; u < 0x20; ++u) table[u] = u != '\t';
  table[0x7f] = true;
  return table;
}();

bool is_control(char c) {
  return kControl[static_cast<unsigned char>(c)];
}

}  // namespace

HeadScanner::State HeadScanner::bad(std::string_view problem) {
  problem_ = problem;
  return State::kBad;
}

HeadScanner::State HeadScanner::end_line() {
  const bool empty = position_ - 2 == line_start_;
  line_start_ = position_;
  if (!empty) {
    ++lines_;
    return State::kMore;
  }
  if (lines_ > 0) return State::kComplete;
  if (begin_ > 0) return bad("begins with several empty lines");
  begin_ = position_;
  return State::kMore;
}

HeadScanner::State HeadScanner::feed(std::string_view bytes) {
  while (position_ < bytes.size()) {
    const char c = bytes[position_];
    if (position_ == line_start_ && (c == ' ' || c == '\t')) {
      return bad("holds a line that begins with white space");
    }
    // Most of a head is this: a bearer token alone has some hundreds of plain bytes.
    if (!is_control(c)) {
      const auto* const at =
          std::find_if(bytes.data() + position_ + 1, bytes.data() + bytes.size(), is_control);
      position_ = static_cast<std::size_t>(at - bytes.data());
      continue;
    }
    if (c == '\r') {
      if (position_ + 1 == bytes.size()) return State::kMore;
      if (bytes[position_ + 1] != '\n') return bad("holds a CR without LF");
      position_ += 2;
      if (const State state = end_line(); state != State::kMore) return state;
      continue;
    }
    if (c == '\n') return bad("holds a line that ends in LF without CR");
    return bad("holds a control character");
  }
  return State::kMore;
}

}  // namespace berth::http
