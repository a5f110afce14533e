// Two dialects: one as conditions need it, one as a query language would, so that the lexer is not
// tied to its first user.
#include "language/lexer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>

namespace berth::language {
namespace {

constexpr std::array<std::string_view, 4> kFew = {"(", ")", "!", "&&"};
constexpr std::array<std::string_view, 2> kFewWords = {"AND", "NOT"};
constexpr std::array<Escape, 1> kQuote = {{{'\'', "'"}}};
constexpr Dialect kCondition = {.quotes = "'",
                                .escapes = kQuote,
                                .other_escapes_stay = true,
                                .operators = kFew,
                                .operator_words = kFewWords,
                                .line_comment = {},
                                .bracketed_names = true,
                                .guids = true,
                                .max_bytes = 200};

constexpr std::array<std::string_view, 8> kMany = {"|", "=", "==", "=~", "..", ".", "[", "]"};
constexpr std::array<std::string_view, 1> kManyWords = {"has"};
constexpr std::array<Escape, 3> kC = {{{'n', "\n"}, {'\\', "\\"}, {'"', "\""}}};
constexpr Dialect kQuery = {.quotes = "\"'",
                            .escapes = kC,
                            .operators = kMany,
                            .operator_words = kManyWords,
                            .line_comment = "//",
                            .max_bytes = 200};

// "kind:text@line,column" of every token.
std::string written(std::string_view text, const Dialect& dialect) {
  static constexpr std::array kKinds = {"word",     "op",   "text", "int",
                                        "quantity", "guid", "name", "end"};
  const auto tokens = lex(text, dialect);
  if (!tokens) return tokens.error().message;
  std::string out;
  for (const auto& token : *tokens) {
    out += fmt::format("{}{}:{}@{},{}", out.empty() ? "" : " ",
                       kKinds[static_cast<std::size_t>(token.kind)], token.text, token.place.line,
                       token.place.column);
  }
  return out;
}

TEST(Lexer, TellsKindsAndPlaces) {
  EXPECT_EQ(written("", kCondition), "end:@1,1");
  EXPECT_EQ(written("a1_ AND\n\tNOT(17)", kCondition),
            "word:a1_@1,1 op:AND@1,5 op:NOT@2,2 op:(@2,5 int:17@2,6 op:)@2,8 end:@2,9");
  EXPECT_EQ(written("and ANDY\r\n  ", kCondition), "word:and@1,1 word:ANDY@1,5 end:@2,3");
  EXPECT_EQ(written("[a/b:c d]x", kCondition), "name:a/b:c d@1,1 word:x@1,10 end:@1,11");
}

TEST(Lexer, CountsCharactersNotBytes) {
  EXPECT_EQ(written("'\xc3\xa4\xe2\x82\xac' x", kCondition),
            "text:\xc3\xa4\xe2\x82\xac@1,1 word:x@1,6 end:@1,7");
}

TEST(Lexer, KnowsTheSpanOfATokenInTheSource) {
  const auto tokens = lex(" 'a\\'b' [n]", kCondition);
  ASSERT_TRUE(tokens);
  EXPECT_EQ((*tokens)[0].text, "a'b");
  EXPECT_EQ((*tokens)[0].begin, 1U);
  EXPECT_EQ((*tokens)[0].end, 7U);
  EXPECT_EQ((*tokens)[1].begin, 8U);
  EXPECT_EQ((*tokens)[1].end, 11U);
}

TEST(Lexer, TellsGuidsFromWordsAndNumbers) {
  const std::string digits = "12345678-1234-1234-1234-123456789012";
  const std::string letters = "abcdef00-ABCD-abcd-0000-abcdefabcdef";
  EXPECT_EQ(written(digits, kCondition), "guid:" + digits + "@1,1 end:@1,37");
  EXPECT_EQ(written(letters + ")", kCondition), "guid:" + letters + "@1,1 op:)@1,37 end:@1,38");
  EXPECT_EQ(written(letters + "0", kCondition),
            "line 1, column 9: expected a word, a number, text in 'quotes' or one of ( ) ! &&, "
            "found '-'");
}

TEST(Lexer, TellsNumbersFromQuantities) {
  EXPECT_EQ(written("007 1.5 10m 1..5 2.", kQuery),
            "int:007@1,1 quantity:1.5@1,5 quantity:10m@1,9 int:1@1,13 op:..@1,14 int:5@1,16 "
            "int:2@1,18 op:.@1,19 end:@1,20");
}

TEST(Lexer, TakesTheLongestOperator) {
  EXPECT_EQ(written("a==b=~c=d has|[", kQuery),
            "word:a@1,1 op:==@1,2 word:b@1,4 op:=~@1,5 word:c@1,7 op:=@1,8 word:d@1,9 "
            "op:has@1,11 op:|@1,14 op:[@1,15 end:@1,16");
}

TEST(Lexer, SkipsCommentsWhereThereAreSome) {
  EXPECT_EQ(written("a // b 'c\nd//", kQuery), "word:a@1,1 word:d@2,1 end:@2,4");
  EXPECT_EQ(written("//", kCondition),
            "line 1, column 1: expected a word, a number, text in 'quotes' or one of ( ) ! &&, "
            "found '/'");
}

TEST(Lexer, ReadsEscapesAsTheDialectSays) {
  EXPECT_EQ(written(R"('a\'b\*c\\')", kCondition), R"(text:a'b\*c\\@1,1 end:@1,12)")
      << "one that the dialect does not name stays, as a pair: the last backslash is no escape";
  EXPECT_EQ(written(R"("a\\\"n\n" 'x"y')", kQuery), "text:a\\\"n\n@1,1 text:x\"y@1,12 end:@1,17");
  EXPECT_EQ(written(R"("a\q")", kQuery),
            R"(line 1, column 3: expected one of \n \\ \", found '\q')");
}

TEST(Lexer, RefusesWhatDoesNotEnd) {
  const std::string open = "line 1, column 3: expected a text that ends with ', found ";
  EXPECT_EQ(written("a 'b", kCondition), open + "the end");
  EXPECT_EQ(written("a 'b\n'", kCondition), open + "the end of the line");
  EXPECT_EQ(written("a 'b\\", kCondition), open + "the end");
  EXPECT_EQ(written("[b\r\n]", kCondition),
            "line 1, column 1: expected a name that ends with ], found the end of the line");
}

TEST(Lexer, RefusesControlCharacters) {
  const auto at = [](int column, std::string_view found) {
    return fmt::format("line 1, column {}: expected text without control characters, found '{}'",
                       column, found);
  };
  EXPECT_EQ(written(std::string_view("a\0b", 3), kCondition), at(2, "\\x00"));
  EXPECT_EQ(written("'\x1b'", kCondition), at(2, "\\x1b"));
  EXPECT_EQ(written("'\t'", kCondition), at(2, "\\x09"));
  EXPECT_EQ(written("'\\\x7f'", kCondition), at(3, "\\x7f"));
  EXPECT_EQ(written("[\x01]", kCondition), at(2, "\\x01"));
}

TEST(Lexer, LimitsTheLength) {
  EXPECT_TRUE(lex(std::string(200, 'a'), kCondition));
  const auto longer = lex(std::string(201, ' '), kCondition);
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, Code::kInvalidRequest);
  EXPECT_EQ(longer.error().message, "line 1, column 1: expected at most 200 bytes, found 201");
}

}  // namespace
}  // namespace berth::language
