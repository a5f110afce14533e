#include <boost/json.hpp>

#include "crypto/certificate.h"
#include "crypto/encoding.h"
#include "crypto/jws.h"
#include "crypto/secrets.h"
#include "identity/identity_testing.h"
#include "identity/json_text.h"

namespace berth::identity {
namespace {

namespace json = boost::json;

constexpr const char* kIssuer = "https://ci.test";
constexpr const char* kKeysAt = "https://ci.test/keys";

std::vector<IssuerConfig> test_issuers() {
  return parse_issuers(R"({"issuers":[
    {"name":"ci","issuer":"https://ci.test","audiences":["berth"],"jwks_uri":"https://ci.test/keys",
     "groups_claim":"groups","groups":{"devs":"Developers"}},
    {"name":"mapped","issuer":"https://map.test","audiences":["berth"],"discovery":true,
     "principal_claim":"email","subject_map":"user"},
    {"name":"fed","issuer":"https://k8s.test","audiences":[],"jwks_uri":"https://ci.test/keys"}
  ]})",
                       "test")
      .value();
}

class ExternalTest : public IdentityFixture {
 protected:
  ExternalTest() : IdentityFixture(test_issuers()) {
    web[kKeysAt] = jwks({key});
    web["https://map.test/.well-known/openid-configuration"] =
        R"({"issuer":"https://map.test","jwks_uri":"https://keys.map.test/jwks"})";
    web["https://keys.map.test/jwks"] = jwks({key});
  }

  static std::string jwks(const std::vector<crypto::SigningKey>& keys) {
    std::string out;
    for (const auto& k : keys) out += (out.empty() ? "" : ",") + k.verifying_key().to_jwk();
    return "{\"keys\":[" + out + "]}";
  }
  json::object claims() const {
    return {{"iss", kIssuer},
            {"aud", "berth"},
            {"sub", "repo:x"},
            {"iat", unix_seconds(clock.now())},
            {"nbf", unix_seconds(clock.now())},
            {"exp", unix_seconds(clock.now()) + 600}};
  }
  json::object with(std::string_view name, json::value value) const {
    json::object out = claims();
    out[json::string_view(name.data(), name.size())] = std::move(value);
    return out;
  }
  Result<policy::Principal> accept(const std::string& token) {
    return wait(
        login.accept_token(token, std::vector<std::string>{"https://management.berth.test"}));
  }
  Result<policy::Principal> accept(const json::object& claims) {
    return accept(key.sign(json::serialize(claims)));
  }
  static std::string raw(const std::string& header, const std::string& claims,
                         const std::string& signature) {
    return crypto::base64url(header) + "." + crypto::base64url(claims) + "." +
           crypto::base64url(signature);
  }

  static inline const crypto::SigningKey key =
      crypto::SigningKey::generate(crypto::JwsAlgorithm::kRs256);
};

TEST_F(ExternalTest, AGoodTokenIsAnExternalPrincipalWithItsGroups) {
  Group group;
  group.display_name = "Developers";
  const auto made = wait(directory.add_group(root, group)).value();
  const auto who = accept(with("groups", json::array{"devs", "strangers"}));
  ASSERT_TRUE(who) << who.error().cause;
  EXPECT_EQ(who->kind, policy::PrincipalKind::kExternal);
  EXPECT_EQ(who->id, external_id(kIssuer, "repo:x"));
  EXPECT_TRUE(is_guid(who->id));
  EXPECT_NE(who->id, external_id(kIssuer, "repo:y"));
  EXPECT_EQ(who->credential, "ci");
  EXPECT_EQ(who->groups, std::vector{made.id});
}

TEST_F(ExternalTest, AttacksAreRefusedWithTheReasonInTheLog) {
  const auto now = unix_seconds(clock.now());
  struct Row {
    const char* what;
    json::object claims;
    const char* cause;
  };
  const Row rows[] = {
      {"audience", with("aud", "other"), "wrong audience"},
      {"no audience", with("aud", nullptr), "aud is neither"},
      {"audience of the directory", with("aud", "https://management.berth.test"), "wrong audience"},
      {"issuer", with("iss", "https://evil.test"), "unknown issuer"},
      {"issuer almost", with("iss", "https://ci.test/"), "unknown issuer"},
      {"expired", with("exp", now - 61), "expired"},
      {"no exp", with("exp", nullptr), "no exp"},
      {"future nbf", with("nbf", now + 61), "not yet valid"},
      {"future iat", with("iat", now + 61), "not yet valid"},
      {"nbf as text", with("nbf", "0"), "no number"},
      {"no subject", with("sub", ""), "no usable claim"},
      {"subject as number", with("sub", 5), "no usable claim"},
  };
  for (const Row& row : rows) {
    const auto who = accept(row.claims);
    ASSERT_FALSE(who) << row.what;
    EXPECT_EQ(who.error().code, Code::kUnauthorized) << row.what;
    EXPECT_NE(who.error().cause.find(row.cause), std::string::npos)
        << row.what << ": " << who.error().cause;
  }
  EXPECT_TRUE(accept(with("exp", now - 59)));  // within the skew
  EXPECT_TRUE(accept(with("nbf", now + 59)));
}

TEST_F(ExternalTest, ForgedSignaturesAreRefused) {
  const std::string body = json::serialize(claims());
  const std::string kid = key.kid();
  EXPECT_FALSE(accept(raw(R"({"alg":"none","kid":")" + kid + "\"}", body, "")));
  // Key confusion: the public key, as everybody may read it, used as an HMAC secret.
  const std::string header = R"({"alg":"HS256","kid":")" + kid + "\"}";
  const std::string bytes = crypto::base64url(header) + "." + crypto::base64url(body);
  EXPECT_FALSE(accept(bytes + "." +
                      crypto::base64url(crypto::hmac_sha256(key.verifying_key().to_jwk(), bytes))));
  std::string changed = key.sign(body);
  changed[changed.size() - 5] = changed[changed.size() - 5] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(accept(changed));
  EXPECT_FALSE(accept(key.sign(body).substr(0, 200)));
  EXPECT_FALSE(accept(std::string(1024 * 1024, 'a')));
  EXPECT_FALSE(accept(std::string("..")));
  // Two readers, two subjects.
  EXPECT_FALSE(accept(key.sign(R"({"sub":"admin",)" + body.substr(1))));
  const auto other = crypto::SigningKey::generate(crypto::JwsAlgorithm::kRs256);
  const auto unknown = accept(other.sign(body));
  EXPECT_NE(unknown.error().cause.find("unknown kid"), std::string::npos);
}

TEST_F(ExternalTest, AddressesInATokenAreNeverFetched) {
  const auto evil = crypto::SigningKey::generate(crypto::JwsAlgorithm::kRs256);
  web["https://evil.test/keys"] = jwks({evil});
  const std::string header = R"({"alg":"RS256","kid":")" + evil.kid() +
                             R"(","jku":"https://evil.test/keys","x5u":"https://evil.test/keys"})";
  EXPECT_FALSE(accept(raw(header, json::serialize(claims()), "x")));
  EXPECT_EQ(fetches, 1);  // the issuer's own keys
}

TEST_F(ExternalTest, AnUnknownKidIsLookedUpAtMostOnceAMinute) {
  const auto next = crypto::SigningKey::generate(crypto::JwsAlgorithm::kRs256);
  ASSERT_TRUE(accept(claims()));
  EXPECT_EQ(fetches, 1);
  web[kKeysAt] = jwks({key, next});
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(accept(next.sign(json::serialize(claims()))));
  EXPECT_EQ(fetches, 1);
  clock.advance(std::chrono::minutes(1));
  EXPECT_TRUE(accept(next.sign(json::serialize(claims()))));
  EXPECT_EQ(fetches, 2);
}

TEST_F(ExternalTest, ThoseWhoComeTogetherShareTheFirstFetch) {
  const std::string token = key.sign(json::serialize(claims()));
  int good = 0;
  const auto state = directory.state();
  for (int i = 0; i < 3; ++i) {
    asio::co_spawn(asio::make_strand(loop), external.sign_in(token, *state),
                   [&](std::exception_ptr, const Result<policy::Principal>& who) {
                     good += who.has_value() ? 1 : 0;
                   });
  }
  loop.restart();
  loop.run();
  EXPECT_EQ(good, 3);
  EXPECT_EQ(fetches, 1);
}

TEST_F(ExternalTest, AnIssuerThatCannotBeReachedIsNotABadToken) {
  web.clear();
  EXPECT_EQ(accept(claims()).error().code, Code::kUnavailable);
  web[kKeysAt] = jwks({key});
  clock.advance(IssuerKeys::kAfterFailure);
  EXPECT_TRUE(accept(claims()));
  web.clear();  // and then it goes away: what is known serves for a day
  clock.advance(std::chrono::hours(23));
  EXPECT_TRUE(accept(claims()));
  clock.advance(std::chrono::hours(2));
  EXPECT_EQ(accept(claims()).error().code, Code::kUnavailable);
}

TEST_F(ExternalTest, ATokenMayStandForAUserOfTheDirectory) {
  const User user = make_user();
  json::object mapped = with("iss", "https://map.test");
  mapped["email"] = "Ann@berth.test";
  const auto who = accept(mapped);
  ASSERT_TRUE(who) << who.error().cause;
  EXPECT_EQ(who->kind, policy::PrincipalKind::kUser);
  EXPECT_EQ(who->id, user.id);
  mapped["email"] = "nobody@berth.test";
  EXPECT_FALSE(accept(mapped));
  mapped["email"] = "ann@berth.test";
  ASSERT_TRUE(wait(directory.edit<User>(root, "write", user.id, [](User& u) -> Result<void> {
    u.enabled = false;
    return {};
  })));
  EXPECT_FALSE(accept(mapped));
}

TEST_F(ExternalTest, DiscoveryMustBeTheIssuersOwnAndLeadToHttps) {
  make_user();
  json::object mapped = with("iss", "https://map.test");
  mapped["email"] = "ann@berth.test";
  std::string& document = web["https://map.test/.well-known/openid-configuration"];
  for (const char* bad :
       {R"({"issuer":"https://evil.test","jwks_uri":"https://keys.map.test/jwks"})",
        R"({"issuer":"https://map.test","jwks_uri":"http://keys.map.test/jwks"})",
        R"({"issuer":"https://map.test"})", "[]"}) {
    document = bad;
    EXPECT_EQ(accept(mapped).error().code, Code::kUnavailable) << bad;
    clock.advance(IssuerKeys::kAfterFailure);
    mapped["exp"] = unix_seconds(clock.now()) + 600;
  }
}

// ---- assertions at the token endpoint

class AssertionTest : public ExternalTest {
 protected:
  Result<json::object> token(const App& app, const std::string& assertion) {
    OAuthRequest request;
    request.form.add("grant_type", "client_credentials");
    request.form.add("client_id", app.app_id);
    request.form.add("scope", "https://management.berth.test/.default");
    request.form.add("client_assertion_type",
                     "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    request.form.add("client_assertion", assertion);
    return wait(grants.token(request));
  }
  static std::string number(const Result<json::object>& answer) {
    return answer ? "" : answer.error().details.at(0).value;
  }
};

TEST_F(AssertionTest, AWorkloadProvesItselfByATrustedIssuer) {
  const App app = make_app();
  FederatedCredential trusted{"", "k8s", "https://k8s.test", "system:sa", "", {"api://exchange"}};
  ASSERT_TRUE(wait(directory.put_federated(root, app.object_id, trusted)));
  json::object good = with("iss", "https://k8s.test");
  good["aud"] = json::array{"api://exchange", "other"};
  good["sub"] = "system:sa";
  const auto answer = token(app, key.sign(json::serialize(good)));
  ASSERT_TRUE(answer) << answer.error().message;
  const std::string text = text_of(*answer, "access_token");
  EXPECT_TRUE(accept(text));

  json::object other = good;
  other["sub"] = "system:other";
  EXPECT_EQ(number(token(app, key.sign(json::serialize(other)))), "70021");
  other = good;
  other["aud"] = "api://else";
  EXPECT_EQ(number(token(app, key.sign(json::serialize(other)))), "70021");
  other = good;
  other["iss"] = kIssuer;  // trusted by the server, but not for this application
  EXPECT_EQ(number(token(app, key.sign(json::serialize(other)))), "70021");
  other = good;
  other["exp"] = unix_seconds(clock.now()) - 100;
  EXPECT_EQ(number(token(app, key.sign(json::serialize(other)))), "700027");
  EXPECT_EQ(number(token(app, "rubbish")), "700027");
  // An issuer for federated credentials only does not sign anybody in by itself.
  EXPECT_FALSE(accept(good));
  ASSERT_TRUE(wait(directory.remove_federated(root, app.object_id, "k8s")));
  EXPECT_FALSE(accept(text));
}

}  // namespace
}  // namespace berth::identity
