#include "conditions/parser.h"

#include <array>
#include <optional>
#include <utility>

#include "conditions/checker.h"
#include "language/cursor.h"
#include "language/lexer.h"

namespace berth::conditions {
namespace {

using language::Kind;
using language::Token;
using language::unexpected;

constexpr std::array<std::string_view, 11> kPunctuation = {"(", ")",  "{",  "}", ",", ":",
                                                           "!", "&&", "||", "@", "-"};
constexpr std::array<std::string_view, 3> kWords = {"AND", "OR", "NOT"};
// \\ stays two bytes until the operator is known: patterns read it themselves (checker.cpp).
constexpr std::array<language::Escape, 2> kEscapes = {{{'\'', "'"}, {'\\', "\\\\"}}};
constexpr language::Dialect kDialect = {.quotes = "'",
                                        .escapes = kEscapes,
                                        .other_escapes_stay = true,
                                        .operators = kPunctuation,
                                        .operator_words = kWords,
                                        .line_comment = {},
                                        .bracketed_names = true,
                                        .guids = true,
                                        .max_bytes = kMaxBytes};
constexpr std::string_view kNesting = "parentheses and NOT";
constexpr std::string_view kStart =
    "an attribute, a value, ActionMatches, SubOperationMatches, Exists, NOT or '('";
constexpr std::string_view kMixed = "parentheses where AND meets OR, as in (a AND b) OR c";

std::optional<NodeKind> connective(const Token& token) {
  if (token.is("AND") || token.is("&&")) return NodeKind::kAnd;
  if (token.is("OR") || token.is("||")) return NodeKind::kOr;
  return {};
}

bool is_bool(const Token& token) {
  return token.kind == Kind::kWord && (token.text == "true" || token.text == "false");
}

class Parser {
 public:
  explicit Parser(std::span<const Token> tokens) : cursor_(tokens, kMaxDepth) {}

  Result<Program> run() {
    TRY(chain());
    TRY_ASSIGN([[maybe_unused]] const auto* end, cursor_.expect(Kind::kEnd, "AND, OR or the end"));
    return std::move(program_);
  }

 private:
  // Parts joined by AND, or by OR, but not by both: the language gives neither precedence.
  Result<void> chain() {
    const auto index = program_.nodes.size();
    const auto begin = cursor_.peek().begin;
    TRY(negation());
    const auto kind = connective(cursor_.peek());
    if (!kind) return {};
    while (connective(cursor_.peek()) == kind) {
      cursor_.take();
      TRY(negation());
    }
    if (connective(cursor_.peek())) return fail(unexpected(cursor_.peek(), kMixed));
    insert(index, *kind, begin);
    return {};
  }

  Result<void> negation() {
    const auto index = program_.nodes.size();
    const auto begin = cursor_.peek().begin;
    if (!cursor_.peek().is("!") && !cursor_.peek().is("NOT")) return primary();
    TRY(cursor_.enter(kNesting));
    cursor_.take();
    TRY(negation());
    cursor_.leave();
    insert(index, NodeKind::kNot, begin);
    return {};
  }

  Result<void> primary() {
    const Token& first = cursor_.peek();
    if (first.is("(")) return parentheses();
    if (first.kind == Kind::kWord) {
      if (first.text == "ActionMatches") return pattern(NodeKind::kAction);
      if (first.text == "SubOperationMatches") return pattern(NodeKind::kSubOperation);
      if (first.text == "Exists") return exists();
    }
    return comparison();
  }

  Result<void> parentheses() {
    TRY(cursor_.enter(kNesting));
    cursor_.take();
    TRY(chain());
    TRY(cursor_.expect(")", "AND, OR or ')'"));
    cursor_.leave();
    return {};
  }

  Result<void> pattern(NodeKind kind) {
    const auto begin = cursor_.take().begin;
    TRY(cursor_.expect("{"));
    const auto what = kind == NodeKind::kAction
                          ? std::string_view("an action or a pattern of actions, in quotes")
                          : std::string_view("a sub-operation or a pattern of them, in quotes");
    const Token& text = cursor_.peek();
    if (text.kind != Kind::kText || text.text.empty()) return fail(unexpected(text, what));
    cursor_.take();
    TRY(cursor_.expect("}"));
    program_.patterns.push_back(text.text);
    add(kind, program_.patterns.size() - 1, begin);
    return {};
  }

  Result<void> exists() {
    const auto begin = cursor_.take().begin;
    if (!cursor_.peek().is("@")) return fail(unexpected(cursor_.peek(), "an attribute"));
    TRY_ASSIGN(const auto* row, attribute());
    add(NodeKind::kExists, static_cast<std::size_t>(row->attribute), begin);
    return {};
  }

  Result<void> comparison() {
    const auto begin = cursor_.peek().begin;
    TRY_ASSIGN(const auto left, operand(kStart));
    TRY_ASSIGN(const auto operation, this->operation());
    Comparison out{.operation = operation.row, .prefix = operation.prefix};
    TRY_ASSIGN(out.left, check_operand(left, operation, Side::kLeft, program_));
    TRY_ASSIGN(const auto right, operand("an attribute or a value"));
    TRY_ASSIGN(out.right, check_operand(right, operation, Side::kRight, program_));
    program_.comparisons.push_back(out);
    add(NodeKind::kCompare, program_.comparisons.size() - 1, begin);
    return {};
  }

  Result<const AttributeRow*> attribute() {
    cursor_.take();  // the '@'
    TRY_ASSIGN(const auto* source,
               cursor_.expect(Kind::kWord, "Request, Resource, Principal or Environment"));
    TRY_ASSIGN(const auto* name, cursor_.expect(Kind::kName, "[name]"));
    return resolve_attribute(*source, *name);
  }

  Result<WrittenOperation> operation() {
    WrittenOperation out;
    if (cursor_.peek().kind == Kind::kWord && cursor_.peek(1).is(":")) {
      TRY_ASSIGN(out.prefix, resolve_prefix(cursor_.peek()));
      cursor_.take();
      cursor_.take();
    }
    out.at = &cursor_.peek();
    TRY_ASSIGN(out.row, resolve_operator(*out.at, out.prefix));
    cursor_.take();
    return out;
  }

  Result<WrittenOperand> operand(std::string_view expected) {
    WrittenOperand out{.first = &cursor_.peek()};
    if (out.first->is("@")) {
      TRY_ASSIGN(out.attribute, attribute());
      return out;
    }
    out.braces = cursor_.accept("{");
    TRY_ASSIGN(auto first, literal(out.braces ? "a value" : expected));
    out.literals.push_back(first);
    if (!out.braces) return out;
    while (cursor_.accept(",")) {
      TRY_ASSIGN(auto next, literal("a value"));
      out.literals.push_back(next);
    }
    TRY(cursor_.expect("}", "',' or '}'"));
    return out;
  }

  Result<WrittenLiteral> literal(std::string_view expected) {
    const bool negative = cursor_.accept("-");
    const Token& token = cursor_.peek();
    const bool value = negative ? token.kind == Kind::kInteger
                                : token.kind == Kind::kText || token.kind == Kind::kInteger ||
                                      token.kind == Kind::kGuid || is_bool(token);
    if (!value) return fail(unexpected(token, negative ? "an integer" : expected));
    return WrittenLiteral{.token = &cursor_.take(), .negative = negative};
  }

  void add(NodeKind kind, std::size_t payload, std::size_t begin) {
    program_.nodes.push_back({.kind = kind,
                              .payload = static_cast<std::uint32_t>(payload),
                              .begin = static_cast<std::uint32_t>(begin),
                              .end = static_cast<std::uint32_t>(cursor_.previous().end)});
  }

  // Over what was added since `index`. Sizes are relative, so that moving nodes keeps them right.
  void insert(std::size_t index, NodeKind kind, std::size_t begin) {
    add(kind, 0, begin);
    auto& nodes = program_.nodes;
    nodes.back().size = static_cast<std::uint32_t>(nodes.size() - index);
    std::rotate(nodes.begin() + static_cast<std::ptrdiff_t>(index), nodes.end() - 1, nodes.end());
  }

  language::Cursor cursor_;
  Program program_;
};

}  // namespace

Result<Program> parse(std::string_view text) {
  TRY_ASSIGN(const auto tokens, language::lex(text, kDialect));
  return Parser(tokens).run();
}

}  // namespace berth::conditions
