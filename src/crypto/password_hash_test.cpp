#include "crypto/password_hash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

namespace berth::crypto {
namespace {

constexpr std::string_view kGood = "correct horse battery";

TEST(PasswordHash, OnlyTheSamePasswordVerifies) {
  SystemRandom random;
  const auto hash = hash_password(kGood, random);
  ASSERT_TRUE(hash);
  EXPECT_THAT(*hash, testing::StartsWith("$argon2id$v=19$m=19456,t=2,p=1$"));
  EXPECT_EQ(hash->find('\0'), std::string::npos);
  EXPECT_TRUE(verify_password(kGood, *hash));
  EXPECT_FALSE(verify_password("correct horse batterz", *hash));
  EXPECT_FALSE(verify_password("", *hash));
  EXPECT_NE(*hash, hash_password(kGood, random).value()) << "a salt makes equal passwords differ";
}

TEST(PasswordHash, LengthIsLimited) {
  SystemRandom random;
  const auto brief = hash_password("elevenchars", random);
  ASSERT_FALSE(brief);
  EXPECT_EQ(brief.error().code, Code::kInvalidRequest);
  EXPECT_THAT(brief.error().message, testing::HasSubstr("12 to 1024"));
  EXPECT_FALSE(hash_password(std::string(kMaxPasswordBytes + 1, 'x'), random));
  const std::string longest(kMaxPasswordBytes, 'x');
  EXPECT_TRUE(verify_password(longest, hash_password(longest, random).value()));
  EXPECT_FALSE(verify_password(longest + "y", hash_password(longest, random).value()));
}

// "Unknown", "wrong" and "damaged" must not be told apart by time: each is one hash operation.
TEST(PasswordHash, EveryRefusalCostsOneOperation) {
  SystemRandom random;
  const std::string hash = hash_password(kGood, random).value();
  // CPU time of this thread, which other work on the machine does not stretch.
  const auto now = [] {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  };
  const auto cost = [&](std::string_view password, std::string_view encoded) {
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
      const double begin = now();
      EXPECT_FALSE(verify_password(password, encoded));
      best = std::min(best, now() - begin);
    }
    return best;
  };
  const double wrong = cost("wrong password", hash);
  const std::string too_long(kMaxPasswordBytes + 1, 'x');
  for (const double other : {cost(kGood, decoy_password_hash()), cost(kGood, "damaged"),
                             cost(kGood, hash.substr(0, 40)), cost(too_long, hash)}) {
    EXPECT_GT(other, wrong * 0.5);
    EXPECT_LT(other, wrong * 1.9);
  }
}

}  // namespace
}  // namespace berth::crypto
