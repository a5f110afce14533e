// A reader over tokens for parsers by recursive descent: look, take, accept, expect. It bounds the
// depth of the recursion, which the input would otherwise choose. One thread.
#pragma once

#include <span>
#include <string_view>

#include "base/error.h"
#include "language/token.h"

namespace berth::language {

class Cursor {
 public:
  // `tokens` ends with kEnd (lexer.h) and outlives the cursor.
  Cursor(std::span<const Token> tokens, int max_depth) : tokens_(tokens), max_depth_(max_depth) {}

  // The token `ahead` of the next; beyond the last it stays kEnd.
  const Token& peek(std::size_t ahead = 0) const;
  // The next token, and on to the one after it.
  const Token& take();
  // The token that was taken last; at the start, the first.
  const Token& previous() const;

  // Takes the operator when it is the next token.
  bool accept(std::string_view operator_text);
  // Takes it, or fails with `expected`, or with the operator itself in quotes.
  Result<void> expect(std::string_view operator_text, std::string_view expected = {});
  // Takes a token of this kind. It lives as long as the tokens.
  Result<const Token*> expect(Kind kind, std::string_view expected);

  // Around every recursion: enter() fails at the limit, naming `what`. A parser that fails stops
  // for good, so that leave() need only be called on success.
  Result<void> enter(std::string_view what);
  void leave() { --depth_; }

 private:
  std::span<const Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int max_depth_;
};

}  // namespace berth::language
