#include "http/head_scanner.h"

namespace berth::http {
namespace {

bool is_forbidden(char c) {
  const auto u = static_cast<unsigned char>(c);
  return (u < 0x20 && u != '\t') || u == 0x7f;
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
    if (c == '\r') {
      if (position_ + 1 == bytes.size()) return State::kMore;
      if (bytes[position_ + 1] != '\n') return bad("holds a CR without LF");
      position_ += 2;
      if (const State state = end_line(); state != State::kMore) return state;
      continue;
    }
    if (c == '\n') return bad("holds a line that ends in LF without CR");
    if (is_forbidden(c)) return bad("holds a control character");
    const bool fold = position_ == line_start_ && (c == ' ' || c == '\t');
    if (fold) return bad("holds a line that begins with white space");
    ++position_;
  }
  return State::kMore;
}

}  // namespace berth::http
