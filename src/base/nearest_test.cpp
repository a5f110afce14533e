#include "base/nearest.h"

#include <gtest/gtest.h>

namespace berth {
namespace {

TEST(EditDistance, CountsSingleSteps) {
  EXPECT_EQ(edit_distance("listen", "listen"), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("lisen", "listen"), 1u);
  EXPECT_EQ(edit_distance("lsiten", "listen"), 1u);  // neighbours swapped
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("LSiten", "listen"), 1u) << "case is no difference";
}

TEST(NearestName, OnlyWhenItIsPlausible) {
  const std::vector<std::string> names = {"serve", "config", "gc", "verify", "version"};
  EXPECT_EQ(nearest_name("srve", names), "serve");
  EXPECT_EQ(nearest_name("verfy", names), "verify");
  EXPECT_EQ(nearest_name("gcc", names), "gc");
  EXPECT_EQ(nearest_name("VERSION", names), "version");
  EXPECT_EQ(nearest_name("xy", names), std::nullopt) << "nothing in common";
  EXPECT_EQ(nearest_name("frobnicate", names), std::nullopt);
  EXPECT_EQ(nearest_name("", names), std::nullopt);
  EXPECT_EQ(nearest_name(std::string(1 << 20, 'v'), names), std::nullopt);
}

// What was forgotten counts by what was meant: the word alone is too short to have so many errors.
TEST(NearestName, AThirdOfTheLongerOne) {
  EXPECT_EQ(nearest_name("NumericLess", {"NumericLessThan"}), "NumericLessThan");
  EXPECT_EQ(nearest_name("abcdefgh", {"abcdefghijkl"}), "abcdefghijkl") << "4 of 12";
  EXPECT_EQ(nearest_name("abcdefg", {"abcdefghijk"}), std::nullopt) << "4 of 11";
}

TEST(NearestName, TheClosestThenTheFirst) {
  EXPECT_EQ(nearest_name("verson", {"versed", "version", "person"}), "version");
}

}  // namespace
}  // namespace berth
