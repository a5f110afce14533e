#include "language/cursor.h"

#include <gtest/gtest.h>

#include <array>

#include "language/lexer.h"

namespace berth::language {
namespace {

constexpr std::array<std::string_view, 2> kOperators = {"(", ")"};
constexpr Dialect kDialect = {.quotes = "'",
                              .escapes = {},
                              .operators = kOperators,
                              .bracketed_names = true,
                              .max_bytes = 99};

std::vector<Token> tokens_of(std::string_view text) {
  return lex(text, kDialect).value();
}

TEST(Cursor, LooksTakesAndStaysAtTheEnd) {
  const auto tokens = tokens_of("a (");
  Cursor cursor(tokens, 1);
  EXPECT_EQ(cursor.peek().text, "a");
  EXPECT_TRUE(cursor.peek(1).is("("));
  EXPECT_EQ(cursor.peek(9).kind, Kind::kEnd);
  EXPECT_FALSE(cursor.accept("("));
  EXPECT_EQ(cursor.take().text, "a");
  EXPECT_EQ(cursor.previous().text, "a");
  EXPECT_TRUE(cursor.accept("("));
  EXPECT_EQ(cursor.take().kind, Kind::kEnd);
  EXPECT_EQ(cursor.take().kind, Kind::kEnd);
}

TEST(Cursor, AWordIsNoOperator) {
  const auto tokens = tokens_of("'('");
  EXPECT_FALSE(Cursor(tokens, 1).accept("(")) << "the same letters in quotes";
}

TEST(Cursor, SaysWhatItExpected) {
  const auto message = [](std::string_view text, std::string_view expected) {
    const auto tokens = tokens_of(text);
    return Cursor(tokens, 1).expect(")", expected).error().message;
  };
  EXPECT_EQ(message("  word", ""), "line 1, column 3: expected ')', found 'word'");
  EXPECT_EQ(message("'a'", "a or b"), "line 1, column 1: expected a or b, found the text 'a'");
  EXPECT_EQ(message("[n]", "x"), "line 1, column 1: expected x, found '[n]'");
  EXPECT_EQ(message("\n", "x"), "line 2, column 1: expected x, found the end");
}

TEST(Cursor, ExpectsAKind) {
  const auto tokens = tokens_of("word 'text'");
  Cursor cursor(tokens, 1);
  const auto word = cursor.expect(Kind::kWord, "a word");
  ASSERT_TRUE(word);
  EXPECT_EQ((*word)->text, "word");
  const auto other = cursor.expect(Kind::kInteger, "a number");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::kInvalidRequest);
  EXPECT_EQ(other.error().message, "line 1, column 6: expected a number, found the text 'text'");
}

TEST(Cursor, BoundsTheDepth) {
  const auto tokens = tokens_of("(");
  Cursor cursor(tokens, 2);
  EXPECT_TRUE(cursor.enter("nests"));
  EXPECT_TRUE(cursor.enter("nests"));
  const auto third = cursor.enter("nests");
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().message,
            "line 1, column 1: expected at most 2 levels of nests, found '('");
  cursor.leave();
  EXPECT_TRUE(cursor.enter("nests"));
}

}  // namespace
}  // namespace berth::language
