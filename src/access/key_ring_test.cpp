#include <gmock/gmock.h>

#include "access/access_fixture.h"
#include "crypto/secrets.h"

namespace berth::access {
namespace {

using crypto::JwsAlgorithm;
using testing::HasSubstr;

class KeyRingTest : public AccessFixture {};

TEST_F(KeyRingTest, MakesItsKeysOnceAndFindsThemAgain) {
  EXPECT_EQ(documents_.count("signing-key"), 2U);
  EXPECT_EQ(documents_.count("server-secret"), 1U);
  KeyRing other(documents_, clock_, random_);
  ASSERT_TRUE(wait_for(other.load()));
  EXPECT_EQ(documents_.count("signing-key"), 2U);
  for (const auto algorithm : {JwsAlgorithm::kEs256, JwsAlgorithm::kRs256}) {
    ASSERT_NE(other.signing_key(algorithm), nullptr);
    EXPECT_EQ(other.signing_key(algorithm)->kid(), keys_.signing_key(algorithm)->kid());
    EXPECT_EQ(other.public_keys(algorithm).size(), 1U);
    EXPECT_EQ(other.verifying_key(keys_.signing_key(algorithm)->kid())->algorithm(), algorithm);
  }
  EXPECT_EQ(other.keyed_hash("x"), keys_.keyed_hash("x"));
  EXPECT_EQ(other.derived_password("x"), keys_.derived_password("x"));
  EXPECT_EQ(other.verifying_key("nobody"), nullptr);
}

TEST_F(KeyRingTest, HashesAreKeyedAndOfOneUse) {
  EXPECT_EQ(keys_.keyed_hash("x").size(), 32U);
  EXPECT_NE(keys_.keyed_hash("x"), keys_.keyed_hash("y"));
  EXPECT_NE(keys_.keyed_hash("x"), crypto::hmac_sha256("", "x"));
  MemoryDocuments elsewhere(clock_);
  KeyRing other(elsewhere, clock_, random_);
  ASSERT_TRUE(wait_for(other.load()));
  EXPECT_NE(other.keyed_hash("x"), keys_.keyed_hash("x"));
  EXPECT_NE(other.derived_password("x"), keys_.derived_password("x"));
}

TEST_F(KeyRingTest, RotatesWhenTheTimeHasComeAndDropsTheOldKeyLater) {
  const std::string first = keys_.signing_key(JwsAlgorithm::kEs256)->kid();
  const auto generation = keys_.generation();
  EXPECT_FALSE(wait_for(keys_.rotate()).value());
  EXPECT_EQ(keys_.generation(), generation);

  clock_.advance(KeyRing::kRotateAfter);
  EXPECT_TRUE(wait_for(keys_.rotate()).value());
  EXPECT_NE(keys_.signing_key(JwsAlgorithm::kEs256)->kid(), first);
  EXPECT_NE(keys_.verifying_key(first), nullptr);  // what it signed is still good
  EXPECT_EQ(keys_.public_keys(JwsAlgorithm::kRs256).size(), 2U);
  EXPECT_GT(keys_.generation(), generation);

  clock_.advance(KeyRing::kKeepAfterRotation - std::chrono::seconds(1));
  EXPECT_FALSE(wait_for(keys_.rotate()).value());
  clock_.advance(std::chrono::seconds(1));
  EXPECT_TRUE(wait_for(keys_.rotate()).value());
  EXPECT_EQ(keys_.verifying_key(first), nullptr);
  EXPECT_EQ(documents_.count("signing-key"), 2U);
}

TEST_F(KeyRingTest, SeesTheKeysOfAnotherNode) {
  KeyRing other(documents_, clock_, random_);
  ASSERT_TRUE(wait_for(other.load()));
  clock_.advance(std::chrono::seconds(1));
  ASSERT_TRUE(wait_for(other.rotate(true)).value());
  const std::string kid = other.signing_key(JwsAlgorithm::kEs256)->kid();
  EXPECT_EQ(keys_.verifying_key(kid), nullptr);
  EXPECT_TRUE(wait_for(keys_.rotate()).value());
  EXPECT_EQ(keys_.signing_key(JwsAlgorithm::kEs256)->kid(), kid);
}

TEST_F(KeyRingTest, DamagedDocumentsAreErrorsWithoutTheirContent) {
  const std::vector<std::pair<std::string, std::string>> damages = {
      {"signing-key", "not json SECRET"},
      {"signing-key", R"({"pem":"SECRET","created":1})"},
      {"server-secret", R"({"secret":"SECRET"})"},
  };
  for (const auto& [kind, body] : damages) {
    const auto before = documents_.all();
    documents_.all().lower_bound({kind, ""})->second.body = body;
    KeyRing other(documents_, clock_, random_);
    const auto loaded = wait_for(other.load());
    ASSERT_FALSE(loaded) << body;
    EXPECT_EQ(loaded.error().code, Code::kInternal);
    EXPECT_THAT(loaded.error().cause, HasSubstr(kind));
    EXPECT_THAT(loaded.error().message + loaded.error().cause, Not(HasSubstr("SECRET")));
    documents_.all() = before;
  }
}

TEST_F(KeyRingTest, AStoreThatFailsLeavesTheKeysInUse) {
  const std::string kid = keys_.signing_key(JwsAlgorithm::kEs256)->kid();
  documents_.failure = Error(Code::kUnavailable, "down");
  EXPECT_EQ(wait_for(keys_.rotate(true)).error().code, Code::kUnavailable);
  EXPECT_EQ(keys_.signing_key(JwsAlgorithm::kEs256)->kid(), kid);
}

}  // namespace
}  // namespace berth::access
