#include "language/token.h"

#include <fmt/format.h>

#include "language/text.h"

namespace berth::language {
namespace {

std::string describe(const Token& token) {
  switch (token.kind) {
    case Kind::kEnd:
      return "the end";
    case Kind::kText:
      return "the text " + shown(token.text);
    case Kind::kName:
      return shown("[" + token.text + "]");
    default:
      return shown(token.text);
  }
}

}  // namespace

Error unexpected(Place place, std::string_view expected, std::string_view found) {
  return {Code::kInvalidRequest, fmt::format("line {}, column {}: expected {}, found {}",
                                             place.line, place.column, expected, found)};
}

Error unexpected(const Token& found, std::string_view expected) {
  return unexpected(found.place, expected, describe(found));
}

}  // namespace berth::language
