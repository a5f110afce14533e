#include "api/challenge.h"

#include <gtest/gtest.h>

namespace berth::api {
namespace {

access::Visit visit(bool tls, bool sent, bool anonymous_pull) {
  policy::RegistryPolicy registry;
  registry.anonymous_pull = anonymous_pull;
  access::Visit out;
  out.source.tls = tls;
  out.service = tls ? "reg.example.test" : "localhost:5000";
  out.registry = std::make_shared<const policy::RegistryPolicy>(registry);
  out.credentials_sent = sent;
  return out;
}

// The Azure CLI splits the header at spaces and takes the second word (az-acr-wire 2.1).
TEST(Challenge, HasNoSpaceButTheFirst) {
  const std::string text = challenge(visit(true, false, false), "", Code::kUnauthorized);
  EXPECT_EQ(text,
            "Bearer realm=\"https://reg.example.test/oauth2/token\",service=\"reg.example.test\"");
  EXPECT_EQ(challenge(visit(false, false, false), "repository:a:pull", Code::kUnauthorized),
            "Bearer realm=\"http://localhost:5000/oauth2/token\",service=\"localhost:5000\","
            "scope=\"repository:a:pull\"");
}

TEST(Challenge, SaysWhatWasWrongToWhoSentSomething) {
  EXPECT_TRUE(challenge(visit(true, true, false), "", Code::kUnauthorized)
                  .ends_with(",error=\"invalid_token\""));
  EXPECT_TRUE(challenge(visit(true, true, false), "s", Code::kInsufficientScope)
                  .ends_with(",scope=\"s\",error=\"insufficient_scope\""));
}

std::vector<std::string> warnings(const access::Visit& who, unsigned status, const char* agent) {
  http::Response response(status);
  add_hints(response, who, agent);
  std::vector<std::string> out;
  for (const auto& [name, value] : response.headers) {
    if (name == "Warning") out.push_back(value);
  }
  return out;
}

TEST(Hints, NameTheCredentialThatSpoilsAnAnonymousPull) {
  ASSERT_EQ(warnings(visit(true, true, true), 401, "x").size(), 1U);
  EXPECT_NE(warnings(visit(true, true, true), 401, "x")[0].find("docker logout reg.example.test"),
            std::string::npos);
  EXPECT_TRUE(warnings(visit(true, false, true), 401, "x").empty());
  EXPECT_TRUE(warnings(visit(true, true, false), 401, "x").empty());
  EXPECT_TRUE(warnings(visit(true, true, true), 200, "x").empty());
}

TEST(Hints, NameADockerThatIsTooOld) {
  const auto who = visit(true, false, false);
  EXPECT_EQ(warnings(who, 200, "docker/17.05.0-ce go/go1.7.5").size(), 1U);
  EXPECT_EQ(warnings(who, 200, "docker/18.02.0").size(), 1U);
  for (const char* fine : {"docker/18.03.0", "docker/28.2.2 go/1", "docker/", "docker/x.y",
                           "docker/9", "podman/4.3 docker/1.0", ""}) {
    EXPECT_TRUE(warnings(who, 200, fine).empty()) << fine;
  }
}

}  // namespace
}  // namespace berth::api
