// Text into tokens, for languages that people write in one line or one page: conditions of role
// assignments, log queries. What differs between them is a Dialect, a small table; nothing here
// knows a grammar.
//
// Blanks, tabs and line ends separate tokens; other control characters are refused everywhere.
// Bytes beyond ASCII may stand in quotes, in brackets and in comments only. Pure; linear.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "language/token.h"

namespace berth::language {

// \letter in a text means `meaning`.
struct Escape {
  char letter;
  std::string_view meaning;
};

// What a Dialect points to must outlive the call only.
struct Dialect {
  std::string_view quotes;  // at least one; each closes what it opened
  std::span<const Escape> escapes;
  bool other_escapes_stay = false;                   // else an unknown one is an error
  std::span<const std::string_view> operators;       // punctuation; the longest that fits wins
  std::span<const std::string_view> operator_words;  // exact case
  std::string_view line_comment;                     // empty: the language has none
  bool bracketed_names = false;                      // [any text] is one token
  bool guids = false;                                // a GUID without quotes is one token
  std::size_t max_bytes = 0;
};

// The last token is always kEnd. kInvalidRequest with the place; see token.h.
Result<std::vector<Token>> lex(std::string_view text, const Dialect& dialect);

}  // namespace berth::language
