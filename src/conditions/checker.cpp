#include "conditions/checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "base/ascii.h"
#include "base/guid.h"
#include "base/nearest.h"
#include "conditions/date.h"
#include "language/text.h"

namespace berth::conditions {
namespace {

using language::Kind;
using language::shown;
using language::Token;
using language::unexpected;

std::optional<Source> find_source(std::string_view name) {
  const auto found = std::ranges::find(kSourceNames, name);
  if (found == kSourceNames.end()) return {};
  return static_cast<Source>(found - kSourceNames.begin());
}

std::string with_at(Source source) {
  return fmt::format("@{}", kSourceNames[static_cast<std::size_t>(source)]);
}

// "a, b or c" of what `text` makes of the rows that `keep` chooses, each once.
template <class Keep, class Text>
std::string listed(Keep keep, Text text) {
  std::vector<std::string> words;
  for (const auto& row : attribute_table()) {
    if (!keep(row)) continue;
    std::string word(text(row));
    if (std::ranges::find(words, word) == words.end()) words.push_back(std::move(word));
  }
  const std::vector<std::string_view> views(words.begin(), words.end());
  return language::any_of(views);
}

template <class Table>
std::vector<std::string> names(const Table& table) {
  std::vector<std::string> out;
  for (const auto& row : table) out.emplace_back(row.name);
  return out;
}

// "an operator (the nearest is StringEquals)".
std::string suggestion(std::string_view what, std::string_view word,
                       const std::vector<std::string>& known) {
  const auto nearest = nearest_name(word, known);
  if (nearest) return fmt::format("{} (the nearest is {})", what, *nearest);
  return fmt::format("{} such as {}", what, known.front());
}

// What an escaped text means outside of a pattern, where \* and \? are no escapes: see parser.cpp.
std::string plain(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '\\') ++i;
    out += text[i];
  }
  return out;
}

Result<Datum> integer(const WrittenLiteral& literal) {
  const std::string digits = (literal.negative ? "-" : "") + literal.token->text;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{}) {
    using Limits = std::numeric_limits<std::int64_t>;
    return fail(unexpected(literal.token->place,
                           fmt::format("an integer from {} to {}", Limits::min(), Limits::max()),
                           shown(digits)));
  }
  return Datum{.number = value};
}

Datum text_of(std::string text, Program& program) {
  return {.text = program.texts.emplace_back(std::move(text))};
}

// The value when the literal is one of the operator's type; empty when it is of another.
Result<std::optional<Datum>> value(const WrittenLiteral& literal, const Operator& operation,
                                   bool pattern, Program& program) {
  const Token& token = *literal.token;
  const bool text = token.kind == Kind::kText;
  switch (operation.type) {
    case Type::kBool:
      if (token.kind != Kind::kWord) break;
      return Datum{.number = token.text == "true" ? 1 : 0};
    case Type::kInteger:
      if (token.kind != Kind::kInteger) break;
      return integer(literal);
    case Type::kText:
      if (!text) break;
      return text_of(pattern ? token.text : plain(token.text), program);
    case Type::kGuid:
      if (!is_guid(token.text)) break;
      return text_of(token.text, program);
    case Type::kDate:
      if (const auto date = text ? parse_date(token.text) : std::nullopt) {
        return Datum{.number = *date};
      }
      break;
  }
  return std::optional<Datum>{};
}

Result<void> check_braces(const WrittenOperand& written, const WrittenOperation& operation) {
  if (!written.braces || operation.prefix != nullptr) return {};
  const auto name = operation.row->name;
  return fail(unexpected(
      *written.first,
      operation.row->prefixable
          ? fmt::format("one value (several need a prefix, as in ForAnyOfAnyValues:{})", name)
          : fmt::format("one value for {}", name)));
}

// The attribute is to blame on the right, where the operator is already chosen.
Result<Operand> check_attribute(const WrittenOperand& written, const WrittenOperation& operation,
                                Side side) {
  const AttributeRow& row = *written.attribute;
  const TypeRow& type = type_row(row.type);
  if (row.type == operation.row->type) return Operand{.attribute = row.attribute};
  if (side == Side::kLeft) {
    return fail(
        unexpected(*operation.at, fmt::format("an operator for {}, which {} is, such as {}",
                                              type.name, row.short_name(), type.sample_operator)));
  }
  return fail(
      unexpected(written.first->place,
                 fmt::format("{} for {}", type_row(operation.row->type).name, operation.row->name),
                 fmt::format("{}, which is {}", shown(row.short_name()), type.name)));
}

}  // namespace

Result<const AttributeRow*> resolve_attribute(const Token& source, const Token& name) {
  const auto from = find_source(source.text);
  if (!from) return fail(unexpected(source, language::any_of(kSourceNames)));
  if (const auto* row = find_attribute(*from, name.text)) return row;
  const auto source_of = [](const AttributeRow& row) { return with_at(row.source); };
  const auto elsewhere = listed(
      [&](const AttributeRow& row) { return equal_no_case(row.name, name.text); }, source_of);
  if (!elsewhere.empty()) {
    return fail(unexpected(source.place, fmt::format("{} before {}", elsewhere, shown(name.text)),
                           shown("@" + source.text)));
  }
  const auto known = listed([&](const AttributeRow& row) { return row.source == *from; },
                            [](const AttributeRow& row) { return row.name; });
  if (!known.empty()) return fail(unexpected(name, "one of " + with_at(*from) + "'s: " + known));
  return fail(unexpected(
      source.place,
      fmt::format("{} (there are no attributes of {} here)",
                  listed([](const AttributeRow&) { return true; }, source_of), with_at(*from)),
      shown(with_at(*from))));
}

Result<const Operator*> resolve_operator(const Token& token, const Prefix* prefix) {
  const auto* row = token.kind == Kind::kWord ? find_operator(token.text) : nullptr;
  if (row == nullptr) {
    const auto known = names(operator_table());
    const auto word = token.kind == Kind::kWord ? std::string_view(token.text) : "";
    return fail(unexpected(token, suggestion("an operator", word, known)));
  }
  if (prefix != nullptr && !row->prefixable) {
    return fail(unexpected(
        token, fmt::format("an operator that {}: can stand before (StringEquals, StringNotEquals, "
                           "StringLike, StringNotLike, Numeric… and Guid…)",
                           prefix->name)));
  }
  return row;
}

Result<const Prefix*> resolve_prefix(const Token& token) {
  if (const auto* prefix = find_prefix(token.text)) return prefix;
  const auto known = names(prefix_table());
  return fail(unexpected(token, suggestion("a prefix", token.text, known)));
}

Result<Operand> check_operand(const WrittenOperand& written, const WrittenOperation& operation,
                              Side side, Program& program) {
  TRY(check_braces(written, operation));
  if (written.attribute != nullptr) return check_attribute(written, operation, side);
  Operand out{.first = static_cast<std::uint32_t>(program.literals.size()),
              .count = static_cast<std::uint32_t>(written.literals.size())};
  const bool pattern = side == Side::kRight && operation.row->pattern;
  for (const auto& literal : written.literals) {
    TRY_ASSIGN(const auto datum, value(literal, *operation.row, pattern, program));
    if (!datum) {
      return fail(unexpected(
          *literal.token,
          fmt::format("{} for {}", type_row(operation.row->type).literal, operation.row->name)));
    }
    program.literals.push_back(*datum);
  }
  return out;
}

}  // namespace berth::conditions
