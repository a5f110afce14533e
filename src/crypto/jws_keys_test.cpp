#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/certificate.h"
#include "crypto/encoding.h"
#include "crypto/jws.h"
#include "crypto/secrets.h"

namespace berth::crypto {
namespace {

using testing::HasSubstr;

constexpr std::string_view kX = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
constexpr std::string_view kY = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

std::string ec_jwk(std::string_view more = {}, std::string_view x = kX, std::string_view y = kY) {
  return fmt::format(R"({{"kty":"EC","crv":"P-256","x":"{}","y":"{}"{}}})", x, y, more);
}
std::string rsa_jwk(std::size_t bytes, std::string_view e = "AQAB", char last = '\x01') {
  const std::string n = std::string(bytes - 1, '\xc5') + last;
  return fmt::format(R"({{"kty":"RSA","n":"{}","e":"{}"}})", base64url(n), e);
}
std::string refusal(std::string_view jwk) {
  const auto key = VerifyingKey::from_jwk(jwk);
  return key ? "accepted" : key.error().message;
}

TEST(JwsKeys, ReadsWhatIssuersPublish) {
  const auto key = VerifyingKey::from_jwk(
      ec_jwk(R"(,"kid":"a\"b","use":"sig","alg":"ES256","x5t":"AAAA","key_ops":["verify"])"));
  ASSERT_TRUE(key);
  EXPECT_EQ(key->kid(), "a\"b");
  EXPECT_EQ(key->algorithm(), JwsAlgorithm::kEs256);
  EXPECT_EQ(key->to_jwk(), fmt::format(R"({{"crv":"P-256","kty":"EC","x":"{}","y":"{}",)"
                                       R"("kid":"a\"b","use":"sig","alg":"ES256"}})",
                                       kX, kY));
  EXPECT_EQ(VerifyingKey::from_jwk(rsa_jwk(256))->algorithm(), JwsAlgorithm::kRs256);
  EXPECT_TRUE(VerifyingKey::from_jwk(rsa_jwk(1024)));
}

TEST(JwsKeys, RefusesWhatIsNoPublicSignatureKey) {
  const std::pair<std::string, const char*> rows[] = {
      {"", "JSON"},
      {"[]", "object"},
      {R"({"kty":"oct","k":"AAAA"})", "private"},
      {ec_jwk(R"(,"d":"AAAA")"), "private"},
      {ec_jwk(R"(,"kty":"EC")"), "JSON"},
      {ec_jwk(R"(,"use":"enc")"), "use"},
      {ec_jwk(R"(,"use":1)"), "use"},
      {ec_jwk(R"(,"alg":"HS256")"), "alg"},
      {ec_jwk(R"(,"alg":"RS256")"), "alg"},
      {ec_jwk({}, kX, kX), "P-256"},  // not on the curve
      {ec_jwk({}, std::string(43, 'A'), std::string(43, 'A')), "P-256"},
      {ec_jwk({}, "AAAA"), "P-256"},
      {ec_jwk({}, "not base64url!"), "P-256"},
      {R"({"kty":"EC","crv":"P-384","x":"AAAA","y":"AAAA"})", "P-256"},
      {rsa_jwk(255), "2048"},
      {rsa_jwk(1025), "8192"},
      {rsa_jwk(256, "AQ"), "RSA"},                // e = 1
      {rsa_jwk(256, "Ag"), "RSA"},                // e = 2
      {rsa_jwk(256, "AQAAAAAAAAAAAAAB"), "RSA"},  // slow on purpose
      {rsa_jwk(256, "AQAB", '\x02'), "RSA"},      // an even modulus
      {R"({"kty":"RSA","n":1,"e":"AQAB"})", "RSA"},
  };
  for (const auto& [jwk, reason] : rows) EXPECT_THAT(refusal(jwk), HasSubstr(reason)) << jwk;
}

TEST(JwsKeys, ASetGivesItsUsableKeys) {
  const auto keys = VerifyingKey::from_jwks(
      fmt::format(R"({{"keys":[{},{{"kty":"OKP","crv":"Ed25519","x":"AAAA"}},7,{},{}]}})",
                  ec_jwk(R"(,"kid":"1")"), ec_jwk(R"(,"use":"enc","kid":"2")"), rsa_jwk(256)));
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ((*keys)[0].kid(), "1");
  EXPECT_EQ((*keys)[1].algorithm(), JwsAlgorithm::kRs256);

  for (const char* text : {"{}", R"({"keys":{}})", "[]", R"({"keys":[],"keys":[]})"}) {
    EXPECT_FALSE(VerifyingKey::from_jwks(text)) << text;
  }
  std::string many = ec_jwk();
  for (int i = 0; i < 64; ++i) many += "," + ec_jwk();
  const auto refused = VerifyingKey::from_jwks(R"({"keys":[)" + many + "]}");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("at most 64"));
  EXPECT_FALSE(VerifyingKey::from_jwks(R"({"keys":[]})" + std::string(300'000, ' ')));
}

TEST(JwsKeys, PemKeepsTheKey) {
  for (const auto algorithm : {JwsAlgorithm::kEs256, JwsAlgorithm::kRs256}) {
    const SigningKey key = SigningKey::generate(algorithm);
    const auto again = SigningKey::from_pem(key.to_pem());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->kid(), key.kid());
    EXPECT_EQ(again->verifying_key().to_jwk(), key.verifying_key().to_jwk());
    EXPECT_TRUE(Jws::parse(again->sign("{}"))->verify(key.verifying_key()));
    EXPECT_THAT(key.to_pem(), testing::StartsWith("-----BEGIN PRIVATE KEY-----"));
  }
  EXPECT_FALSE(SigningKey::from_pem("no key"));
  EXPECT_FALSE(SigningKey::from_pem(""));
}

// RFC 7638 §3.1 hashes the required members in the order of the alphabet.
TEST(JwsKeys, TheKidIsTheThumbprint) {
  const SigningKey key = SigningKey::generate(JwsAlgorithm::kEs256);
  const std::string jwk = key.verifying_key().to_jwk();
  const std::string required = jwk.substr(0, jwk.find(R"(,"kid")")) + "}";
  EXPECT_EQ(key.kid(), base64url(sha256(required)));
  EXPECT_THAT(required, testing::MatchesRegex(R"(\{"crv":"P-256","kty":"EC","x":".*","y":".*"\})"));
}

TEST(JwsKeys, ACertificateGivesItsKey) {
  const TimePoint now = SystemClock().now();
  const auto authority = make_authority("berth.test", now).value();
  const SigningKey key = SigningKey::from_pem(authority.key).value();
  const auto verifying = VerifyingKey::from_certificate(authority.certificate);
  ASSERT_TRUE(verifying);
  EXPECT_EQ(verifying->kid(), "");
  EXPECT_TRUE(Jws::parse(key.sign("{}"))->verify(*verifying));
  EXPECT_FALSE(VerifyingKey::from_certificate("no certificate"));
  EXPECT_FALSE(VerifyingKey::from_certificate(authority.key));
}

}  // namespace
}  // namespace berth::crypto
