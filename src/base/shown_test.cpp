#include "base/shown.h"

#include <gtest/gtest.h>

namespace berth {
namespace {

TEST(Shown, ShowsPrintableAsciiAsItIs) {
  EXPECT_EQ(shown("team/app:1.0 ~"), "'team/app:1.0 ~'");
  EXPECT_EQ(shown(""), "''");
}

TEST(Shown, EscapesWhatCouldMislead) {
  EXPECT_EQ(shown("a\n\x1b[31m"), "'a\\x0a\\x1b[31m'");
  EXPECT_EQ(shown(std::string_view("\0\xff", 2)), "'\\x00\\xff'");
  EXPECT_EQ(shown("it's \\x41"), "'it\\x27s \\x5cx41'");
}

TEST(Shown, CutsLongText) {
  EXPECT_EQ(shown(std::string(80, 'a')), "'" + std::string(80, 'a') + "'");
  EXPECT_EQ(shown("abcdef", 4), "'abcd'… (6 bytes)");
  EXPECT_EQ(shown(std::string(5000, 'a')), "'" + std::string(80, 'a') + "'… (5000 bytes)");
}

}  // namespace
}  // namespace berth
