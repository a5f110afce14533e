#include "language/text.h"

#include <gtest/gtest.h>

#include <array>

namespace berth::language {
namespace {

TEST(Text, ComparesWithoutCaseInAsciiOnly) {
  EXPECT_TRUE(equal_no_case("Microsoft.ContainerRegistry/[Z]", "mICROSOFT.cONTAINERrEGISTRY/[z]"));
  EXPECT_FALSE(equal_no_case("a", "ab"));
  EXPECT_FALSE(equal_no_case("[", "{")) << "one bit apart, as A and a are, but no letters";
  EXPECT_FALSE(equal_no_case("\xc3\x84", "\xc3\xa4")) << "not ASCII: bytes";
}

TEST(Text, ShowsWhatAStrangerWrote) {
  EXPECT_EQ(shown("a\\b"), "'a\\b'");
  EXPECT_EQ(shown("a'\n\x7f\xc3"), "'a\\x27\\x0a\\x7f\\xc3'");
  EXPECT_EQ(shown("abcdef", 4), "'abcd'… (6 bytes)");
}

TEST(Text, FindsTheNearestWord) {
  static constexpr std::array<std::string_view, 3> kKnown = {"StringEquals", "StringLike",
                                                             "GuidEquals"};
  EXPECT_EQ(nearest("StringEqual", kKnown), "StringEquals");
  EXPECT_EQ(nearest("stringlike", kKnown), "StringLike") << "case is no difference";
  EXPECT_EQ(nearest("GidEqals", kKnown), "GuidEquals");
  EXPECT_EQ(nearest("between", kKnown), "") << "nothing is near";
  EXPECT_EQ(nearest(std::string(65, 'S'), kKnown), "");
  EXPECT_EQ(nearest("", kKnown), "");
}

TEST(Text, ListsWithOr) {
  static constexpr std::array<std::string_view, 3> kWords = {"a", "b", "c"};
  EXPECT_EQ(any_of(kWords), "a, b or c");
  EXPECT_EQ(any_of(std::span(kWords).first(2)), "a or b");
  EXPECT_EQ(any_of(std::span(kWords).first(1)), "a");
}

}  // namespace
}  // namespace berth::language
