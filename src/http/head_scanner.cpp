#include "http/head_scanner.h"

namespace berth::http {
namespace {

// A control character, among them CR and LF; a tab is white space.
bool is_control(char c) {
  const auto u = static_cast<unsigned char>(c);
  return (u < 0x20 && u != '\t') || u == 0x7f;
}

// The first control character at or behind `from`, or the end. Most of a head is plain: a bearer
// token alone has some hundreds of such bytes, so they are looked at in blocks without a branch,
// which compilers turn into vector instructions.
std::size_t skip_plain(std::string_view bytes, std::size_t from) {
  constexpr std::size_t kBlock = 32;
  for (; bytes.size() - from >= kBlock; from += kBlock) {
    unsigned found = 0;
    for (std::size_t i = 0; i < kBlock; ++i) {
      const auto u = static_cast<unsigned char>(bytes[from + i]);
      found |= static_cast<unsigned>((u < 0x20) & (u != '\t')) | static_cast<unsigned>(u == 0x7f);
    }
    if (found != 0) break;
  }
  while (from < bytes.size() && !is_control(bytes[from])) ++from;
  return from;
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
    if (!is_control(c)) {
      position_ = skip_plain(bytes, position_ + 1);
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
