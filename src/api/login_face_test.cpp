#include "api/login_face.h"

#include <boost/json.hpp>

#include "api/login_imds.h"
#include "api/login_testing.h"
#include "crypto/encoding.h"
#include "crypto/secrets.h"
#include "identity/identity_testing.h"
#include "identity/json_text.h"

namespace berth::api {
namespace {

namespace json = boost::json;
using identity::text_of;

constexpr const char* kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr const char* kCli = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

class LoginFaceTest : public identity::IdentityFixture {
 protected:
  http::Response send(FakeExchange exchange) { return wait(face.handle(exchange)); }
  http::Response get(const std::string& target) { return send({"GET", target}); }
  http::Response post(const std::string& target, const std::string& body) {
    FakeExchange exchange("POST", target, body);
    exchange.form();
    return send(std::move(exchange));
  }
  json::object document(const std::string& target) {
    const http::Response response = get(target);
    EXPECT_EQ(response.status, 200U) << target << body_of(response);
    return json::parse(body_of(response)).as_object();
  }
  static json::object parsed(const http::Response& response) {
    return json::parse(body_of(response)).as_object();
  }
  const std::string& tenant() { return tenant_ = directory.state()->tenant; }

  LoginFace face{{directory, issuer, grants, names, clock, random, log}};
  std::string tenant_;
};

TEST_F(LoginFaceTest, BothFamiliesOfPathsDescribeThemselves) {
  const auto adfs = document("/adfs/.well-known/openid-configuration");
  EXPECT_EQ(text_of(adfs, "token_endpoint"), "https://login.berth.test/adfs/oauth2/token");
  const auto entra = document("/" + tenant() + "/v2.0/.well-known/openid-configuration");
  EXPECT_EQ(text_of(entra, "token_endpoint"),
            "https://login.berth.test/" + tenant() + "/oauth2/v2.0/token");
  for (const std::string path : {"/adfs/berth.test/", "/berth.test/", "/common/", "//adfs//"}) {
    const auto found = document(path + ".well-known/openid-configuration");
    // az takes the fourth piece of the issuer as the tenant.
    EXPECT_EQ(text_of(found, "issuer"), "https://login.berth.test/" + tenant() + "/") << path;
  }
  EXPECT_EQ(document("/adfs/discovery/keys").at("keys").as_array().size(), 1U);
}

TEST_F(LoginFaceTest, InstanceDiscoveryNamesThisServerOnly) {
  const auto old = document(
      "/common/discovery/instance?api-version=1.0&authorization_endpoint=https://evil.test/x");
  EXPECT_TRUE(old.at("metadata").as_array().empty());
  EXPECT_TRUE(text_of(old, "tenant_discovery_endpoint").starts_with("https://login.berth.test/"));
  const auto newer = document("/common/discovery/instance?api-version=1.1");
  EXPECT_EQ(newer.at("metadata").as_array().size(), 1U);
  EXPECT_EQ(text_of(document("/common/userrealm/x@berth.test?api-version=1.0"), "account_type"),
            "Managed");
}

TEST_F(LoginFaceTest, TableOfTenants) {
  struct Row {
    const char* path;
    unsigned status;
    int code;
  };
  const Row rows[] = {
      {"/11111111-2222-4333-8444-555555555555/.well-known/openid-configuration", 400, 90002},
      {"/other.test/.well-known/openid-configuration", 400, 90002},
      {"/adfs/other.test/.well-known/openid-configuration", 400, 90002},
      {"/nonsense/.well-known/openid-configuration", 400, 900023},
      {"/", 404, 0},
      {"/adfs/nothing", 404, 0},
      {"/adfs/oauth2/token", 405, 0},
      {"/adfs/%zz", 400, 0},
  };
  for (const Row& row : rows) {
    const http::Response response = get(row.path);
    EXPECT_EQ(response.status, row.status) << row.path;
    const auto body = parsed(response);
    if (row.code != 0) EXPECT_EQ(body.at("error_codes").at(0).as_int64(), row.code) << row.path;
    EXPECT_EQ(text_of(body, "correlation_id"), "the-correlation-id");
    EXPECT_EQ(header_of(response, "Cache-Control"), "no-store");
  }
}

TEST_F(LoginFaceTest, ATokenAndItsErrors) {
  const App app = make_app();
  const std::string form = "grant_type=client_credentials&client_id=" + app.app_id +
                           "&scope=https%3A%2F%2Fmanagement.berth.test%2F%2F.default";
  const http::Response good = post("/adfs/oauth2/token", form + "&client_secret=" + app.secret);
  EXPECT_EQ(good.status, 200U) << body_of(good);
  EXPECT_EQ(header_of(good, "Cache-Control"), "no-store");
  EXPECT_EQ(parsed(good).at("expires_in").as_int64(), 3600);

  const http::Response bad = post("/adfs/oauth2/token", form + "&client_secret=no");
  EXPECT_EQ(bad.status, 401U);
  EXPECT_EQ(text_of(parsed(bad), "error"), "invalid_client");
  EXPECT_TRUE(text_of(parsed(bad), "error_description").starts_with("AADSTS7000215: "));

  FakeExchange basic("POST", "/" + tenant() + "/oauth2/v2.0/token",
                     "grant_type=client_credentials&scope=https://management.berth.test/.default");
  basic.form().with("Authorization", "Basic " + crypto::base64(app.app_id + ":" + app.secret));
  EXPECT_EQ(send(std::move(basic)).status, 200U);

  EXPECT_EQ(post("/adfs/oauth2/token", form + "&client_id=twice").status, 400U);
  EXPECT_EQ(post("/adfs/oauth2/token", "a=%zz").status, 400U);
  EXPECT_EQ(post("/adfs/oauth2/token", std::string(1024 * 1024, 'a')).status, 413U);
  EXPECT_EQ(send({"POST", "/adfs/oauth2/token", form}).status, 400U);  // no form
  FakeExchange garbled("POST", "/adfs/oauth2/token", form);
  garbled.form().with("Authorization", "Basic !!!");
  EXPECT_EQ(send(std::move(garbled)).status, 400U);
}

TEST_F(LoginFaceTest, ThrottlingSaysWhenToRetry) {
  const App app = make_app();
  http::Response last;
  for (int i = 0; i < 25; ++i) {
    last = post("/adfs/oauth2/token",
                "grant_type=client_credentials&client_secret=no&client_id=" + app.app_id);
  }
  EXPECT_EQ(last.status, 429U);
  EXPECT_GE(std::stoi(header_of(last, "Retry-After")), 1);
}

// ---- pages

class BrowserTest : public LoginFaceTest {
 protected:
  // What a browser would send back of this page.
  static std::string hidden(const std::string& page, const std::string& name) {
    const std::string mark = "name=\"" + name + "\" value=\"";
    const std::size_t at = page.find(mark);
    if (at == std::string::npos) return {};
    const std::size_t start = at + mark.size();
    return page.substr(start, page.find('"', start) - start);
  }
  static std::string cookie(const http::Response& page) {
    const std::string header = header_of(page, "Set-Cookie");
    return header.substr(0, header.find(';'));
  }
  FakeExchange answer(const http::Response& page, const std::string& target, std::string form) {
    FakeExchange exchange("POST", target,
                          form + "&form_token=" + hidden(body_of(page), "form_token"));
    exchange.form().with("Cookie", "other=1; " + cookie(page));
    return exchange;
  }
  std::string authorize_query(const std::string& more = {}) const {
    return "client_id=" + std::string(kCli) +
           "&response_type=code&redirect_uri=http%3A%2F%2Flocalhost%3A8400&state=s%26%22%3Ct" +
           "&scope=https://management.berth.test/.default+openid" +
           "&code_challenge_method=S256&code_challenge=" +
           crypto::base64url(crypto::sha256(kVerifier)) + more;
  }
  const std::string credentials = "&username=ann%40berth.test&password=correct+horse+battery";
};

TEST_F(BrowserTest, PagesCannotBeFramedScriptedOrCached) {
  const http::Response page = get("/adfs/oauth2/authorize?" + authorize_query());
  ASSERT_EQ(page.status, 200U) << body_of(page);
  const std::string policy = header_of(page, "Content-Security-Policy");
  EXPECT_NE(policy.find("default-src 'none'"), std::string::npos);
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_NE(policy.find("form-action 'self' http://localhost:8400"), std::string::npos);
  EXPECT_EQ(header_of(page, "Cache-Control"), "no-store");
  EXPECT_EQ(body_of(page).find("<script"), std::string::npos);
  EXPECT_NE(header_of(page, "Set-Cookie").find("Secure; HttpOnly; SameSite=Strict"),
            std::string::npos);
  // What the client sent is text on the page, never markup.
  EXPECT_NE(body_of(page).find("value=\"s&amp;&quot;&lt;t\""), std::string::npos);
}

TEST_F(BrowserTest, SigningInLeadsBackWithACodeThatWorksOnce) {
  make_user();
  const std::string target = "/adfs/oauth2/authorize";
  const http::Response page = get(target + "?" + authorize_query());
  const http::Response back = send(answer(page, target, authorize_query() + credentials));
  ASSERT_EQ(back.status, 303U) << body_of(back);
  const std::string location = header_of(back, "Location");
  ASSERT_TRUE(location.starts_with("http://localhost:8400?code=")) << location;
  EXPECT_TRUE(location.ends_with("&state=s%26%22%3Ct")) << location;
  const std::string code = location.substr(27, location.find('&') - 27);
  const std::string form = "grant_type=authorization_code&client_id=" + std::string(kCli) +
                           "&redirect_uri=http://localhost:8400&code=" + code +
                           "&code_verifier=" + kVerifier;
  EXPECT_EQ(post("/adfs/oauth2/token", form).status, 200U);
  EXPECT_EQ(parsed(post("/adfs/oauth2/token", form)).at("error_codes").at(0).as_int64(), 54005);
}

TEST_F(BrowserTest, AFormFromElsewhereSignsNobodyIn) {
  make_user();
  const std::string target = "/adfs/oauth2/authorize";
  const http::Response page = get(target + "?" + authorize_query());
  EXPECT_EQ(post(target, authorize_query() + credentials).status,
            403U);  // neither cookie nor token
  FakeExchange foreign = answer(page, target, authorize_query() + credentials);
  foreign.with("Origin", "https://evil.test");
  EXPECT_EQ(send(std::move(foreign)).status, 403U);
  const http::Response other = get(target + "?" + authorize_query());
  FakeExchange mixed(
      "POST", target,
      authorize_query() + credentials + "&form_token=" + hidden(body_of(page), "form_token"));
  mixed.form().with("Cookie", cookie(other));
  EXPECT_EQ(send(std::move(mixed)).status, 403U);
  FakeExchange own = answer(page, target, authorize_query() + credentials);
  own.with("Origin", "https://login.berth.test");
  EXPECT_EQ(send(std::move(own)).status, 303U);
}

TEST_F(BrowserTest, ErrorsTravelOnlyToRedirectsThatAreKnown) {
  const http::Response evil =
      get("/adfs/oauth2/authorize?response_type=token&client_id=" + std::string(kCli) +
          "&redirect_uri=https://evil.test/");
  EXPECT_EQ(evil.status, 400U);
  EXPECT_EQ(header_of(evil, "Location"), "");
  const http::Response known =
      get("/adfs/oauth2/authorize?response_type=token&state=s&client_id=" + std::string(kCli) +
          "&redirect_uri=http://localhost:1/");
  EXPECT_EQ(known.status, 303U);
  EXPECT_TRUE(header_of(known, "Location")
                  .starts_with("http://localhost:1/?error=unsupported_response_type"));
  make_user();
  const std::string target = "/adfs/oauth2/authorize";
  const http::Response page = get(target + "?" + authorize_query());
  const http::Response wrong =
      send(answer(page, target, authorize_query() + "&username=ann%40berth.test&password=no"));
  EXPECT_EQ(wrong.status, 400U);
  EXPECT_NE(body_of(wrong).find("AADSTS50126"), std::string::npos);
}

TEST_F(BrowserTest, AFormPostIsHandedOverByAButton) {
  make_user();
  const std::string query = authorize_query("&response_mode=form_post");
  const http::Response page = get("/adfs/oauth2/authorize?" + query);
  const http::Response back = send(answer(page, "/adfs/oauth2/authorize", query + credentials));
  EXPECT_EQ(back.status, 200U);
  EXPECT_NE(body_of(back).find("action=\"http://localhost:8400\""), std::string::npos);
  EXPECT_EQ(hidden(body_of(back), "code").size(), 52U);
}

TEST_F(BrowserTest, ADeviceIsSignedInByItsCode) {
  make_user();
  const auto begun = parsed(post("/adfs/oauth2/devicecode", "client_id=" + std::string(kCli)));
  EXPECT_EQ(get("/devicelogin").status, 200U);
  EXPECT_EQ(get("/devicelogin?user_code=WRNG-CDXX").status, 400U);
  const std::string code = text_of(begun, "user_code");
  const http::Response page = get("/devicelogin?user_code=" + code);
  ASSERT_EQ(page.status, 200U);
  EXPECT_NE(body_of(page).find("Microsoft Azure CLI"), std::string::npos);
  const std::string form = "user_code=" + code;
  EXPECT_EQ(post("/devicelogin", form + credentials).status, 403U);
  const http::Response done = send(answer(page, "/devicelogin", form + credentials));
  EXPECT_EQ(done.status, 200U) << body_of(done);
  const http::Response token =
      post("/adfs/oauth2/token", "grant_type=device_code&client_id=" + std::string(kCli) +
                                     "&device_code=" + text_of(begun, "device_code"));
  EXPECT_EQ(token.status, 200U) << body_of(token);
}

TEST_F(BrowserTest, GuessingUserCodesIsThrottled) {
  unsigned last = 0;
  for (int i = 0; i < 25; ++i) last = get("/devicelogin?user_code=BBBB-BBBB").status;
  EXPECT_EQ(last, 429U);
}

// ---- the metadata service

TEST_F(LoginFaceTest, TheMetadataServiceAnswersOnlyWhoMeansIt) {
  identity::ManagedIdentity identity;
  identity.display_name = "builder";
  identity.uid = 990;
  identity.imds_default = true;
  ASSERT_TRUE(wait(directory.add_managed_identity(root, identity)));
  ImdsFace imds(managed, clock, log);
  const std::string target =
      "/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
      "https%3A%2F%2Fmanagement.berth.test%2F";
  const auto status = [&](FakeExchange exchange) { return wait(imds.handle(exchange)).status; };
  FakeExchange good("GET", target);
  good.with("Metadata", "True");
  const http::Response answer = wait(imds.handle(good));
  ASSERT_EQ(answer.status, 200U) << body_of(answer);
  EXPECT_EQ(text_of(parsed(answer), "token_type"), "Bearer");
  EXPECT_EQ(text_of(parsed(answer), "resource"), "https://management.berth.test/");
  EXPECT_EQ(status({"GET", target}), 400U);
  EXPECT_EQ(
      status(FakeExchange("GET", target).with("Metadata", "true").with("X-Forwarded-For", "1")),
      400U);
  EXPECT_EQ(status(FakeExchange("POST", target).with("Metadata", "true")), 405U);
  EXPECT_EQ(status(FakeExchange("GET", target).with("Metadata", "true").on_socket(990)), 200U);
  EXPECT_EQ(status(FakeExchange("GET", target).with("Metadata", "true").on_socket(991)), 400U);
  EXPECT_EQ(status(FakeExchange("GET", "/other").with("Metadata", "true")), 404U);
}

}  // namespace
}  // namespace berth::api
