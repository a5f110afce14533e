// login and logout over the socket: which registry is meant, and what docker and podman find.
#include <sys/stat.h>

#include "cli/fake_server_testing.h"

namespace berth::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kAsk = "POST /berth/v1/registryToken";
// base64 of 00000000-0000-0000-0000-000000000000:token
constexpr const char* kAuth = "MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwOnRva2Vu";

class LoginTest : public LocalTest {
 protected:
  void SetUp() override {
    api_.on(kAsk, R"({"loginServer":"x","refreshToken":"token","expiresIn":10800})");
  }
  std::string docker() const { return home(".docker/config.json"); }
  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
  }
  // A credential helper that notes what it was told, and fails when it is to.
  void make_helper(const std::string& name, const std::string& script) {
    const std::string path = directory_ / ("bin/docker-credential-" + name);
    write(path, "#!/bin/sh\n" + script);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    environment_["PATH"] = directory_ / "bin" + ":/usr/bin:/bin";
  }
};

TEST_F(LoginTest, WritesDockersFile) {
  const Call login = berth({"login", "localhost:5000"});
  EXPECT_EQ(login.code, kGood) << login.err;
  EXPECT_EQ(login.out, "Signed in to localhost:5000 for 180 min.\n");
  EXPECT_EQ(sent(kAsk), json(R"({"registry":"default"})"));
  EXPECT_EQ(read(docker()),
            std::string("{\n\t\"auths\": {\n\t\t\"localhost:5000\": {\n\t\t\t\"auth\": \"") +
                kAuth + "\"\n\t\t}\n\t}\n}\n");
  struct stat status {};
  ASSERT_EQ(::stat(docker().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_THAT(login.out + login.err, Not(HasSubstr("token")));
}

TEST_F(LoginTest, KeepsWhatIsNotOurs) {
  write(docker(), R"({"auths":{"other.test":{"auth":"eDp5"},"team1.example.com":{"auth":"eDp5",
                     "identitytoken":"old"}},"detachKeys":"ctrl-x","plugins":{"a":{"b":1}}})");
  EXPECT_EQ(berth({"login", "team1"}).code, kGood);
  const auto file = json(read(docker()));
  EXPECT_EQ(file.at("auths").at("other.test"), json(R"({"auth":"eDp5"})"));
  EXPECT_EQ(file.at("auths").at("team1.example.com"),
            json(std::string(R"({"auth":")") + kAuth + "\"}"));
  EXPECT_EQ(file.at("detachKeys"), "ctrl-x");
  EXPECT_EQ(file.at("plugins"), json(R"({"a":{"b":1}})"));
}

TEST_F(LoginTest, ADamagedFileIsLeftAlone) {
  write(docker(), "{\"auths\": ");
  const Call login = berth({"login", "localhost:5000"});
  EXPECT_EQ(login.code, kCannot);
  EXPECT_THAT(login.err, HasSubstr("is not a JSON object"));
  EXPECT_EQ(read(docker()), "{\"auths\": ");
}

TEST_F(LoginTest, ALinkStaysALink) {
  const std::string real = directory_ / "dotfiles/docker.json";
  write(real, "{}");
  std::filesystem::create_directories(home(".docker"));
  std::filesystem::create_symlink(real, docker());
  EXPECT_EQ(berth({"login", "localhost:5000"}).code, kGood);
  EXPECT_TRUE(std::filesystem::is_symlink(docker()));
  EXPECT_THAT(read(real), HasSubstr(kAuth));
}

TEST_F(LoginTest, TellsPodmanToo) {
  environment_["XDG_RUNTIME_DIR"] = directory_ / "run";
  EXPECT_EQ(berth({"login", "localhost:5000"}).code, kGood);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "run/containers/auth.json"));
  std::filesystem::create_directories(directory_ / "run/containers");
  EXPECT_EQ(berth({"login", "localhost:5000"}).code, kGood);
  EXPECT_THAT(read(directory_ / "run/containers/auth.json"), HasSubstr(kAuth));

  environment_["REGISTRY_AUTH_FILE"] = directory_ / "auth.json";
  environment_["DOCKER_CONFIG"] = directory_ / "docker";
  EXPECT_EQ(berth({"login", "localhost:5000"}).code, kGood);
  EXPECT_THAT(read(directory_ / "auth.json"), HasSubstr(kAuth));
  EXPECT_THAT(read(directory_ / "docker/config.json"), HasSubstr(kAuth));
}

TEST_F(LoginTest, ACredentialHelperKeepsTheSecret) {
  make_helper("fake", "cat > " + directory_ / "told.$1" + "\n");
  write(docker(), R"({"credsStore":"fake","credHelpers":{"plain.example.com":""}})");
  EXPECT_EQ(berth({"login", "team1"}).code, kGood);
  EXPECT_EQ(json(read(directory_ / "told.store")),
            json(R"({"ServerURL":"team1.example.com","Secret":"token",
                     "Username":"00000000-0000-0000-0000-000000000000"})"));
  EXPECT_EQ(json(read(docker())).at("auths"), json(R"({"team1.example.com":{}})"));
  EXPECT_EQ(berth({"logout", "team1"}).out, "Removed the credential for team1.example.com.\n");
  EXPECT_EQ(read(directory_ / "told.erase"), "team1.example.com");
  // An exception from the helper: this one is kept in the file.
  EXPECT_EQ(berth({"login", "plain"}).code, kGood);
  EXPECT_THAT(read(docker()), HasSubstr(kAuth));
}

TEST_F(LoginTest, AHelperThatFailsOrIsMissingIsNoSuccess) {
  make_helper("bad", "echo the keyring is locked; exit 1\n");
  write(docker(), R"({"credsStore":"bad"})");
  const Call failed = berth({"login", "team1"});
  EXPECT_EQ(failed.code, kCannot);
  EXPECT_EQ(failed.err, "error: docker-credential-bad store failed: the keyring is locked\n");
  write(docker(), R"({"credsStore":"missing"})");
  EXPECT_THAT(berth({"login", "team1"}).err, HasSubstr("docker-credential-missing is not in PATH"));
}

TEST_F(LoginTest, EveryNameOfARegistry) {
  const auto exposed = [&](const std::string& name) {
    return json(berth({"login", name, "--expose-token"}).out).at("loginServer").as_string();
  };
  EXPECT_EQ(exposed("team1"), "team1.example.com");
  EXPECT_EQ(exposed("team1.example.com"), "team1.example.com");
  EXPECT_EQ(exposed("https://team1.example.com/v2/"), "team1.example.com");
  EXPECT_EQ(sent(kAsk), json(R"({"registry":"team1"})"));
  EXPECT_EQ(exposed("127.0.0.1:5000"), "127.0.0.1:5000");
  EXPECT_EQ(sent(kAsk), json(R"({"registry":"default"})"));
  EXPECT_FALSE(std::filesystem::exists(docker()));
}

TEST_F(LoginTest, UpperCaseIsLoweredAndSaid) {
  const Call login = berth({"login", "Team1.Example.com"});
  EXPECT_EQ(login.err, "note: clients want the name in lower case: team1.example.com\n");
  EXPECT_EQ(login.out, "Signed in to team1.example.com for 180 min.\n");
}

TEST_F(LoginTest, WhatIsNoRegistryHere) {
  EXPECT_EQ(berth({"login", "team1.elsewhere.test"}).err,
            "error: team1.elsewhere.test is not a registry of this server\n"
            "hint: its registries are called NAME.example.com\n");
  EXPECT_EQ(berth({"login", "a.b.example.com"}).code, kCannot);
  EXPECT_THAT(berth({"login", "localhost:5005"}).err,
              HasSubstr("hint: it listens on localhost:5000"));
  EXPECT_THAT(api_.lines(), ::testing::ElementsAre());
  // Without a domain only the laptop's registry has a name.
  api_.on("GET /berth/v1/info", R"({"domain":"","httpListen":["localhost:5000"]})");
  EXPECT_THAT(berth({"login", "team1"}).err, HasSubstr("it has no domain"));
  EXPECT_EQ(berth({"login", "default"}).out, "Signed in to localhost:5000 for 180 min.\n");
  EXPECT_EQ(berth({"login"}).out, "Signed in to localhost:5000 for 180 min.\n");
}

TEST_F(LoginTest, AnotherHttpsPortIsPartOfTheName) {
  api_.on("GET /berth/v1/info", R"({"domain":"example.com","httpsPort":8443,"httpListen":[]})");
  for (const char* name : {"team1", "team1.example.com", "team1.example.com:8443"}) {
    EXPECT_EQ(json(berth({"login", name, "--expose-token"}).out).at("loginServer"),
              "team1.example.com:8443");
  }
  EXPECT_EQ(berth({"login", "team1.example.com:9000"}).code, kCannot);
}

TEST_F(LoginTest, APasswordOfOnesOwnIsTriedBeforeItIsKept) {
  const FakeApi registry("");
  const std::string server = registry.url().substr(7);
  const std::vector<std::string> words = {"login", "-u", "admin", "--password-stdin", server};
  const World piped{"secret\n", false, true};
  const Call refused = berth(words, piped);
  EXPECT_EQ(refused.code, kCannot);
  EXPECT_FALSE(std::filesystem::exists(docker()));

  FakeApi good("");
  good.on("GET /oauth2/token", R"({"access_token":"t"})");
  const std::string there = good.url().substr(7);
  const Call login = berth({"login", "-u", "admin", "--password-stdin", there}, piped);
  EXPECT_EQ(login.code, kGood) << login.err;
  EXPECT_THAT(good.request("GET /oauth2/token").head,
              HasSubstr("Authorization: Basic YWRtaW46c2VjcmV0"));
  EXPECT_EQ(json(read(docker())).at("auths").at(there), json(R"({"auth":"YWRtaW46c2VjcmV0"})"));
}

TEST_F(LoginTest, APasswordOnTheCommandLineIsRefused) {
  const Call login = berth({"login", "team1", "-u", "x", "-p", "secret"});
  EXPECT_EQ(login.code, kUsage);
  EXPECT_THAT(login.err, AllOf(HasSubstr("--password-stdin"), Not(HasSubstr("secret"))));
}

TEST_F(LoginTest, LogoutRemovesTheEntryOnly) {
  berth({"login", "team1"});
  berth({"login", "localhost:5000"});
  EXPECT_EQ(berth({"logout", "localhost:5000"}).out,
            "Removed the credential for localhost:5000.\n");
  EXPECT_THAT(read(docker()), AllOf(HasSubstr("team1.example.com"), Not(HasSubstr("localhost"))));
  EXPECT_EQ(berth({"logout", "localhost:5000"}).out,
            "There was no credential for localhost:5000.\n");
}

TEST_F(LoginTest, TheServerIsFoundAgainFromElsewhere) {
  berth({"login", "localhost:5000"});
  // No --data: as docker calls its helper, in whatever directory.
  const Call again = call({"login", "team1", "--expose-token"}, environment_);
  EXPECT_EQ(again.code, kGood) << again.err;
}

TEST_F(LoginTest, WhoamiOverTheSocket) {
  api_.on("GET /tenants", R"({"value":[{"displayName":"Example","defaultDomain":"example.com"}]})");
  api_.on("GET /v1.0/applications",
          R"({"value":[{"displayName":"ci","appId":"c1","passwordCredentials":[
              {"keyId":"k1","endDateTime":"2020-01-01T00:00:00Z"},
              {"keyId":"k2","endDateTime":"2999-01-01T00:00:00Z"},{"keyId":"k3"}]}]})");
  const Call who = berth({"whoami"});
  EXPECT_EQ(who.code, kGood) << who.err;
  EXPECT_THAT(who.out,
              AllOf(StartsWith("USER          Owner\nTENANT        t1\n"),
                    HasSubstr("Example (example.com)"), HasSubstr("HOW           socket")));
  EXPECT_EQ(who.err,
            "warning: a secret of ci has ended (2020-01-01T00:00:00Z): berth sp reset ci makes a "
            "new one\n");
  const auto secrets = json(berth({"whoami", "-o", "json"}).out).at("expiringSecrets").as_array();
  ASSERT_EQ(secrets.size(), 1u);
  EXPECT_EQ(secrets.at(0).at("keyId"), "k1");
}

}  // namespace
}  // namespace berth::cli
