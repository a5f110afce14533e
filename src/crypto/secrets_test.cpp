#include "crypto/secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "crypto/encoding.h"

namespace berth::crypto {
namespace {

TEST(Secrets, KnownAnswers) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231, cases 1, 2 and 6 (a key longer than a block).
  EXPECT_EQ(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha256(std::string(131, '\xaa'),
                            "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(hex(hmac_sha256({}, {})),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Secrets, ComparesAllOfBothTexts) {
  EXPECT_TRUE(constant_time_equal("", ""));
  EXPECT_TRUE(constant_time_equal("abc", "abc"));
  EXPECT_FALSE(constant_time_equal("abc", "abd"));
  EXPECT_FALSE(constant_time_equal("abc", "ab"));
  EXPECT_FALSE(constant_time_equal(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

TEST(Secrets, EveryLetterIsEquallyLikely) {
  SeededRandom random(7);
  std::array<int, 256> counts{};
  constexpr int kLetters = 62 * 1000;
  for (const char c : make_secret(random, kLetters)) ++counts[static_cast<unsigned char>(c)];
  int letters = 0;
  for (const int count : counts) {
    if (count == 0) continue;
    ++letters;
    // A byte taken modulo 62 would give the first eight letters 1210 and the others 968.
    EXPECT_NEAR(count, 1000, 140);
  }
  EXPECT_EQ(letters, 62);
}

TEST(Secrets, HaveTheLengthAskedFor) {
  SystemRandom random;
  const std::string secret = make_secret(random);
  EXPECT_THAT(secret, testing::MatchesRegex("[A-Za-z0-9]+"));
  EXPECT_EQ(secret.size(), kSecretLength);
  EXPECT_NE(secret, make_secret(random));
  EXPECT_EQ(make_secret(random, 1).size(), 1U);
  EXPECT_EQ(random_bytes(random, 33).size(), 33U);
}

TEST(Secrets, DerivedOnesDependOnKeyMessageAndNothingElse) {
  const std::string secret = derive_secret("key", "registry/1");
  EXPECT_EQ(secret, derive_secret("key", "registry/1"));
  EXPECT_NE(secret, derive_secret("key", "registry/2"));
  EXPECT_NE(secret, derive_secret("yek", "registry/1"));
  EXPECT_THAT(secret, testing::MatchesRegex("[A-Za-z0-9]+"));
  EXPECT_EQ(secret.size(), kSecretLength);
  // A longer one needs further blocks, which begin differently.
  const std::string longer = derive_secret("key", "registry/1", 100);
  EXPECT_EQ(longer.substr(0, kSecretLength), secret);
  EXPECT_NE(longer.substr(kSecretLength, 20), secret.substr(0, 20));
}

}  // namespace
}  // namespace berth::crypto
