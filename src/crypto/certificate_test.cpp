#include "crypto/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/x509_vfy.h>

#include "crypto/openssl.h"

namespace berth::crypto {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::string> kNames = {"*.berth.test", "berth.test", "*.local.data.berth.test"};

class OwnAuthority : public testing::Test {
 protected:
  const TimePoint now = SystemClock().now();
  const Identity authority = make_authority("berth.test", now).value();

  // What a client says that trusts this authority alone and wants to speak to `host`.
  std::string verdict(const Identity& server, const std::string& host) const {
    const auto root = read_x509(authority.certificate).value();
    const auto leaf = read_x509(server.certificate).value();
    std::unique_ptr<X509_STORE, Freed<&X509_STORE_free>> store(::X509_STORE_new());
    ::X509_STORE_add_cert(store.get(), root.get());
    std::unique_ptr<X509_STORE_CTX, Freed<&X509_STORE_CTX_free>> context(::X509_STORE_CTX_new());
    ::X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr);
    X509_VERIFY_PARAM* param = ::X509_STORE_CTX_get0_param(context.get());
    ::X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
    ::X509_VERIFY_PARAM_set1_host(param, host.c_str(), 0);
    ::X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
    ::X509_verify_cert(context.get());
    return ::X509_verify_cert_error_string(::X509_STORE_CTX_get_error(context.get()));
  }
};

TEST_F(OwnAuthority, IsForItsDomainOnly) {
  const auto info = read_certificate(authority.certificate).value();
  EXPECT_TRUE(info.is_authority);
  EXPECT_EQ(info.subject, "CN=Berth authority for berth.test");
  EXPECT_EQ(info.issuer, info.subject);
  EXPECT_THAT(info.permitted_dns_names, ElementsAre("berth.test"));
  EXPECT_GT(info.not_after, now + std::chrono::hours(24 * 365 * 10));

  for (const char* foreign : {"berth.example", "notberth.test", "test"}) {
    const auto refused = issue_certificate(authority, {foreign}, now);
    ASSERT_FALSE(refused) << foreign;
    EXPECT_EQ(refused.error().code, Code::kInvalidRequest);
    EXPECT_THAT(refused.error().cause, HasSubstr("permitted subtree violation")) << foreign;
  }
}

TEST_F(OwnAuthority, IssuesCertificatesThatClientsAccept) {
  const auto server = issue_certificate(authority, kNames, now).value();
  const auto info = read_certificate(server.certificate).value();
  EXPECT_EQ(info.dns_names, kNames);
  EXPECT_FALSE(info.is_authority);
  EXPECT_EQ(info.issuer, "CN=Berth authority for berth.test");
  EXPECT_LE(info.not_after - info.not_before, std::chrono::hours(24 * 398));
  EXPECT_LE(info.not_before, now);

  for (const char* host : {"berth.test", "r1.berth.test", "r1.local.data.berth.test"}) {
    EXPECT_EQ(verdict(server, host), "ok") << host;
  }
  for (const char* host : {"a.b.berth.test", "r1.other.data.berth.test", "example.org"}) {
    EXPECT_EQ(verdict(server, host), "hostname mismatch") << host;
  }
}

TEST_F(OwnAuthority, ALongNameStandsInTheExtensionOnly) {
  const std::string name = std::string(60, 'a') + ".berth.test";
  const auto server = issue_certificate(authority, {name}, now).value();
  EXPECT_EQ(read_certificate(server.certificate)->subject, "");
  EXPECT_EQ(verdict(server, name), "ok");
  EXPECT_TRUE(make_authority(std::string(60, 'a') + ".berth.test", now));
}

TEST_F(OwnAuthority, ItsTimeEndsTheOneOfItsCertificates) {
  const auto info = read_certificate(authority.certificate).value();
  const TimePoint late = info.not_after - std::chrono::hours(24);
  const auto server = issue_certificate(authority, kNames, late).value();
  EXPECT_EQ(read_certificate(server.certificate)->not_after, info.not_after);
  EXPECT_FALSE(issue_certificate(authority, kNames, info.not_after + std::chrono::hours(1)));
}

TEST_F(OwnAuthority, RefusesNamesAndKeysThatAreNone) {
  EXPECT_FALSE(issue_certificate(authority, {}, now));
  EXPECT_FALSE(issue_certificate(authority, {"a.berth.test,DNS:example.org"}, now));
  EXPECT_FALSE(issue_certificate(authority, {"A.berth.test"}, now));
  EXPECT_FALSE(make_authority("", now));
  EXPECT_FALSE(make_authority("berth.test,IP:1.2.3.4", now));
  const auto other = make_authority("berth.test", now).value();
  EXPECT_FALSE(issue_certificate({authority.certificate, other.key}, kNames, now));
  EXPECT_FALSE(issue_certificate({"nothing", "nothing"}, kNames, now));
}

TEST(Certificate, NoTwoSerialsAreEqual) {
  const TimePoint now = SystemClock().now();
  const auto one = make_authority("berth.test", now).value();
  const auto two = make_authority("berth.test", now).value();
  EXPECT_NE(read_certificate(one.certificate)->sha256_thumbprint,
            read_certificate(two.certificate)->sha256_thumbprint);
}

// Made once with `openssl req -x509 -newkey ec …`; figures read with `openssl x509 -fingerprint`.
constexpr std::string_view kForeign = R"(-----BEGIN CERTIFICATE-----
MIIB1zCCAX6gAwIBAgIUX4Xdbe8R4bcoFHSQKJlHpdUG+DQwCgYIKoZIzj0EAwIw
KTEWMBQGA1UECgwNU29tZSwgQ29tcGFueTEPMA0GA1UEAwwGc2FtcGxlMB4XDTI2
MTEyMjA4Mjg0OVoXDTI2MTIyMjA4Mjg0OVowKTEWMBQGA1UECgwNU29tZSwgQ29t
cGFueTEPMA0GA1UEAwwGc2FtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
/QHDCWDgzWUWfwZjAfzPPLMe8B/fb55qS1rvUIrPrvb7II2COUc+8L70tycr3tDb
jysMAXxIPHDNzu5h6zT8SqOBgzCBgDAdBgNVHQ4EFgQU9/9PxwMI5usK0jpwZUJF
D579tNYwHwYDVR0jBBgwFoAU9/9PxwMI5usK0jpwZUJFD579tNYwDwYDVR0TAQH/
BAUwAwEB/zAtBgNVHREEJjAkgg1hLmV4YW1wbGUub3JnhwQBAgMEgg1iLmV4YW1w
bGUub3JnMAoGCCqGSM49BAMCA0cAMEQCIE06hYfhBgZkW2Q8gW0+r4gmjUkBorcv
l1R2JHxPQsIlAiBad3dDYKrxBxQWrbiWFDmvkua9YU2I5Jr4/Z+2I+jv9w==
-----END CERTIFICATE-----
)";

TEST(Certificate, ReadsAForeignOne) {
  const auto info = read_certificate(std::string("text before\n").append(kForeign)).value();
  EXPECT_EQ(info.subject, "CN=sample,O=Some\\, Company");
  EXPECT_THAT(info.dns_names, ElementsAre("a.example.org", "b.example.org"));
  EXPECT_EQ(info.sha1_thumbprint, "6dd845c047ebd3fce14f7fd5d5cb2ec5e99b480b");
  EXPECT_EQ(info.sha256_thumbprint,
            "fd2f45e8dd97b10d94a74e6d272e628dbdcd7c9ee7c4d8cf5d21c85b34d3c548");
  EXPECT_EQ(to_rfc3339(info.not_after).substr(0, 10), "2026-12-22");
  EXPECT_TRUE(info.permitted_dns_names.empty());
  EXPECT_FALSE(read_certificate("nothing"));
  EXPECT_FALSE(read_certificate(kForeign.substr(0, 300)));
}

}  // namespace
}  // namespace berth::crypto
