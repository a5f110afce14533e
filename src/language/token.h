// A token with its place, and the one shape of every error of a language:
//
//   line L, column C: expected X, found Y
//
// Lines and columns count from 1; a column is a character (UTF-8), a tab is one. Values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace berth::language {

enum class Kind {
  kWord,      // a letter or _, then letters, digits and _
  kOperator,  // punctuation, or a word that the dialect lists as one
  kText,      // in quotes; Token::text is without them, escapes replaced
  kInteger,   // digits
  kQuantity,  // what begins with a digit and is more: 1.5, 10m
  kGuid,
  kName,  // [in brackets], without them
  kEnd,
};

struct Place {
  std::size_t line = 1;
  std::size_t column = 1;
};

struct Token {
  Kind kind = Kind::kEnd;
  std::string text;
  Place place;
  std::size_t begin = 0;  // bytes of the source, with quotes or brackets
  std::size_t end = 0;

  bool is(std::string_view operator_text) const {
    return kind == Kind::kOperator && text == operator_text;
  }
};

// kInvalidRequest.
Error unexpected(Place place, std::string_view expected, std::string_view found);
Error unexpected(const Token& found, std::string_view expected);

}  // namespace berth::language
