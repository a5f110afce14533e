#include "crypto/encoding.h"
#include "identity/grants_testing.h"

namespace berth::identity {
namespace {

TEST_F(GrantsTest, AClientSecretGivesATokenForArm) {
  const App app = make_app();
  const auto answer = secret_token(app, app.secret);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->at("expires_in").is_int64());
  EXPECT_EQ(answer->at("token_type"), "Bearer");
  EXPECT_FALSE(answer->contains("refresh_token"));
  const auto claims = claims_of(text_of(*answer, "access_token"));
  EXPECT_EQ(text_of(claims, "aud"), "https://management.berth.test");
  EXPECT_EQ(text_of(claims, "tid"), directory.state()->tenant);
  EXPECT_EQ(text_of(claims, "iss"), "https://login.berth.test/" + directory.state()->tenant + "/");
  EXPECT_EQ(text_of(claims, "oid"), app.sp_id);
  EXPECT_EQ(text_of(claims, "appid"), app.app_id);
  EXPECT_EQ(text_of(claims, "idtyp"), "app");
  const auto who = accept(*answer);
  ASSERT_TRUE(who) << who.error().cause;
  EXPECT_EQ(who->kind, policy::PrincipalKind::kServicePrincipal);
  EXPECT_EQ(who->credential, app.key_id);
  EXPECT_FALSE(accept(*answer, {"https://graph.berth.test"}));
}

TEST_F(GrantsTest, BasicProvesTheClientToo) {
  const App app = make_app();
  OAuthRequest asked = request({{"grant_type", "client_credentials"}, {"scope", kArm}});
  asked.basic_user = app.app_id;
  asked.basic_password = app.secret;
  EXPECT_TRUE(wait(grants.token(asked)));
  asked.form.add("client_id", "another");
  EXPECT_EQ(number(wait(grants.token(asked))), "9002313");
}

TEST_F(GrantsTest, TwoSecretsOverlapAndARemovedOneStopsAtOnce) {
  const App app = make_app();
  const auto second = wait(directory.add_secret(root, app.object_id, {})).value();
  const auto by_first = secret_token(app, app.secret);
  ASSERT_TRUE(by_first);
  EXPECT_TRUE(secret_token(app, second.text));
  ASSERT_TRUE(wait(directory.remove_secret(root, app.object_id, app.key_id)));
  EXPECT_EQ(number(secret_token(app, app.secret)), "7000215");
  EXPECT_FALSE(accept(*by_first));  // what it had proved is no longer good
  EXPECT_TRUE(secret_token(app, second.text));
}

TEST_F(GrantsTest, TableOfClientErrors) {
  const App app = make_app();
  EXPECT_EQ(number(secret_token(app, "wrong")), "7000215");
  EXPECT_EQ(number(secret_token(app, app.key_id)), "7000215");  // the id instead of the value
  App unknown = app;
  unknown.app_id = "11111111-2222-4333-8444-555555555555";
  EXPECT_EQ(number(secret_token(unknown, app.secret)), "700016");
  EXPECT_EQ(number(secret_token(app, app.secret, "https://elsewhere.test/.default")), "500011");
  EXPECT_EQ(number(token({{"grant_type", "client_credentials"}, {"client_id", app.app_id}})),
            "7000218");
  EXPECT_EQ(number(token({{"grant_type", "client_credentials"}})), "900144");
  EXPECT_EQ(number(token({{"grant_type", "implicit"}, {"client_id", app.app_id}})), "70003");
  EXPECT_EQ(number(token({})), "900144");
  clock.advance(std::chrono::hours(24 * 366));
  const auto expired = secret_token(app, app.secret);
  EXPECT_EQ(number(expired), "7000222");
  EXPECT_EQ(expired.error().code, Code::kUnauthorized);
  EXPECT_EQ(expired.error().exact_code, "invalid_client");
  // L0: which directory it was.
  EXPECT_NE(expired.error().message.find(directory.state()->tenant), std::string::npos);
  EXPECT_NE(expired.error().message.find("berth.test"), std::string::npos);
}

struct AudienceRow {
  const char* scope;
  const char* audience;
};
TEST_F(GrantsTest, TableOfAudiences) {
  const AudienceRow rows[] = {
      {"https://management.berth.test/.default", "https://management.berth.test"},
      {"https://management.berth.test//.default", "https://management.berth.test"},
      {"https://MANAGEMENT.berth.test/user_impersonation", "https://management.berth.test"},
      {"openid https://containerregistry.azure.net/.default profile",
       "https://containerregistry.azure.net"},
      {"https://graph.berth.test//.default", "https://graph.berth.test"},
      {"openid profile offline_access", "https://graph.berth.test"},
      {"https://logs.berth.test/.default", "https://logs.berth.test"},
      {"https://team.berth.test/.default", "https://team.berth.test"},
      {"https://nosuch.berth.test/.default", ""},
      {"https://login.berth.test/.default", ""},
      {"https://management.berth.test.evil.test/.default", ""},
      {"http://management.berth.test/.default", ""},
      {"https://team.berth.test/.default https://graph.berth.test/.default", ""},
      {"nonsense", ""},
  };
  for (const AudienceRow& row : rows) {
    const OAuthRequest asked = request({{"scope", row.scope}});
    EXPECT_EQ(grants.audience(asked.form).value_or(""), row.audience) << row.scope;
  }
  const OAuthRequest v1 = request({{"resource", "https://management.berth.test/"}});
  EXPECT_EQ(grants.audience(v1.form).value_or(""), "https://management.berth.test");
}

TEST_F(GrantsTest, APasswordGivesEverythingThatAUserNeeds) {
  const User user = make_user();
  const auto answer = password_token("Ann@Berth.Test", kPassword);
  ASSERT_TRUE(answer) << answer.error().message;
  const auto claims = claims_of(text_of(*answer, "id_token"));
  EXPECT_EQ(text_of(claims, "aud"), kAzureCli);
  EXPECT_EQ(text_of(claims, "upn"), "ann@berth.test");
  EXPECT_EQ(text_of(claims, "tid"), directory.state()->tenant);
  const auto info =
      json::parse(*crypto::from_base64url(text_of(*answer, "client_info"))).as_object();
  EXPECT_EQ(text_of(info, "uid"), user.id);
  EXPECT_EQ(text_of(info, "utid"), directory.state()->tenant);
  EXPECT_EQ(accept(*answer)->name, "ann@berth.test");
  // An id token is for its client: nobody takes it for an access token.
  const std::vector<std::string> as_client{std::string(kAzureCli)};
  const std::string id_token = text_of(*answer, "id_token");
  EXPECT_FALSE(wait(login.accept_token(id_token, as_client)));
}

TEST_F(GrantsTest, UnknownUserAndWrongPasswordAreOneAnswer) {
  make_user();
  const auto unknown = password_token("nobody@berth.test", kPassword);
  const auto wrong = password_token("ann@berth.test", "wrong password 1");
  EXPECT_EQ(number(wrong), "50126");
  EXPECT_EQ(unknown.error().message, wrong.error().message);
  EXPECT_EQ(unknown.error().exact_code, wrong.error().exact_code);
  EXPECT_NE(unknown.error().cause, wrong.error().cause);  // the log knows
}

TEST_F(GrantsTest, DisabledIsToldOnlyToWhoKnowsThePassword) {
  const User user = make_user();
  const auto before = password_token("ann@berth.test", kPassword);
  ASSERT_TRUE(wait(directory.edit<User>(root, "write", user.id, [](User& u) -> Result<void> {
    u.enabled = false;
    return {};
  })));
  EXPECT_EQ(number(password_token("ann@berth.test", kPassword)), "50057");
  EXPECT_EQ(number(password_token("ann@berth.test", "wrong password 1")), "50126");
  EXPECT_FALSE(accept(*before));
  EXPECT_EQ(number(refresh(text_of(*before, "refresh_token"))), "50173");
}

TEST_F(GrantsTest, AnOrdinaryApplicationMayNotActForUsersWithoutItsSecret) {
  make_user();
  const App app = make_app();
  Fields fields{{"grant_type", "password"},
                {"client_id", app.app_id},
                {"username", "ann@berth.test"},
                {"password", kPassword}};
  EXPECT_EQ(number(token(fields)), "7000218");
  fields.emplace_back("client_secret", app.secret);
  EXPECT_TRUE(token(fields));
}

TEST_F(GrantsTest, GuessingIsThrottledWithATimeToWait) {
  make_user();
  Result<json::object> last = fail(Code::kInternal, "");
  for (int i = 0; i < 25; ++i) last = password_token("ann@berth.test", "wrong password 1");
  EXPECT_EQ(last.error().code, Code::kTooManyRequests);
  EXPECT_TRUE(std::any_of(last.error().details.begin(), last.error().details.end(),
                          [](const Detail& d) { return d.key == "retryAfter"; }));
  clock.advance(std::chrono::minutes(5));
  EXPECT_TRUE(password_token("ann@berth.test", kPassword));
}

// ---- refresh tokens

TEST_F(GrantsTest, ARefreshTokenGivesAnotherAudienceAndRotates) {
  make_user();
  const auto first = password_token("ann@berth.test", kPassword);
  const auto second = refresh(text_of(*first, "refresh_token"));
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_NE(text_of(*second, "refresh_token"), text_of(*first, "refresh_token"));
  EXPECT_TRUE(accept(*second, {"https://containerregistry.azure.net"}));
  // Another process of the same client that comes at the same time.
  EXPECT_TRUE(refresh(text_of(*first, "refresh_token")));
  EXPECT_TRUE(refresh(text_of(*second, "refresh_token")));
}

TEST_F(GrantsTest, AnOldCopyOfARefreshTokenEndsTheSignIn) {
  make_user();
  const auto first = password_token("ann@berth.test", kPassword);
  const auto second = refresh(text_of(*first, "refresh_token"));
  clock.advance(std::chrono::minutes(3));
  EXPECT_EQ(number(refresh(text_of(*first, "refresh_token"))), "50173");
  EXPECT_EQ(number(refresh(text_of(*second, "refresh_token"))), "50173");
  EXPECT_FALSE(accept(*second, {"https://containerregistry.azure.net"}));
}

TEST_F(GrantsTest, RefreshTokensAreBoundToClientPasswordAndTime) {
  const User user = make_user();
  const auto answer = password_token("ann@berth.test", kPassword);
  const std::string good = text_of(*answer, "refresh_token");
  const App app = make_app();
  EXPECT_EQ(number(token({{"grant_type", "refresh_token"},
                          {"client_id", app.app_id},
                          {"client_secret", app.secret},
                          {"refresh_token", good}})),
            "50173");
  for (std::string bad : {good + "x", good.substr(0, good.size() - 1), std::string("1."),
                          std::string(300, 'a'), std::string()}) {
    EXPECT_EQ(number(refresh(bad)), "50173") << bad;
  }
  std::string next_generation = good;
  next_generation.replace(good.find(".1."), 3, ".2.");
  EXPECT_EQ(number(refresh(next_generation)), "50173");
  EXPECT_TRUE(refresh(good));
  ASSERT_TRUE(wait(directory.set_password(root, user.id, "another password")));
  EXPECT_EQ(number(refresh(good)), "50173");
  EXPECT_FALSE(accept(*answer));

  const auto later = password_token("ann@berth.test", "another password");
  clock.advance(UserGrants::kIdle);
  EXPECT_EQ(number(refresh(text_of(*later, "refresh_token"))), "700082");
  ASSERT_TRUE(wait(user_grants.sweep()));
  EXPECT_EQ(number(refresh(text_of(*later, "refresh_token"))), "50173");
}

TEST_F(GrantsTest, GrantsSurviveARestart) {
  make_user();
  const auto answer = password_token("ann@berth.test", kPassword);
  UserGrants again(documents, keys, clock, random);
  ASSERT_TRUE(wait(again.load()));
  const std::string text = text_of(*answer, "refresh_token");
  EXPECT_TRUE(wait(again.use(text, kAzureCli)));
}

// ---- managed identities

TEST_F(GrantsTest, AManagedIdentityIsItsSystemUserAndNobodyElse) {
  ManagedIdentity builder;
  builder.display_name = "builder";
  builder.uid = 990;
  const auto made = wait(directory.add_managed_identity(root, builder)).value();
  MetadataRequest asked;
  asked.resource = "https://management.berth.test/";
  asked.uid = 990;
  const auto answer = managed.token(asked);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->at("expires_on").is_string());
  EXPECT_EQ(accept(*answer)->kind, policy::PrincipalKind::kManagedIdentity);
  asked.client_id = made.client_id;
  EXPECT_TRUE(managed.token(asked));
  asked.uid = 991;
  EXPECT_FALSE(managed.token(asked));  // naming another identity is no way to become it
  asked.uid.reset();
  EXPECT_FALSE(managed.token(asked));  // not marked for the IMDS address
  asked = {"https://elsewhere.test", "", "", "", 990};
  EXPECT_EQ(managed.token(asked).error().exact_code, "invalid_resource");
  ASSERT_TRUE(wait(directory.remove(root, made.id)));
  EXPECT_FALSE(accept(*answer));
}

TEST(StsTable, EveryRowIsInItsPlace) {
  for (int i = 0; i <= static_cast<int>(Sts::kBusy); ++i) {
    const Error error = sts_error(static_cast<Sts>(i), "x", {"t", "d"});
    EXPECT_TRUE(error.message.starts_with("AADSTS")) << i;
  }
  EXPECT_EQ(sts_error(Sts::kBusy, "", {}).exact_code, "temporarily_unavailable");
  EXPECT_EQ(sts_error(Sts::kBadRedirect, "", {}).message.substr(0, 11), "AADSTS50011");
  EXPECT_EQ(sts_error(Sts::kDevicePending, "", {}).exact_code, "authorization_pending");
}

}  // namespace
}  // namespace berth::identity
