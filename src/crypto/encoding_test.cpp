#include "crypto/encoding.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::crypto {
namespace {

TEST(Encoding, KnownAnswersOfRfc4648) {
  const std::pair<std::string, std::string> rows[] = {{"", ""},
                                                      {"f", "Zg=="},
                                                      {"fo", "Zm8="},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg=="},
                                                      {"fooba", "Zm9vYmE="},
                                                      {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : rows) {
    EXPECT_EQ(base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
    const std::string bare = text.substr(0, text.find('='));
    EXPECT_EQ(base64url(bytes), bare);
    EXPECT_EQ(from_base64url(bare), bytes);
  }
}

TEST(Encoding, TheAlphabetsDifferInTwoCharacters) {
  const std::string bytes("\xfb\xff\xfe", 3);
  EXPECT_EQ(base64(bytes), "+//+");
  EXPECT_EQ(base64url(bytes), "-__-");
  EXPECT_FALSE(from_base64("-__-"));
  EXPECT_FALSE(from_base64url("+//+"));
}

TEST(Encoding, EveryByteSurvives) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(from_base64url(base64url(all)), all);
  EXPECT_EQ(from_base64(base64(all)), all);
}

TEST(Encoding, RefusesWhatIsNotCanonical) {
  for (const char* text : {"Zg=", "Zg", "Zg===", "=", "====", "Z===", "Zm9v=", "Zh==", "Zm9=",
                           "Zm 9v", "Zm9v\n", "Zg==Zg=="}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
  for (const char* text : {"Z", "Zg==", "Zh", "Zm9", "Zm9vY", "Zm9v "}) {
    EXPECT_FALSE(from_base64url(text)) << text;
  }
}

TEST(Encoding, HexIsLowerCase) {
  EXPECT_EQ(hex(std::string_view("\x00\x9f\xFF", 3)), "009fff");
}

}  // namespace
}  // namespace berth::crypto
