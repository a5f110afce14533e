#include "crypto/hasher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace berth::crypto {
namespace {

using oci::Algorithm;
using ::testing::HasSubstr;

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// Not periodic in the block size, so that a lost or repeated block changes the digest.
std::string sample(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>((i * 31 + i / 251) & 0xFFU);
  return out;
}

struct Vector {
  Algorithm algorithm;
  std::string input;
  std::string_view digest;
};

// FIPS 180-4 examples, and the empty message.
const Vector kVectors[] = {
    {Algorithm::kSha256, "",
     "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {Algorithm::kSha256, "abc",
     "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {Algorithm::kSha256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "sha256:248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {Algorithm::kSha256, std::string(1'000'000, 'a'),
     "sha256:cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    {Algorithm::kSha512, "",
     "sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
     "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
    {Algorithm::kSha512, "abc",
     "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    {Algorithm::kSha512, std::string(1'000'000, 'a'),
     "sha512:e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
     "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"},
};

TEST(Hasher, KnownVectors) {
  for (const auto& vector : kVectors) {
    EXPECT_EQ(digest_of(vector.algorithm, vector.input).text(), vector.digest);
  }
}

TEST(Hasher, PiecesGiveTheDigestOfTheWhole) {
  const auto text = sample(3000);
  for (const auto algorithm : {Algorithm::kSha256, Algorithm::kSha512}) {
    Hasher hasher(algorithm);
    for (std::size_t at = 0, step = 1; at < text.size(); at += step, step = step * 2 % 257 + 1) {
      step = std::min(step, text.size() - at);
      hasher.update(as_bytes(text).subspan(at, step));
    }
    EXPECT_EQ(hasher.hashed_bytes(), text.size());
    EXPECT_EQ(hasher.algorithm(), algorithm);
    EXPECT_EQ(hasher.digest(), digest_of(algorithm, text));
  }
}

TEST(Hasher, DigestDoesNotEndTheHash) {
  Hasher hasher(Algorithm::kSha256);
  hasher.update(as_bytes("ab"));
  EXPECT_EQ(hasher.digest(), digest_of(Algorithm::kSha256, "ab"));
  hasher.update(as_bytes("c"));
  EXPECT_EQ(hasher.digest(), digest_of(Algorithm::kSha256, "abc"));
}

TEST(Hasher, EmptyUpdateChangesNothing) {
  Hasher hasher(Algorithm::kSha512);
  hasher.update({});
  EXPECT_EQ(hasher.hashed_bytes(), 0U);
  EXPECT_EQ(hasher.digest(), digest_of(Algorithm::kSha512, ""));
}

TEST(Hasher, CopyContinuesOnItsOwn) {
  Hasher first(Algorithm::kSha256);
  first.update(as_bytes("ab"));
  Hasher copy(first);
  first.update(as_bytes("X"));
  copy.update(as_bytes("c"));
  EXPECT_EQ(copy.digest(), digest_of(Algorithm::kSha256, "abc"));
  EXPECT_EQ(first.digest(), digest_of(Algorithm::kSha256, "abX"));
  first = std::move(copy);
  EXPECT_EQ(first.digest(), digest_of(Algorithm::kSha256, "abc"));
}

// Every odd offset of four blocks of either algorithm, and both sides of every block border.
TEST(HasherSave, ContinuesFromEveryOffset) {
  const auto text = sample(600);
  for (const auto algorithm : {Algorithm::kSha256, Algorithm::kSha512}) {
    const auto expected = digest_of(algorithm, text);
    for (std::size_t at = 0; at <= text.size(); at += at % 64 == 0 || at % 64 == 63 ? 1 : 2) {
      Hasher before(algorithm);
      before.update(as_bytes(text).first(at));
      const auto saved = before.save();
      auto after = Hasher::restore(saved);
      ASSERT_TRUE(after) << saved << ": " << after.error().cause;
      EXPECT_EQ(after->hashed_bytes(), at);
      EXPECT_EQ(after->algorithm(), algorithm);
      EXPECT_EQ(after->save(), saved);
      after->update(as_bytes(text).subspan(at));
      EXPECT_EQ(after->digest(), expected) << "saved at " << at;
      before.update(as_bytes(text).subspan(at));
      EXPECT_EQ(before.digest(), expected) << "saving must not disturb";
    }
  }
}

// The bit counter of SHA-256 has two halves; the upper one is used from 512 MiB on.
TEST(HasherSave, ContinuesBeyondTheLowCounter) {
  const auto chunk = sample(std::size_t{1} << 20U);
  Hasher whole(Algorithm::kSha256);
  for (int i = 0; i < 513; ++i) whole.update(as_bytes(chunk));
  auto continued = Hasher::restore(whole.save());
  ASSERT_TRUE(continued);
  whole.update(as_bytes("end"));
  continued->update(as_bytes("end"));
  EXPECT_EQ(continued->digest(), whole.digest());
  EXPECT_EQ(continued->hashed_bytes(), (std::uint64_t{513} << 20U) + 3);
}

TEST(HasherSave, IsPrintable) {
  Hasher hasher(Algorithm::kSha512);
  hasher.update(as_bytes(sample(77)));
  for (const char c : hasher.save()) EXPECT_TRUE(c > 0x20 && c < 0x7f) << static_cast<int>(c);
}

TEST(HasherSave, RefusesEveryChangedCharacter) {
  Hasher hasher(Algorithm::kSha256);
  hasher.update(as_bytes("partly hashed"));
  const auto saved = hasher.save();
  for (std::size_t i = 0; i < saved.size(); ++i) {
    auto damaged = saved;
    damaged[i] = damaged[i] == '0' ? '1' : '0';
    const auto restored = Hasher::restore(damaged);
    ASSERT_FALSE(restored) << damaged;
    EXPECT_EQ(restored.error().code, Code::kInternal);
    EXPECT_FALSE(restored.error().cause.empty());
  }
}

TEST(HasherSave, RefusesEveryCutText) {
  Hasher hasher(Algorithm::kSha512);
  hasher.update(as_bytes("partly hashed"));
  const auto saved = hasher.save();
  for (std::size_t length = 0; length < saved.size(); ++length) {
    EXPECT_FALSE(Hasher::restore(saved.substr(0, length))) << length;
  }
  EXPECT_FALSE(Hasher::restore(saved + "0"));
  EXPECT_FALSE(Hasher::restore(saved + "."));
}

TEST(HasherSave, SaysWhichVersionItReads) {
  const auto restored = Hasher::restore("2.sha256.0.00.00");
  ASSERT_FALSE(restored);
  EXPECT_THAT(restored.error().cause, HasSubstr("version '2' is unknown; this build reads 1"));
}

}  // namespace
}  // namespace berth::crypto
