// Finds the end of a request head in bytes that arrive piece by piece, and refuses on the way what
// parsers are known to disagree about: bare CR or LF, control characters, folded lines (RFC 9112
// §2.2, §5.2). Looks at each byte once, however small the pieces are. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace berth::http {

class HeadScanner {
 public:
  enum class State { kMore, kComplete, kBad };

  // `bytes` is everything received so far: the same beginning at each call, and longer.
  State feed(std::string_view bytes);

  // After kComplete: the head within `bytes`, with its blank line, without the one empty line that
  // may precede it (RFC 9112 §2.2).
  std::size_t begin() const { return begin_; }
  std::size_t end() const { return position_; }
  // After kBad: what was wrong, as the end of a sentence.
  std::string_view problem() const { return problem_; }
  bool request_line_complete() const { return lines_ > 0; }

 private:
  State bad(std::string_view problem);
  State end_line();

  std::size_t begin_ = 0;
  std::size_t position_ = 0;    // of the first byte not looked at
  std::size_t line_start_ = 0;  // of the line that `position_` is in
  std::size_t lines_ = 0;       // complete ones
  std::string_view problem_;
};

}  // namespace berth::http
