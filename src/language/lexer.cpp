#include "language/lexer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/guid.h"
#include "language/text.h"

namespace berth::language {
namespace {

constexpr bool is_word(char c) {
  return is_alnum(c) || c == '_';
}
constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
constexpr bool is_control(char c) {
  return (c >= 0 && c < 0x20) || c == 0x7f;
}
constexpr std::size_t kGuidBytes = 36;

class Lexer {
 public:
  Lexer(std::string_view text, const Dialect& dialect) : text_(text), dialect_(dialect) {}

  Result<std::vector<Token>> run() {
    std::vector<Token> tokens;
    do {
      skip();
      Token token;
      token.place = place_;
      token.begin = at_;
      TRY(read(token));
      token.end = at_;
      tokens.push_back(std::move(token));
    } while (tokens.back().kind != Kind::kEnd);
    return tokens;
  }

 private:
  bool ended() const { return at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  // The only way forward, so that places are right.
  void step() {
    const char c = text_[at_++];
    if (c == '\n') {
      place_ = {place_.line + 1, 1};
    } else if ((static_cast<unsigned char>(c) & 0xc0U) != 0x80U) {
      ++place_.column;
    }
  }
  void step(std::size_t bytes) {
    while (bytes-- > 0) step();
  }
  std::string_view rest() const { return text_.substr(at_); }

  void skip() {
    while (!ended()) {
      if (is_blank(peek())) {
        step();
      } else if (!dialect_.line_comment.empty() && rest().starts_with(dialect_.line_comment)) {
        step(std::min(rest().find('\n'), rest().size()));
      } else {
        return;
      }
    }
  }

  Result<void> read(Token& token) {
    const char c = peek();
    if (ended()) return {};
    if (dialect_.quotes.find(c) != std::string_view::npos) return quoted(token);
    if (c == '[' && dialect_.bracketed_names) return bracketed(token);
    if (dialect_.guids && is_guid(rest().substr(0, kGuidBytes)) && !is_word(peek(kGuidBytes))) {
      return take(token, Kind::kGuid, kGuidBytes);
    }
    if (is_word(c)) return word(token);
    return punctuation(token);
  }

  Result<void> take(Token& token, Kind kind, std::size_t bytes) {
    token.kind = kind;
    token.text = rest().substr(0, bytes);
    step(bytes);
    return {};
  }

  Result<void> word(Token& token) {
    const bool number = is_digit(peek());
    std::size_t bytes = 0;
    // A point belongs to a number only when a digit follows: 1.5, but not 1..5.
    while (is_word(peek(bytes)) || (number && peek(bytes) == '.' && is_digit(peek(bytes + 1)))) {
      ++bytes;
    }
    const auto text = rest().substr(0, bytes);
    if (number) {
      const bool digits = std::ranges::all_of(text, is_digit);
      return take(token, digits ? Kind::kInteger : Kind::kQuantity, bytes);
    }
    const bool listed =
        std::ranges::find(dialect_.operator_words, text) != dialect_.operator_words.end();
    return take(token, listed ? Kind::kOperator : Kind::kWord, bytes);
  }

  Result<void> punctuation(Token& token) {
    std::string_view longest;
    for (const auto candidate : dialect_.operators) {
      if (rest().starts_with(candidate) && candidate.size() > longest.size()) longest = candidate;
    }
    if (!longest.empty()) return take(token, Kind::kOperator, longest.size());
    TRY(check_control());
    return fail(unexpected(place_, alphabet(), shown(rest().substr(0, 1))));
  }

  std::string alphabet() const {
    return fmt::format("a word, a number, text in {0}quotes{0} or one of {1}", dialect_.quotes[0],
                       fmt::join(dialect_.operators, " "));
  }

  Result<void> check_control() const {
    if (!is_control(peek())) return {};
    return fail(unexpected(place_, "text without control characters", shown(rest().substr(0, 1))));
  }

  // What opened at `token` must close on its line.
  Result<void> check_open(const Token& token, std::string_view what, char close) const {
    if (!ended() && peek() != '\n' && peek() != '\r') return check_control();
    return fail(unexpected(token.place, fmt::format("{} that ends with {}", what, close),
                           ended() ? "the end" : "the end of the line"));
  }

  Result<void> bracketed(Token& token) {
    step();
    for (;; step()) {
      TRY(check_open(token, "a name", ']'));
      if (peek() == ']') break;
      token.text += peek();
    }
    step();
    token.kind = Kind::kName;
    return {};
  }

  Result<void> quoted(Token& token) {
    const char quote = peek();
    step();
    for (;;) {
      TRY(check_open(token, "a text", quote));
      if (peek() == quote) break;
      if (peek() == '\\') {
        TRY(escape(token, quote));
      } else {
        token.text += peek();
        step();
      }
    }
    step();
    token.kind = Kind::kText;
    return {};
  }

  Result<void> escape(Token& token, char quote) {
    const Place place = place_;
    step();
    TRY(check_open(token, "a text", quote));
    const auto known = std::ranges::find(dialect_.escapes, peek(), &Escape::letter);
    if (known != dialect_.escapes.end()) {
      token.text += known->meaning;
    } else if (dialect_.other_escapes_stay) {
      token.text += {'\\', peek()};
    } else {
      std::string letters;
      for (const auto& one : dialect_.escapes) letters += fmt::format(" \\{}", one.letter);
      return fail(unexpected(place, "one of" + letters, shown(text_.substr(at_ - 1, 2))));
    }
    step();
    return {};
  }

  std::string_view text_;
  const Dialect& dialect_;
  std::size_t at_ = 0;
  Place place_;
};

}  // namespace

Result<std::vector<Token>> lex(std::string_view text, const Dialect& dialect) {
  if (text.size() > dialect.max_bytes) {
    return fail(unexpected(Place{}, fmt::format("at most {} bytes", dialect.max_bytes),
                           fmt::format("{}", text.size())));
  }
  return Lexer(text, dialect).run();
}

}  // namespace berth::language
