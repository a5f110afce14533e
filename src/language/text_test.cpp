#include "language/text.h"

#include <gtest/gtest.h>

#include <array>

namespace berth::language {
namespace {

TEST(Text, ShowsWhatAStrangerWrote) {
  EXPECT_EQ(shown("a\\b"), "'a\\b'");
  EXPECT_EQ(shown("a'\n\x7f\xc3"), "'a\\x27\\x0a\\x7f\\xc3'");
  EXPECT_EQ(shown("abcdef", 4), "'abcd'… (6 bytes)");
}

TEST(Text, ListsWithOr) {
  static constexpr std::array<std::string_view, 3> kWords = {"a", "b", "c"};
  EXPECT_EQ(any_of(kWords), "a, b or c");
  EXPECT_EQ(any_of(std::span(kWords).first(2)), "a or b");
  EXPECT_EQ(any_of(std::span(kWords).first(1)), "a");
}

}  // namespace
}  // namespace berth::language
