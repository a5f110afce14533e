#include <openssl/evp.h>
#include <openssl/pem.h>

#include <boost/json.hpp>

#include "crypto/certificate.h"
#include "crypto/encoding.h"
#include "crypto/jws.h"
#include "identity/identity_testing.h"
#include "identity/json_text.h"

namespace berth::identity {
namespace {

namespace json = boost::json;

// Made for this test; it opens nothing. Good from 2026 to 2126.
constexpr const char* kCertificate = R"(-----BEGIN CERTIFICATE-----
MIIC/TCCAeWgAwIBAgIUbsS1Zz164Ezwf6hVrgwdk356JxIwDQYJKoZIhvcNAQEL
BQAwDTELMAkGA1UEAwwCY2kwIBcNMjYxMTIyMDg1OTU1WhgPMjEyNjEwMjkwODU5
NTVaMA0xCzAJBgNVBAMMAmNpMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKC
AQEAmeK83F3/RnIwCizMimQssEQfs3CCghrnTUK04uqPysFdhZUg35NTjbSBRT23
jEd8T19SzGx6caMOR/7oyhUcXeDJzMDM1b4C9SIkB2JpvcHiKJY9C15Il5F/UL0t
9g7HGNj3z3MykB8XBRE2ZprhNkml+gowI2aQroPRxMkzBja7uAKqdOYORpCOmi2u
NTDeCeNGOpw1c7fqJX6NBDxU9snYPQMnxLWf3ykiy04d+6DQ8ovDPU+KNgKuKy73
U0nxhbcQNP38ZFu6Mqft+vlWyUSDUE9ifzAas8FCEIJe5RAYOBfEyDn1XSYh/5P+
AEkmpIW1RdiiJEXV9+13eETIlQIDAQABo1MwUTAdBgNVHQ4EFgQUXIuIppLNaQEf
HVRrsSnyAlcY4bgwHwYDVR0jBBgwFoAUXIuIppLNaQEfHVRrsSnyAlcY4bgwDwYD
VR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEAjAmvxy4xtHWAFAKL0h01
st/RikTQ6UpKoqJzCb6jS2ykS+lE5bbfznY53e8jPwVE1vh11u/0RH3BzSrSLerP
M0rCsWYm64DtqqbaO27RbA9fraCghYS7rprzqk6YzaWbTf/DMw3pSNmbwobcXYGA
JwRUJaAp3cZeyJHVZpIN/HHCtuDTSFXNBVprz6o+sDLHA1GQ0G0+Erb+UWmORlVG
au2Ibj6zh3RRDRt1ZrzwJH3Ewt/ajgwTDkEoajlRokSxLboxR9mtybrjXScvqKip
r/+MmmSCdfoWmsd6wm+KEEHt4v8+BSl1Lpz0U97i8BnQYPho9d1z0CMTnloUhz2J
Kg==
-----END CERTIFICATE-----
)";
constexpr const char* kKey = R"(-----BEGIN PRIVATE KEY-----
MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQCZ4rzcXf9GcjAK
LMyKZCywRB+zcIKCGudNQrTi6o/KwV2FlSDfk1ONtIFFPbeMR3xPX1LMbHpxow5H
/ujKFRxd4MnMwMzVvgL1IiQHYmm9weIolj0LXkiXkX9QvS32DscY2PfPczKQHxcF
ETZmmuE2SaX6CjAjZpCug9HEyTMGNru4Aqp05g5GkI6aLa41MN4J40Y6nDVzt+ol
fo0EPFT2ydg9AyfEtZ/fKSLLTh37oNDyi8M9T4o2Aq4rLvdTSfGFtxA0/fxkW7oy
p+36+VbJRINQT2J/MBqzwUIQgl7lEBg4F8TIOfVdJiH/k/4ASSakhbVF2KIkRdX3
7Xd4RMiVAgMBAAECggEAI0wjZua2rbl2dHcHKb1FlN7jaJzniqFSKeIhrKUB+49z
/LaStkXMVgYv2qqH5gjlpi0myFYfld5BYdlCG0xRV+U+VJVqxqJRelns6razq3+D
+SxQ70EepImOqv3hw31rRLNL0E1LrUw8UwC6OjnPa8zj4eEhXpVhnW4GGT3PUt6y
s83XY8xDL/0BbHE77vpfsEkSwz9DdIFrpmVbAFvFkk4lmYaKNTyDBeCHCCD+Q5CB
KxIM0jLv75qCjkTNXJVxEynBGOGDooAC1D1o9tKT6YSQzskmB7sMVwqyMd3LWSq0
SbHRnjgPx3iIQ/fGDLsDi1RwQKuMSyntFNktuYm4wQKBgQDYqVJq5WY707py96T3
iyZCfgTRuE/dE+aZRxaFKjz/YEYa/IA0/pr6jka5kCq7RvEoIwpjSnJGLnGNAb6q
hXS8jqmhsn5RYwKlCOH9h35+Ri0Npih7n4KFRu6Lp5UVxRty/+U9tLLP1lT2v22U
gpN32VLVstSuAT3bGpFkmDW74QKBgQC104a8I7LCI2f+tfH+YajhIsPp1IJM84TZ
fkPEfJWfjAMUuyHKHnwep6rRpXi/xcMwR/Yza4zFsYq9nA9Y6gU8lYagy96b0q8V
/kz2/r12U0frud8Ft3pbYKnJNa0N4QET8LaN2n3+PQfA/B2OaVl6m9J7ws3rN9io
ltXADBlDNQKBgQCOdM6HEKxmu/FE9IWYafrPD3L1vf1s/E/MCozJJBuVQmT2C330
2k9mXTQtgJhIKP4ZiOiknmeCs7jfoP0Pu84kyJzKf8VEmBg+ERgejf9i4Ztv9Qd7
OUclgJ0KYDbLaJ2CwLSnHO/RbjjRQM65Lh3uWIt5jSr/+jsEnHRqsxXpoQKBgQCh
p1AQkMRq6cOZpvVhLj5Q+vGnQHIgLBkerK1fUUxNLtPGaKEf6356WqL6BN2X0iE5
GaGAEcx0LuaksMzMRjMlq+KnrtlZPDTBnveaWNzlCCHXJ8dqc7dq6kPJSdlzj2m/
6rDC6VA+6s+r+fnlFTCiW0sFESq2R05uhLvBJICJSQKBgGCcd5ZTbzwOWpnJnLAC
fotUpfHtvO0edZnOYb1sbs/9TAKxOfU05A40SV6DUmBb/qsU4wPxNs3kDiPvuboY
JFx3yAP3lO/6LGBCJI1Zw15Lqyllig16xdrv8e3gG2FTx6kpIIS5bCUV7OEtgH/J
NjNIZCKU9G6y1h8nKs9c6WsJ
-----END PRIVATE KEY-----
)";

// RS256 under a header of the test's own choice.
std::string sign(const std::string& header, const std::string& claims) {
  const std::string text = crypto::base64url(header) + "." + crypto::base64url(claims);
  BIO* bio = BIO_new_mem_buf(kKey, -1);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  std::string signature(512, '\0');
  std::size_t size = signature.size();
  EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key);
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                 reinterpret_cast<const unsigned char*>(text.data()), text.size());
  signature.resize(size);
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  BIO_free(bio);
  return text + "." + crypto::base64url(signature);
}

class CertificateTest : public IdentityFixture {
 protected:
  CertificateTest() {
    EXPECT_TRUE(wait(directory.set_certificates(root, app.sp_id, {registered()})));
  }

  static CertificateCredential registered() {
    CertificateCredential certificate;
    certificate.pem = kCertificate;
    return certificate;
  }
  static std::string header() {
    const std::string hex = crypto::read_certificate(kCertificate)->sha1_thumbprint;
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
    return R"({"alg":"RS256","typ":"JWT","x5t":")" + crypto::base64url(bytes) + "\"}";
  }
  json::object claims(const std::string& jti) const {
    return {{"iss", app.app_id},
            {"sub", app.app_id},
            {"aud", "https://login.berth.test/adfs/oauth2/token"},
            {"jti", jti},
            {"nbf", unix_seconds(clock.now())},
            {"exp", unix_seconds(clock.now()) + 600}};
  }
  Result<json::object> send(const std::string& assertion) {
    OAuthRequest request;
    request.form.add("grant_type", "client_credentials");
    request.form.add("client_id", app.app_id);
    request.form.add("scope", "https://management.berth.test/.default");
    request.form.add("client_assertion_type",
                     "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    request.form.add("client_assertion", assertion);
    request.address = "10.0.0.2";
    return wait(grants.token(request));
  }
  Result<json::object> send(const json::object& wanted) {
    return send(sign(header(), json::serialize(wanted)));
  }

  App app = make_app();
};

TEST_F(CertificateTest, ASignedAssertionWorksOnce) {
  const std::string assertion = sign(header(), json::serialize(claims("j1")));
  const auto answer = send(assertion);
  ASSERT_TRUE(answer) << answer.error().message;
  const auto replay = send(assertion);
  ASSERT_FALSE(replay);
  EXPECT_EQ(replay.error().exact_code, "invalid_client");
  EXPECT_NE(replay.error().message.find("used before"), std::string::npos);
  EXPECT_TRUE(send(claims("j2")));
}

TEST_F(CertificateTest, TableOfBadAssertions) {
  const auto now = unix_seconds(clock.now());
  struct Row {
    std::string_view name;
    json::value value;
    const char* why;
  };
  const Row rows[] = {
      {"iss", "someone", "iss and sub"},
      {"sub", "someone", "iss and sub"},
      {"aud", "https://login.berth.test.evil/adfs/oauth2/token", "aud"},
      {"aud", "https://management.berth.test", "aud"},
      {"exp", now - 61, "expired"},
      {"nbf", now + 61, "not yet valid"},
      {"exp", now + 90'000, "longer than a day"},
      {"jti", "", "no jti"},
  };
  int id = 0;
  for (const Row& row : rows) {
    json::object wrong = claims("bad" + std::to_string(++id));
    wrong[json::string_view(row.name.data(), row.name.size())] = row.value;
    const auto answer = send(wrong);
    ASSERT_FALSE(answer) << row.name;
    // An assertion of somebody else is looked up as a federated one, and found untrusted.
    if (row.name != "iss") {
      EXPECT_NE(answer.error().message.find(row.why), std::string::npos) << answer.error().message;
    }
    EXPECT_EQ(answer.error().exact_code, "invalid_client");
  }
  EXPECT_FALSE(send(sign(R"({"alg":"RS256"})", json::serialize(claims("x")))));
  EXPECT_FALSE(send(sign(R"({"alg":"none"})", json::serialize(claims("x")))));
}

TEST_F(CertificateTest, RemovingTheCertificateStopsItAndWhatItProved) {
  const auto answer = send(claims("j1"));
  const std::string token = text_of(*answer, "access_token");
  const std::vector<std::string> arm{"https://management.berth.test"};
  EXPECT_TRUE(wait(login.accept_token(token, arm)));
  ASSERT_TRUE(wait(directory.set_certificates(root, app.sp_id, {})));
  EXPECT_FALSE(wait(login.accept_token(token, arm)));
  EXPECT_FALSE(send(claims("j2")));
}

TEST_F(CertificateTest, ItIsReadWhenItIsRegisteredAndKeepsItsId) {
  const auto certificate = [&] {
    return directory.state()->find<ServicePrincipal>(app.sp_id)->credentials.certificates.at(0);
  };
  const std::string id = certificate().key_id;
  EXPECT_GT(certificate().end, clock.now());
  ASSERT_TRUE(wait(directory.set_certificates(root, app.sp_id, {registered()})));
  EXPECT_EQ(certificate().key_id, id);
  CertificateCredential bad;
  bad.pem = "rubbish";
  EXPECT_FALSE(wait(directory.set_certificates(root, app.sp_id, {bad})));
}

}  // namespace
}  // namespace berth::identity
