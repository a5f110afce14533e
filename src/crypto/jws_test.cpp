#include "crypto/jws.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/encoding.h"
#include "crypto/secrets.h"

namespace berth::crypto {
namespace {

using testing::HasSubstr;

// RFC 7515, appendices A.2 and A.3.
constexpr std::string_view kPayload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q";
constexpr std::string_view kRsaKey =
    R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-)"
    R"(Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0)"
    R"(LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9k)"
    R"(G4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})";
constexpr std::string_view kRsaSignature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
    "O8W2Fp5juj"
    "Gbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
    "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe"
    "7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
    "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8"
    "np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
constexpr std::string_view kEcKey =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
constexpr std::string_view kEcSignature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

std::string joined(std::string_view header, std::string_view payload, std::string_view signature) {
  return std::string(header).append(".").append(payload).append(".").append(signature);
}
std::string rfc_token(std::string_view header, std::string_view signature) {
  return joined(base64url(header), kPayload, signature);
}

std::string refusal(std::string_view token) {
  const auto parsed = Jws::parse(token);
  if (parsed) return "accepted";
  EXPECT_EQ(parsed.error().code, Code::kInvalidRequest);
  return parsed.error().message;
}
// Why `key` does not accept the token; empty: it does.
std::string refusal(std::string_view token, const VerifyingKey& key) {
  const auto parsed = Jws::parse(token);
  if (!parsed) return "not parsed: " + parsed.error().message;
  const auto verified = parsed->verify(key);
  if (verified) return {};
  EXPECT_EQ(verified.error().code, Code::kUnauthorized);
  return verified.error().cause;
}

TEST(Jws, VectorsOfRfc7515) {
  const auto rsa = VerifyingKey::from_jwk(kRsaKey).value();
  const auto ec = VerifyingKey::from_jwk(kEcKey).value();
  EXPECT_EQ(refusal(rfc_token(R"({"alg":"RS256"})", kRsaSignature), rsa), "");
  EXPECT_EQ(refusal(rfc_token(R"({"alg":"ES256"})", kEcSignature), ec), "");
  const auto parsed = Jws::parse(rfc_token(R"({"alg":"ES256"})", kEcSignature)).value();
  EXPECT_EQ(parsed.claims,
            "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}");
}

class JwsBothAlgorithms : public testing::TestWithParam<JwsAlgorithm> {
 protected:
  const SigningKey key = SigningKey::generate(GetParam());
  const std::string token = key.sign(R"({"sub":"me"})");
};
INSTANTIATE_TEST_SUITE_P(, JwsBothAlgorithms,
                         testing::Values(JwsAlgorithm::kEs256, JwsAlgorithm::kRs256),
                         [](const auto& row) { return std::string(jws_name(row.param)); });

TEST_P(JwsBothAlgorithms, WhatIsSignedVerifies) {
  const auto parsed = Jws::parse(token).value();
  EXPECT_EQ(parsed.alg, jws_name(GetParam()));
  EXPECT_EQ(parsed.typ, "JWT");
  EXPECT_EQ(parsed.kid, key.kid());
  EXPECT_EQ(parsed.claims, R"({"sub":"me"})");
  EXPECT_TRUE(parsed.verify(key.verifying_key()));
  EXPECT_EQ(refusal(token, VerifyingKey::from_jwk(key.verifying_key().to_jwk()).value()), "");
}

TEST_P(JwsBothAlgorithms, AnotherKeyOrAnotherTextDoesNot) {
  EXPECT_THAT(refusal(token, SigningKey::generate(GetParam()).verifying_key()),
              HasSubstr("signature"));
  auto parsed = Jws::parse(token).value();
  parsed.signed_bytes.back() = parsed.signed_bytes.back() == 'A' ? 'Q' : 'A';
  EXPECT_FALSE(parsed.verify(key.verifying_key()));
  EXPECT_FALSE(Jws::parse(token)->verify(VerifyingKey()));
}

TEST_P(JwsBothAlgorithms, EveryTruncationIsRefused) {
  for (std::size_t size = 0; size < token.size(); ++size) {
    EXPECT_NE(refusal(std::string_view(token).substr(0, size), key.verifying_key()), "") << size;
  }
  EXPECT_NE(refusal(token + "AAAA", key.verifying_key()), "");
}

TEST_P(JwsBothAlgorithms, EveryByteOfTheSignatureCounts) {
  const auto parsed = Jws::parse(token).value();
  for (std::size_t i = 0; i < parsed.signature.size(); ++i) {
    auto damaged = parsed;
    damaged.signature[i] = static_cast<char>(damaged.signature[i] ^ 1);
    EXPECT_FALSE(damaged.verify(key.verifying_key())) << i;
  }
  auto zero = parsed;  // r = s = 0 once passed as good in a well-known library
  zero.signature.assign(parsed.signature.size(), '\0');
  EXPECT_FALSE(zero.verify(key.verifying_key()));
}

// The two classic forgeries: no signature at all, and the public key used as an HMAC secret.
TEST_P(JwsBothAlgorithms, TheTokenCannotChooseTheAlgorithm) {
  const auto& verifying = key.verifying_key();
  const std::string claims = base64url(R"({"sub":"root"})");
  for (const char* none : {"none", "None", "NONE"}) {
    const std::string header = base64url(std::string(R"({"alg":")") + none + R"("})");
    EXPECT_THAT(refusal(joined(header, claims, ""), verifying), HasSubstr("alg is"));
  }
  const std::string header = base64url(R"({"alg":"HS256"})");
  const std::string mac = hmac_sha256(verifying.to_jwk(), header + "." + claims);
  EXPECT_THAT(refusal(joined(header, claims, base64url(mac)), verifying), HasSubstr("HS256"));
  const auto other =
      GetParam() == JwsAlgorithm::kEs256 ? JwsAlgorithm::kRs256 : JwsAlgorithm::kEs256;
  EXPECT_THAT(refusal(token, SigningKey::generate(other).verifying_key()), HasSubstr("alg is"));
}

TEST(Jws, MalformedTokensAreRefusedWithTheReason) {
  const auto with_header = [](std::string_view header) { return rfc_token(header, kEcSignature); };
  const std::pair<std::string, const char*> rows[] = {
      {"", "three parts"},
      {"a.b", "three parts"},
      {"a.b.c.d", "three parts"},
      {"e30=.e30.e30", "base64url"},
      {with_header("[]"), "not a JSON object"},
      {with_header("{"), "one JSON object"},
      {with_header(R"({"alg":"ES256"} )") + "\n", "base64url"},
      {with_header("{}"), "no alg"},
      {with_header(R"({"alg":7})"), "alg in its header is not a string"},
      {with_header(R"({"alg":"ES256","kid":["a"]})"), "kid in its header"},
      {with_header(R"({"alg":"ES256","crit":["exp"],"exp":1})"), "crit"},
      {with_header(R"({"alg":"none","alg":"ES256"})"), "repeated names"},
      {with_header(R"({"alg":"ES256","jwk":{"x":{"x":{"x":{}}}}})"), "one JSON object"},
      {std::string(kMaxJwsBytes + 1, 'x'), "16385 bytes"},
  };
  for (const auto& [token, reason] : rows) EXPECT_THAT(refusal(token), HasSubstr(reason));
}

TEST(Jws, RefusalsDoNotRepeatTheToken) {
  const auto parsed = Jws::parse(rfc_token(R"({"alg":"c2VjcmV0","alg":"c2VjcmV0"})", "c2VjcmV0"));
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message, testing::Not(HasSubstr("c2VjcmV0")));
}

}  // namespace
}  // namespace berth::crypto
