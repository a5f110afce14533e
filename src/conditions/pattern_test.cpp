#include "conditions/pattern.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace berth::conditions {
namespace {

constexpr PatternRules kLike = {};
constexpr PatternRules kAction = {.ignore_case = true, .stars_only = true};

bool like(std::string_view text, std::string_view pattern, PatternRules rules = kLike) {
  std::size_t steps = 0;
  const bool result = matches(text, pattern, rules, steps);
  EXPECT_LE(steps, most_steps(pattern, rules, text.size())) << text << " ~ " << pattern;
  return result;
}

// The definition, without care for time: what each item of the pattern may take.
bool slow(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return slow(text, pattern.substr(1)) || (!text.empty() && slow(text.substr(1), pattern));
  }
  if (text.empty()) return false;
  std::size_t width = 1;
  char wanted = pattern[0];
  if (wanted == '\\' && pattern.size() > 1 &&
      std::string_view("*?\\").find(pattern[1]) != std::string_view::npos) {
    width = 2;
    wanted = pattern[1];
  } else if (wanted == '?') {
    wanted = text[0];
  }
  return text[0] == wanted && slow(text.substr(1), pattern.substr(width));
}

TEST(Pattern, AStarInAnActionIsTheOnlyWildcard) {
  EXPECT_TRUE(like("A/b/READ", "a/*/read", kAction));
  EXPECT_TRUE(like("a/b/c/read", "a/*/read", kAction));
  EXPECT_FALSE(like("a/read", "a/*/read", kAction));
  EXPECT_FALSE(like("a", "?", kAction));
  EXPECT_TRUE(like("\\*", "\\*", kAction)) << "a backslash is itself, the star a star";
  EXPECT_TRUE(like("\\x", "\\*", kAction));
}

TEST(Pattern, ABackslashAtTheEndOrBeforeALetterIsItself) {
  EXPECT_TRUE(like("a\\", "a\\"));
  EXPECT_TRUE(like("\\a", "\\a"));
  EXPECT_FALSE(like("a", "\\a"));
}

TEST(Pattern, ACharacterIsOneOfUtf8) {
  EXPECT_TRUE(like("\xc3\xa4/\xe2\x82\xac", "?/?"));
  EXPECT_FALSE(like("\xc3\xa4", "??"));
  EXPECT_TRUE(like("x\xe2\x82\xacy", "*?y"));
  EXPECT_FALSE(like("\xc3\x84", "\xc3\xa4", {.ignore_case = true})) << "case is ASCII's";
}

TEST(Pattern, AgreesWithItsDefinition) {
  std::mt19937 random(20260131);
  const auto make = [&](std::string_view alphabet, std::size_t most) {
    std::string out;
    for (auto left = random() % (most + 1); left > 0; --left) {
      out += alphabet[random() % alphabet.size()];
    }
    return out;
  };
  int matched = 0;
  for (int i = 0; i < 200'000; ++i) {
    const auto text = make("ab*\\", 9);
    const auto pattern = make("aab**?\\", 7);
    const bool expected = slow(text, pattern);
    ASSERT_EQ(like(text, pattern), expected) << text << " ~ " << pattern;
    if (expected) ++matched;
  }
  EXPECT_GT(matched, 10'000) << "the alphabets are so small that many match";
}

TEST(Pattern, StaysUnderItsBoundWhereBacktrackingWouldExplode) {
  const std::string text(255, 'a');
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "*a";
  EXPECT_FALSE(like(text, pattern + "b"));
  EXPECT_FALSE(like(text, "*" + std::string(100, 'a') + "b"));
  EXPECT_FALSE(like(text, "*" + std::string(100, 'a') + "b*"));
  EXPECT_FALSE(like(text, "a*a*a*" + std::string(128, '?') + "b"));
  EXPECT_TRUE(like(text, pattern + "*"));
}

TEST(Pattern, ItsBoundGrowsWithTheLongestRunAfterAStar) {
  EXPECT_LE(most_steps("abc*", kLike, 255), 5U) << "a prefix needs no search";
  EXPECT_LE(most_steps("*/app", kLike, 255), 255U * 5 + 6);
  EXPECT_GE(most_steps(std::size_t{255}, 255), most_steps("*" + std::string(254, 'a'), kLike, 255));
}

}  // namespace
}  // namespace berth::conditions
