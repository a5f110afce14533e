#include "language/cursor.h"

#include <fmt/format.h>

#include <algorithm>

#include "language/text.h"

namespace berth::language {

const Token& Cursor::peek(std::size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

const Token& Cursor::take() {
  const Token& token = peek();
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

const Token& Cursor::previous() const {
  return tokens_[at_ == 0 ? 0 : at_ - 1];
}

bool Cursor::accept(std::string_view operator_text) {
  if (!peek().is(operator_text)) return false;
  take();
  return true;
}

Result<void> Cursor::expect(std::string_view operator_text, std::string_view expected) {
  if (accept(operator_text)) return {};
  return fail(unexpected(peek(), expected.empty() ? shown(operator_text) : std::string(expected)));
}

Result<const Token*> Cursor::expect(Kind kind, std::string_view expected) {
  if (peek().kind != kind) return fail(unexpected(peek(), expected));
  return &take();
}

Result<void> Cursor::enter(std::string_view what) {
  if (depth_ == max_depth_) {
    return fail(unexpected(peek(), fmt::format("at most {} levels of {}", max_depth_, what)));
  }
  ++depth_;
  return {};
}

}  // namespace berth::language
