#include "crypto/password_hash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {
int hash_operations = 0;
}

// The linker puts count_verify in the place of argon2id_verify and gives the library's own another
// name (--wrap, see CMakeLists.txt). The labels are the linker's names.
extern "C" int library_verify(const char* encoded, const void* password,
                              std::size_t size) asm("__real_argon2id_verify");
extern "C" int count_verify(const char* encoded, const void* password,
                            std::size_t size) asm("__wrap_argon2id_verify");

// A hash was computed when the answer is yes or no, and not when the library refused to begin.
int count_verify(const char* encoded, const void* password, std::size_t size) {
  const int status = library_verify(encoded, password, size);
  constexpr int kMismatch = -35;  // ARGON2_VERIFY_MISMATCH; password_hash.cpp alone has its header
  if (status == 0 || status == kMismatch) ++hash_operations;
  return status;
}

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
  const auto operations = [](std::string_view password, std::string_view encoded) {
    hash_operations = 0;
    EXPECT_FALSE(verify_password(password, encoded)) << encoded;
    return hash_operations;
  };
  EXPECT_EQ(operations("wrong password", hash), 1);
  EXPECT_EQ(operations("", hash), 1);
  EXPECT_EQ(operations(std::string(kMaxPasswordBytes + 1, 'x'), hash), 1);
  EXPECT_EQ(operations(kGood, decoy_password_hash()), 1);
  for (const std::string& damaged : {std::string("damaged"), std::string(), hash.substr(0, 40),
                                     hash.substr(0, hash.size() - 1), hash + "A"}) {
    EXPECT_EQ(operations(kGood, damaged), 1) << damaged;
  }
}

// What the operation costs is in the hash: a decoy of other parameters would be told apart too.
TEST(PasswordHash, TheDecoyCostsWhatAPasswordCosts) {
  SystemRandom random;
  const auto parameters = [](const std::string& hash) {
    return hash.substr(0, hash.rfind("p=1$"));
  };
  const std::string hash = hash_password(kGood, random).value();
  EXPECT_EQ(parameters(decoy_password_hash()), parameters(hash));
  EXPECT_EQ(decoy_password_hash().size(), hash.size());
}

}  // namespace
}  // namespace berth::crypto
