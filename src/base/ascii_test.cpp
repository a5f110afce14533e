#include "base/ascii.h"

#include <gtest/gtest.h>

namespace berth {
namespace {

// All bytes of a class, in order: the neighbours of its ends and bytes beyond ASCII are not in it.
template <class Predicate>
std::string members(Predicate is_member) {
  std::string out;
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    if (is_member(c)) out += c;
  }
  return out;
}

TEST(Ascii, KnowsItsClasses) {
  constexpr std::string_view kDigits = "0123456789", kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                             kLower = "abcdefghijklmnopqrstuvwxyz";
  EXPECT_EQ(members(is_digit), kDigits);
  EXPECT_EQ(members(is_upper), kUpper);
  EXPECT_EQ(members(is_lower), kLower);
  EXPECT_EQ(members(is_alnum), std::string(kDigits).append(kUpper).append(kLower));
}

TEST(Ascii, ChangesTheCaseOfLettersOnly) {
  EXPECT_EQ(lower("AZaz09[@`{\xc3\x84"), "azaz09[@`{\xc3\x84");
  EXPECT_EQ(upper('a'), 'A');
  EXPECT_EQ(upper('z'), 'Z');
  EXPECT_EQ(upper('{'), '{');
  EXPECT_EQ(upper('\xe4'), '\xe4');
}

TEST(Ascii, ComparesWithoutCase) {
  EXPECT_TRUE(equal_no_case("Microsoft.ContainerRegistry/[Z]", "mICROSOFT.cONTAINERrEGISTRY/[z]"));
  EXPECT_FALSE(equal_no_case("a", "ab"));
  EXPECT_FALSE(equal_no_case("[", "{")) << "one bit apart, as A and a are, but no letters";
  EXPECT_FALSE(equal_no_case("\xc3\x84", "\xc3\xa4")) << "not ASCII: bytes";
}

}  // namespace
}  // namespace berth
