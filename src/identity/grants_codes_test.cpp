// The grants that begin in a browser: device codes, authorization codes and their redirects.
#include "crypto/encoding.h"
#include "crypto/secrets.h"
#include "identity/authorize.h"
#include "identity/grants_testing.h"

namespace berth::identity {
namespace {

constexpr const char* kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

using DeviceTest = GrantsTest;

// ---- device codes

TEST_F(DeviceTest, ADeviceWaitsForItsPerson) {
  const User user = make_user();
  const auto begun =
      grants.device_code(request({{"client_id", std::string(kAzureCli)}, {"scope", kArm}}));
  ASSERT_TRUE(begun);
  EXPECT_EQ(begun->at("verification_uri"), "https://login.berth.test/devicelogin");
  const Fields poll{{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                    {"client_id", std::string(kAzureCli)},
                    {"device_code", text_of(*begun, "device_code")}};
  auto waiting = token(poll);
  EXPECT_EQ(waiting.error().exact_code, "authorization_pending");
  EXPECT_EQ(code_row(waiting.error().code).http_status, 400);
  EXPECT_EQ(token(poll).error().exact_code, "slow_down");
  std::string typed = lower(text_of(*begun, "user_code"));
  typed.erase(typed.find('-'), 1);
  ASSERT_TRUE(devices.pending(typed));
  ASSERT_TRUE(devices.approve(typed, {user.id, user.password_id}));
  EXPECT_FALSE(devices.approve(typed, {user.id, user.password_id}));
  clock.advance(DeviceCodes::kInterval);
  const auto answer = token(poll);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(accept(*answer));
  clock.advance(DeviceCodes::kInterval);
  EXPECT_EQ(token(poll).error().exact_code, "expired_token");  // once
}

TEST_F(DeviceTest, ADeviceCodeIsDeclinedExpiresAndIsItsClients) {
  const App app = make_app();
  EXPECT_EQ(number(grants.device_code(request({{"client_id", app.app_id}}))), "7000218");
  const auto begun = grants.device_code(request({{"client_id", std::string(kAzureCli)}}));
  Fields poll{{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
              {"client_id", app.app_id},
              {"client_secret", app.secret},
              {"device_code", text_of(*begun, "device_code")}};
  EXPECT_EQ(token(poll).error().exact_code, "expired_token");  // of another client
  poll[1].second = std::string(kAzureCli);
  poll.erase(poll.begin() + 2);
  ASSERT_TRUE(devices.decline(text_of(*begun, "user_code")));
  EXPECT_EQ(token(poll).error().exact_code, "access_denied");
  const auto late = grants.device_code(request({{"client_id", std::string(kAzureCli)}}));
  clock.advance(DeviceCodes::kLifetime);
  EXPECT_FALSE(devices.pending(text_of(*late, "user_code")));
  poll[2].second = text_of(*late, "device_code");
  EXPECT_EQ(token(poll).error().exact_code, "expired_token");
}

// ---- authorization codes

class CodeTest : public GrantsTest {
 protected:
  std::string begin_code(const User& user) {
    CodeSignIn sign_in;
    sign_in.client = kAzureCli;
    sign_in.redirect_uri = "http://localhost:8400";
    sign_in.scope = kArm;
    sign_in.nonce = "n1";
    sign_in.challenge = crypto::base64url(crypto::sha256(kVerifier));
    sign_in.person = {user.id, user.password_id};
    return codes.begin(sign_in);
  }
  Result<json::object> redeem(const std::string& code, const std::string& verifier = kVerifier,
                              const std::string& redirect = "http://localhost:8400") {
    return token({{"grant_type", "authorization_code"},
                  {"client_id", std::string(kAzureCli)},
                  {"code", code},
                  {"redirect_uri", redirect},
                  {"code_verifier", verifier}});
  }
};

TEST_F(CodeTest, ACodeWorksOnceAndItsReplayRevokesWhatItIssued) {
  const User user = make_user();
  const std::string code = begin_code(user);
  const auto answer = redeem(code);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(text_of(claims_of(text_of(*answer, "id_token")), "nonce"), "n1");
  EXPECT_TRUE(accept(*answer));
  clock.advance(std::chrono::minutes(30));  // long after the code itself has expired
  EXPECT_EQ(number(redeem(code)), "54005");
  EXPECT_FALSE(accept(*answer));
  EXPECT_EQ(number(refresh(text_of(*answer, "refresh_token"))), "50173");
}

TEST_F(CodeTest, VerifierRedirectClientAndTimeMustFit) {
  const User user = make_user();
  EXPECT_EQ(number(redeem(begin_code(user), std::string(43, 'a'))), "501481");
  EXPECT_EQ(number(redeem(begin_code(user), "")), "501481");
  EXPECT_EQ(number(redeem(begin_code(user), kVerifier, "http://localhost:9")), "70008");
  EXPECT_EQ(number(redeem("no such code")), "70008");
  const std::string tried = begin_code(user);
  EXPECT_FALSE(redeem(tried, std::string(43, 'a')));
  EXPECT_FALSE(redeem(tried));  // a code is tried once
  const std::string late = begin_code(user);
  clock.advance(AuthorizationCodes::kLifetime);
  EXPECT_EQ(number(redeem(late)), "70008");
}

struct RedirectRow {
  const char* redirect;
  bool good;
};
TEST_F(CodeTest, NoOpenRedirect) {
  const App app = make_app();
  ASSERT_TRUE(wait(
      directory.edit<Application>(root, "write", app.object_id, [](Application& a) -> Result<void> {
        a.web_redirects = {"https://app.test/cb"};
        a.public_redirects = {"http://localhost/back"};
        return {};
      })));
  const RedirectRow rows[] = {
      {"https://app.test/cb", true},
      {"http://localhost/back", true},
      {"http://localhost:5123/back", true},
      {"http://localhost:5123/other", false},
      {"https://localhost:5123/back", false},
      {"http://localhost.evil.test/back", false},
      {"http://localhost@evil.test/back", false},
      {"https://app.test/cb/", false},
      {"https://app.test/cb?x=1", false},
      {"https://app.test/cb#f", false},
      {"https://app.test.evil.test/cb", false},
      {"https://app.test\\@evil.test/cb", false},
      {"//evil.test", false},
      {"javascript:alert(1)", false},
      {"", false},
  };
  for (const RedirectRow& row : rows) {
    const OAuthRequest asked = request({{"client_id", app.app_id}, {"redirect_uri", row.redirect}});
    EXPECT_EQ(read_authorize(asked.form, grants).has_value(), row.good) << row.redirect;
  }
  for (const RedirectRow& row :
       {RedirectRow{"http://localhost:8400", true}, RedirectRow{"http://127.0.0.1:1/x", true},
        RedirectRow{"https://app.test/cb", false}, RedirectRow{"http://10.0.0.1/", false}}) {
    const OAuthRequest asked =
        request({{"client_id", std::string(kAzureCli)}, {"redirect_uri", row.redirect}});
    EXPECT_EQ(read_authorize(asked.form, grants).has_value(), row.good) << row.redirect;
  }
}

TEST_F(CodeTest, PkceIsNeverOptional) {
  Fields fields{{"client_id", std::string(kAzureCli)},
                {"redirect_uri", "http://localhost:8400"},
                {"response_type", "code"},
                {"scope", kArm}};
  const auto problem = [&] {
    const OAuthRequest asked = request(fields);
    const auto read = read_authorize(asked.form, grants);
    return read && read->problem ? read->problem->exact_code : std::string();
  };
  EXPECT_EQ(problem(), "invalid_request");
  fields.emplace_back("code_challenge", crypto::base64url(crypto::sha256(kVerifier)));
  EXPECT_EQ(problem(), "invalid_request");
  fields.emplace_back("code_challenge_method", "plain");
  EXPECT_EQ(problem(), "invalid_request");
  fields.back().second = "S256";
  EXPECT_EQ(problem(), "");
  fields[2].second = "token";
  EXPECT_EQ(problem(), "unsupported_response_type");
}

}  // namespace
}  // namespace berth::identity
