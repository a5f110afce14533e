#include "oci/digest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unordered_set>

namespace berth::oci {
namespace {

using ::testing::HasSubstr;

const std::string kHex64(64, 'a');
const std::string kHex128(128, '7');

TEST(Digest, ParsesBothAlgorithms) {
  const auto short_one = Digest::parse("sha256:" + kHex64);
  ASSERT_TRUE(short_one);
  EXPECT_EQ(short_one->algorithm(), Algorithm::kSha256);
  EXPECT_EQ(short_one->hex(), kHex64);
  EXPECT_EQ(short_one->text(), "sha256:" + kHex64);
  const auto long_one = Digest::parse("sha512:" + kHex128);
  ASSERT_TRUE(long_one);
  EXPECT_EQ(long_one->algorithm(), Algorithm::kSha512);
  EXPECT_EQ(long_one->hex(), kHex128);
}

TEST(Digest, NamesTheWrongPart) {
  const std::pair<std::string, std::string_view> cases[] = {
      {"", "names no algorithm"},
      {kHex64, "names no algorithm"},
      {":" + kHex64, "algorithm '' is not supported; use sha256 or sha512"},
      {"md5:d41d8cd98f00b204e9800998ecf8427e", "algorithm 'md5' is not supported"},
      {"SHA256:" + kHex64, "algorithm 'SHA256' is not supported"},
      {"sha256 :" + kHex64, "algorithm 'sha256 ' is not supported"},
      {"sha256:", "has 0 hex digits; sha256 needs 64"},
      {"sha256:" + kHex64.substr(1), "has 63 hex digits; sha256 needs 64"},
      {"sha256:" + kHex64 + "a", "has 65 hex digits; sha256 needs 64"},
      {"sha512:" + kHex64, "has 64 hex digits; sha512 needs 128"},
      {"sha256:A" + kHex64.substr(1), "has 'A' as hex digit 1"},
      {"sha256:" + kHex64.substr(1) + "g", "has 'g' as hex digit 64"},
      {"sha256:../../" + kHex64, "has '.' as hex digit 1"},
      {"sha256:" + kHex64 + "\n", "has '\\x0a' as hex digit 65"},
      {"sha256:" + kHex64.substr(1) + std::string(1, '\0'), "has '\\x00' as hex digit 64"},
  };
  for (const auto& [text, message] : cases) {
    const auto digest = Digest::parse(text);
    ASSERT_FALSE(digest) << text;
    EXPECT_EQ(digest.error().code, Code::kDigestInvalid);
    EXPECT_THAT(digest.error().message, HasSubstr(message));
  }
}

TEST(Digest, FromRawWritesLowerCaseHex) {
  const std::string raw = std::string("\x00\x1f\xab\xff", 4) + std::string(28, '\x09');
  const auto digest = Digest::from_raw(Algorithm::kSha256, raw);
  EXPECT_THAT(digest.text(), HasSubstr("sha256:001fabff0909"));
  EXPECT_EQ(*Digest::parse(digest.text()), digest);
  EXPECT_EQ(Digest::from_raw(Algorithm::kSha512, std::string(64, 'w')).hex().size(), 128U);
}

TEST(DigestDeathTest, FromRawRefusesAWrongLength) {
  EXPECT_DEATH(Digest::from_raw(Algorithm::kSha512, std::string(32, 'x')), "");
}

TEST(Digest, IsAValue) {
  const auto a = *Digest::parse("sha256:" + kHex64);
  const auto b = *Digest::parse("sha256:" + std::string(64, 'b'));
  EXPECT_LT(a, b);
  EXPECT_NE(a, b);
  EXPECT_EQ((std::unordered_set<Digest>{a, b, a}.size()), 2U);
}

TEST(Algorithm, NamesAndLengths) {
  EXPECT_EQ(algorithm_name(Algorithm::kSha256), "sha256");
  EXPECT_EQ(algorithm_name(Algorithm::kSha512), "sha512");
  EXPECT_EQ(hex_length(Algorithm::kSha256), 64U);
  EXPECT_EQ(hex_length(Algorithm::kSha512), 128U);
}

}  // namespace
}  // namespace berth::oci
