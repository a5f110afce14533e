// docker-credential-berth and berth-credential-provider: the protocols of docker and the kubelet.
#include "cli/fake_server_testing.h"

namespace berth::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ProgramTest : public LocalTest {
 protected:
  void SetUp() override {
    api_.on("POST /berth/v1/registryToken", R"({"refreshToken":"token","expiresIn":10800})");
  }
  Call docker(const std::string& operation, const std::string& input) {
    return berth({"docker-credential", operation}, {input, false, true});
  }
  Call kubelet(const std::string& image, const std::string& more = "") {
    const std::string request =
        R"({"apiVersion":"credentialprovider.kubelet.k8s.io/v1","kind":"CredentialProviderRequest",)" +
        more + R"("image":")" + image + "\"}";
    return berth({"credential-provider"}, {request, false, true});
  }
};

TEST_F(ProgramTest, GetMakesATokenForOurRegistries) {
  const Call got = docker("get", "team1.example.com\n");
  EXPECT_EQ(got.code, kGood) << got.out;
  EXPECT_EQ(json(got.out), json(R"({"ServerURL":"team1.example.com","Secret":"token",
                                    "Username":"00000000-0000-0000-0000-000000000000"})"));
  EXPECT_EQ(json(docker("get", "https://localhost:5000").out).at("ServerURL"),
            "https://localhost:5000");
}

TEST_F(ProgramTest, OthersAreNotFoundInDockersWords) {
  for (const char* server : {"https://index.docker.io/v1/", "quay.io", "x y", "a.b.example.com"}) {
    const Call got = docker("get", server);
    EXPECT_EQ(got.code, kProblem);
    EXPECT_EQ(got.out, "credentials not found in native keychain\n") << server;
  }
  EXPECT_EQ(docker("get", "").out, "no credentials server URL\n");
  const Call alone = call({"docker-credential", "get", "--data", directory_ / "none"}, environment_,
                          unused_engine(), {"team1.example.com", false, true});
  EXPECT_EQ(alone.out, "credentials not found in native keychain\n");
}

TEST_F(ProgramTest, WhatDockerStoresComesBack) {
  const std::string entry =
      R"({"ServerURL":"https://team1.example.com","Username":"ci","Secret":"p:w"})";
  EXPECT_EQ(docker("store", entry).code, kGood);
  EXPECT_EQ(json(docker("get", "https://team1.example.com").out), json(entry));
  EXPECT_EQ(json(docker("list", "").out).at("team1.example.com"), "ci");
  EXPECT_EQ(docker("erase", "https://team1.example.com").code, kGood);
  EXPECT_EQ(json(docker("get", "https://team1.example.com").out).at("Secret"), "token");
  // A token is never kept: a fresh one is made each time.
  EXPECT_EQ(docker("store", R"({"ServerURL":"team1.example.com","Secret":"old",
                               "Username":"00000000-0000-0000-0000-000000000000"})")
                .code,
            kGood);
  EXPECT_EQ(json(docker("get", "team1.example.com").out).at("Secret"), "token");
  EXPECT_EQ(docker("store", R"({"ServerURL":"a.b"})").out, "no credentials username\n");
}

TEST_F(ProgramTest, ListNamesEveryRegistry) {
  api_.on("GET /subscriptions/s1/providers/Microsoft.ContainerRegistry/registries",
          R"({"value":[{"properties":{"loginServer":"team1.example.com"}}]})");
  EXPECT_EQ(json(docker("list", "").out),
            json(R"({"localhost:5000":"00000000-0000-0000-0000-000000000000",
                     "team1.example.com":"00000000-0000-0000-0000-000000000000"})"));
}

TEST_F(ProgramTest, TheKubeletGetsACredentialForTheRegistry) {
  const Call answered = kubelet("team1.example.com/app/web:1");
  EXPECT_EQ(answered.code, kGood) << answered.err;
  EXPECT_EQ(json(answered.out), json(R"({"apiVersion":"credentialprovider.kubelet.k8s.io/v1",
                     "kind":"CredentialProviderResponse","cacheKeyType":"Registry",
                     "cacheDuration":"10200s","auth":{"team1.example.com":{
                       "username":"00000000-0000-0000-0000-000000000000","password":"token"}}})"));
}

TEST_F(ProgramTest, ImagesOfOthersGetNone) {
  EXPECT_EQ(json(kubelet("busybox").out).at("auth"), json("{}"));
  EXPECT_EQ(json(kubelet("library/busybox:1").out).at("auth"), json("{}"));
  const Call foreign = kubelet("quay.io/app:1");
  EXPECT_EQ(foreign.code, kProblem);
  EXPECT_EQ(foreign.out, "");
  EXPECT_THAT(foreign.err, HasSubstr("quay.io is not a registry of this server"));
}

TEST_F(ProgramTest, APodsTokenIsNeverSentInTheClear) {
  const FakeApi registry("");
  const Call refused =
      kubelet(registry.url().substr(7) + "/app:1", R"("serviceAccountToken":"pod-token",)");
  EXPECT_EQ(refused.code, kProblem);
  EXPECT_THAT(refused.err, Not(HasSubstr("pod-token")));
  EXPECT_TRUE(registry.lines().empty());
}

TEST_F(ProgramTest, AnotherProtocolIsRefused) {
  for (const char* input : {"", "[]", R"({"kind":"CredentialProviderRequest"})",
                            R"({"apiVersion":"credentialprovider.kubelet.k8s.io/v9",
                                "kind":"CredentialProviderRequest","image":"a.b/c"})"}) {
    EXPECT_EQ(berth({"credential-provider"}, {input, false, true}).code, kProblem) << input;
  }
}

}  // namespace
}  // namespace berth::cli
