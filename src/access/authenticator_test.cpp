#include <gmock/gmock.h>

#include "access/access_fixture.h"
#include "crypto/encoding.h"

namespace berth::access {
namespace {

using policy::PrincipalKind;

class AuthenticatorTest : public AccessFixture {
 protected:
  Result<Identity> authenticate(std::optional<std::string_view> header) {
    return wait_for(authenticator_.authenticate(header, registry_, source_));
  }
  static std::string basic(const std::string& user, const std::string& password) {
    return "Basic " + crypto::base64(user + ":" + password);
  }
  Result<Identity> sign_in(const std::string& user, const std::string& password) {
    return authenticate(basic(user, password));
  }
  // The reason in the log, after a check that the client gets the one answer that all get.
  std::string refused(const std::string& user, const std::string& password) {
    const auto identity = sign_in(user, password);
    if (identity) return "accepted";
    EXPECT_EQ(identity.error().code, Code::kUnauthorized);
    EXPECT_EQ(identity.error().message, kAuthenticationRequired);
    EXPECT_TRUE(identity.error().details.empty());
    return identity.error().cause;
  }

  policy::RegistryPolicy registry_ = contoso();
  policy::Source source_ = outside();
  FakeDirectory directory_;
  Throttle throttle_{{.burst = 50, .per_minute = 1, .address_factor = 1}, clock_};
  Authenticator authenticator_{tokens_, keys_, directory_, throttle_, clock_};
};

TEST_F(AuthenticatorTest, NothingIsAnonymous) {
  const auto identity = authenticate(std::nullopt);
  ASSERT_TRUE(identity);
  EXPECT_TRUE(identity->principal().anonymous());
  EXPECT_EQ(identity->access_token(), nullptr);
}

TEST_F(AuthenticatorTest, TheAdminUserHasTwoPasswords) {
  for (const auto& [password, id] : {std::pair{"first", "admin-1"}, {"second", "admin-2"}}) {
    const auto identity = sign_in("contoso", password);
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->principal(), (policy::Principal{.kind = PrincipalKind::kAdminUser,
                                                        .id = "contoso",
                                                        .name = "contoso",
                                                        .credential = id,
                                                        .registry = "contoso-1",
                                                        .groups = {}}));
    EXPECT_EQ(identity->access_token(), nullptr);
  }
  EXPECT_TRUE(sign_in("Contoso", "first"));  // as the resource is written
  EXPECT_EQ(refused("contoso", "third"), "bad_secret");
  EXPECT_EQ(refused("contoso", ""), "bad_secret");
  registry_.admin_enabled = false;
  EXPECT_EQ(refused("contoso", "first"), "disabled");
}

TEST_F(AuthenticatorTest, AnAdminUserWithoutPasswordsHasNoWayIn) {
  registry_.admin_passwords = {};
  EXPECT_EQ(refused("contoso", ""), "bad_secret");
  EXPECT_EQ(refused("contoso", "first"), "bad_secret");
}

TEST_F(AuthenticatorTest, TokensHaveTwoPasswordsThatExpire) {
  const std::int64_t soon = to_micros(clock_.now() + std::chrono::hours(1));
  registry_.tokens.set("ci",
                       {true, "readers", {secret("ci-1", "one"), secret("ci-2", "two", soon)}});
  for (const auto& [password, id] : {std::pair{"one", "ci-1"}, {"two", "ci-2"}}) {
    const auto identity = sign_in("CI", password);
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->principal().kind, PrincipalKind::kToken);
    EXPECT_EQ(identity->principal().id, "ci");
    EXPECT_EQ(identity->principal().credential, id);
    EXPECT_EQ(identity->principal().registry, "contoso-1");
  }
  const std::string made = tokens_.refresh_token(sign_in("ci", "two")->principal(), registry_,
                                                 "contoso.example.com", "tenant");
  EXPECT_TRUE(sign_in(std::string(kNullGuid), made));
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(refused(std::string(kNullGuid), made), "expired");  // with the password it came from
  EXPECT_EQ(refused("ci", "two"), "expired");
  EXPECT_TRUE(sign_in("ci", "one"));
  EXPECT_EQ(refused("ci", "first"), "bad_secret");  // the admin user's
  EXPECT_EQ(refused("nobody", "one"), "unknown_principal");
  registry_.tokens.set("ci", {false, "readers", {secret("ci-1", "one"), {}}});
  EXPECT_EQ(refused("ci", "one"), "disabled");
  EXPECT_EQ(directory_.asked, 0);
}

TEST_F(AuthenticatorTest, GuidsAndAddressesAreTheDirectorys) {
  const auto ada = sign_in("ada@example.com", "correct horse");
  ASSERT_TRUE(ada);
  EXPECT_EQ(ada->principal().id, "ada");
  const auto stranger = sign_in("0f0f0f0f-aaaa-bbbb-cccc-0123456789AB", "x");
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().message, "Application not registered with AAD.");
  EXPECT_EQ(directory_.asked, 2);
  for (const char* not_guid : {"0f0f0f0f-aaaa-bbbb-cccc-0123456789ag", "0f0f0f0faaaabbbbcccc",
                               "0f0f0f0f-aaaa-bbbb-cccc+0123456789ab"}) {
    EXPECT_EQ(refused(not_guid, "x"), "unknown_principal");
  }
  EXPECT_EQ(directory_.asked, 2);
}

TEST_F(AuthenticatorTest, TokensComeAsBearerOrBehindTheNullGuid) {
  policy::Principal owner;
  owner.kind = PrincipalKind::kOwner;
  const std::vector<Grant> grants = {{"repository", "a", {"pull"}}};
  const std::string access = tokens_.access_token(owner, registry_, "host", grants, Seconds(90));
  const std::string refresh = tokens_.refresh_token(owner, registry_, "host", "tenant");
  for (const std::string& header :
       {"Bearer " + access, "bearer  " + access + " ", basic(std::string(kNullGuid), access)}) {
    const auto identity = authenticate(header);
    ASSERT_TRUE(identity) << header;
    EXPECT_EQ(identity->principal(), owner);
    EXPECT_EQ(identity->access_token()->grants, grants);
    EXPECT_EQ(identity->access_token()->id.size(), 36U);
    // What is made from an access token must not outlive it.
    EXPECT_EQ(identity->access_token()->expires, clock_.now() + Seconds(90));
  }
  const auto whole = sign_in(std::string(kNullGuid), refresh);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->access_token(), nullptr);
  EXPECT_FALSE(authenticate("Bearer " + refresh));
  EXPECT_EQ(authenticate("Bearer ").error().code, Code::kUnauthorized);
}

TEST_F(AuthenticatorTest, TokensOfTheOtherPermissionsModeAreRefused) {
  policy::Principal owner;
  owner.kind = PrincipalKind::kOwner;
  const std::string access = tokens_.access_token(owner, registry_, "host", {}, Seconds(90));
  const std::string refresh = tokens_.refresh_token(owner, registry_, "host", "tenant");
  registry_.mode = policy::PermissionsMode::kRepository;
  for (const std::string& header : {"Bearer " + access, basic(std::string(kNullGuid), refresh)}) {
    const auto identity = authenticate(header);
    ASSERT_FALSE(identity);
    EXPECT_EQ(identity.error().code, Code::kUnauthorized);
    EXPECT_EQ(identity.error().message, kAuthenticationRequired);
    EXPECT_EQ(identity.error().cause, "made in the other permissions mode; sign in again");
  }
  EXPECT_TRUE(sign_in("contoso", "first"));  // a password knows no mode
}

TEST_F(AuthenticatorTest, MalformedHeadersAreToldSo) {
  for (const char* header : {"Basic", "Basic ", "Basic %%%", "Basic YQ", "Basic YQ=="}) {
    const auto identity = authenticate(header);
    ASSERT_FALSE(identity) << header;
    EXPECT_TRUE(identity.error().code == Code::kInvalidRequest ||
                identity.error().cause == "unknown scheme");
  }
  EXPECT_EQ(BasicCredentials::parse(basic("a", "b:c"))->password, "b:c");
  EXPECT_EQ(BasicCredentials::parse(basic("", ""))->user, "");
  EXPECT_FALSE(BasicCredentials::parse(basic("a", std::string(32 * 1024, 'x'))));
  EXPECT_EQ(authenticate("Digest x").error().code, Code::kUnauthorized);
  EXPECT_EQ(authenticate("").error().code, Code::kUnauthorized);
}

TEST_F(AuthenticatorTest, GuessingIsSlowedDownExpiredTokensAreNot) {
  for (int i = 0; i < 50; ++i) EXPECT_EQ(refused("ci", std::to_string(i)), "bad_secret");
  const auto slowed = sign_in("ci", "one");
  ASSERT_FALSE(slowed);
  EXPECT_EQ(slowed.error().code, Code::kTooManyRequests);
  EXPECT_EQ(slowed.error().details.at(0).key, "retryAfter");
  EXPECT_FALSE(sign_in("ada@example.com", "correct horse"));  // the same address
  EXPECT_EQ(directory_.asked, 0);
  source_.address = "192.0.2.8";
  EXPECT_FALSE(sign_in("ci", "one"));  // the same name
  EXPECT_TRUE(sign_in("contoso", "first"));
  for (int i = 0; i < 60; ++i) EXPECT_FALSE(authenticate("Bearer x"));
  EXPECT_TRUE(sign_in("contoso", "first"));
}

}  // namespace
}  // namespace berth::access
