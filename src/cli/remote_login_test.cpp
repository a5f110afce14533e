// `berth login --server`: the grants, what is kept, and how verbs use it.
#include <sys/stat.h>

#include "cli/fake_server_testing.h"

namespace berth::cli {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// {"tid":"t9","upn":"alice@example.com"} as the claims of a token.
constexpr const char* kToken = "x.eyJ0aWQiOiJ0OSIsInVwbiI6ImFsaWNlQGV4YW1wbGUuY29tIn0.y";

class RemoteTest : public ::testing::Test {
 protected:
  void SetUp() override {
    point("login", remote_.url());
    remote_.on("GET /adfs/.well-known/openid-configuration",
               R"({"token_endpoint":")" + remote_.url() + R"(/adfs/oauth2/token",
                   "device_authorization_endpoint":")" +
                   remote_.url() + R"(/adfs/device"})");
    grant(3600);
    remote_.on("GET /subscriptions", R"({"value":[{"subscriptionId":"s9"}]})");
  }
  void point(const std::string& path, const std::string& authority) {
    remote_.on("GET /metadata/endpoints", R"([{"authentication":{"loginEndpoint":")" + authority +
                                              "/" + (path == "login" ? "adfs" : path) +
                                              R"(","audiences":["https://arm.test"]},
                   "microsoftGraphResourceId":")" +
                                              remote_.url() + R"("}])");
  }
  void grant(int seconds) {
    remote_.on("POST /adfs/oauth2/token",
               fmt::format(R"({{"access_token":"{}","refresh_token":"again","expires_in":{}}})",
                           kToken, seconds));
  }
  Call berth(const std::vector<std::string>& arguments, const World& world = {}) {
    return call(arguments, environment_, unused_engine(), world);
  }
  Call login(const std::vector<std::string>& more, const std::string& input) {
    std::vector<std::string> words = {"login", "--server", remote_.url()};
    words.insert(words.end(), more.begin(), more.end());
    return berth(words, {input, false, true});
  }
  std::string stored() const { return directory_ / "config/berth/logins.json"; }

  TemporaryDirectory directory_;
  server::TextMap environment_ = {{"XDG_CONFIG_HOME", directory_ / "config"},
                                  {"BERTH_SERVER_DATA", directory_ / "none"}};
  FakeApi remote_{""};
};

TEST_F(RemoteTest, AUserWithAPassword) {
  const Call done = login({"-u", "alice", "--password-stdin"}, "secret\n");
  EXPECT_EQ(done.code, kGood) << done.err;
  EXPECT_THAT(done.out, AllOf(HasSubstr("TENANT        t9"), HasSubstr("SUBSCRIPTION  s9")));
  EXPECT_EQ(remote_.request("POST /adfs/oauth2/token").body,
            "grant_type=password&client_id=04b07795-8ddb-461a-bbee-02f9e1bf7b46&username=alice&"
            "password=secret&scope=https%3A%2F%2Farm.test%2F.default%20offline_access%20openid%20"
            "profile");
  struct stat status {};
  ASSERT_EQ(::stat(stored().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  const std::string text(std::istreambuf_iterator<char>(*std::make_unique<std::ifstream>(stored())),
                         {});
  EXPECT_THAT(text, AllOf(HasSubstr("again"), Not(HasSubstr("secret"))));
}

TEST_F(RemoteTest, VerbsUseTheLogin) {
  ASSERT_EQ(login({"-u", "alice", "--password-stdin"}, "secret\n").code, kGood);
  remote_.on("GET /subscriptions/s9/providers/Microsoft.ContainerRegistry/registries",
             R"({"value":[]})");
  const Call listed = berth({"registry", "list"});
  EXPECT_EQ(listed.code, kGood) << listed.err;
  EXPECT_THAT(
      remote_.request("GET /subscriptions/s9/providers/Microsoft.ContainerRegistry/registries")
          .head,
      HasSubstr(std::string("Authorization: Bearer ") + kToken));
  const Call who = berth({"whoami"});
  EXPECT_THAT(who.out, AllOf(HasSubstr("USER          alice\n"), HasSubstr("HOW           login\n"),
                             HasSubstr("TOKEN UNTIL")));
}

TEST_F(RemoteTest, ARoleThatCameLaterShowsASubscription) {
  remote_.on("GET /subscriptions", R"({"value":[]})");
  ASSERT_EQ(login({"-u", "alice", "--password-stdin"}, "secret\n").code, kGood);
  EXPECT_THAT(berth({"registry", "list"}).err, HasSubstr("error: you see no subscription\nhint: "));
  remote_.on("GET /subscriptions", R"({"value":[{"subscriptionId":"s7"}]})");
  remote_.on("GET /subscriptions/s7/providers/Microsoft.ContainerRegistry/registries",
             R"({"value":[]})");
  EXPECT_EQ(berth({"registry", "list"}).code, kGood);
}

TEST_F(RemoteTest, AnOldTokenIsMadeAnewAndKept) {
  grant(1);
  ASSERT_EQ(login({"-u", "alice", "--password-stdin"}, "secret\n").code, kGood);
  grant(3600);
  EXPECT_EQ(berth({"whoami"}).code, kGood);
  EXPECT_THAT(remote_.request("POST /adfs/oauth2/token").body,
              AllOf(HasSubstr("grant_type=refresh_token"), HasSubstr("refresh_token=again")));
  const std::size_t asked = remote_.requests().size();
  EXPECT_EQ(berth({"whoami"}).code, kGood);
  const auto lines = remote_.lines();
  EXPECT_THAT(
      std::vector<std::string>(lines.begin() + static_cast<std::ptrdiff_t>(asked), lines.end()),
      Not(Contains("POST /adfs/oauth2/token")));
}

TEST_F(RemoteTest, AServicePrincipalsSecretIsNotKept) {
  remote_.on("POST /adfs/oauth2/token",
             fmt::format(R"({{"access_token":"{}","expires_in":1}})", kToken));
  ASSERT_EQ(login({"--service-principal", "-u", "c1", "--password-stdin"}, "hush\n").code, kGood);
  EXPECT_THAT(remote_.request("POST /adfs/oauth2/token").body,
              AllOf(HasSubstr("grant_type=client_credentials&client_id=c1&client_secret=hush"),
                    Not(HasSubstr("offline_access"))));
  const Call who = berth({"whoami"});
  EXPECT_EQ(who.code, kCannot);
  EXPECT_EQ(who.err, "error: the login of c1 to " + remote_.url() +
                         " is over\nhint: sign in again: berth login --server " + remote_.url() +
                         "\n");
}

TEST_F(RemoteTest, ADeviceCode) {
  remote_.on("POST /adfs/device",
             R"({"device_code":"d1","expires_in":60,"interval":1,"message":"Enter ABC."})");
  const Call done = login({"--device-code"}, "");
  EXPECT_EQ(done.code, kGood) << done.err;
  EXPECT_EQ(done.err, "Enter ABC.\n");
  EXPECT_THAT(done.out, HasSubstr("USER          alice@example.com"));
  EXPECT_THAT(remote_.request("POST /adfs/oauth2/token").body, HasSubstr("device_code=d1"));
}

TEST_F(RemoteTest, AWrongPasswordIsToldInTheServersWords) {
  remote_.on("POST /adfs/oauth2/token",
             R"({"error":"invalid_grant","error_description":"AADSTS50126: Wrong."})", 400);
  const Call done = login({"-u", "alice", "--password-stdin"}, "secret\n");
  EXPECT_EQ(done.code, kCannot);
  EXPECT_EQ(done.err, "error: invalid_grant: AADSTS50126: Wrong.\n");
  EXPECT_FALSE(std::filesystem::exists(stored()));
}

TEST_F(RemoteTest, NoCredentialGoesToAnotherServer) {
  const FakeApi thief("");
  point("login", "http://evil.test");
  const Call done = login({"-u", "alice", "--password-stdin"}, "secret\n");
  EXPECT_EQ(done.code, kCannot);
  EXPECT_THAT(done.err, HasSubstr("names a sign-in address of another server"));
  EXPECT_THAT(remote_.lines(), Not(Contains("POST /adfs/oauth2/token")));
}

TEST_F(RemoteTest, PlainHttpIsForThisMachine) {
  const Call done = berth({"login", "--server", "http://management.example.com"});
  EXPECT_EQ(done.code, kUsage);
  EXPECT_THAT(done.err, HasSubstr("must be https://management.DOMAIN"));
}

// The owner's socket goes first: that is told, and whoami says the same.
TEST_F(RemoteTest, ALoginBesideTheOwnersSocketIsNoSilentOne) {
  EXPECT_EQ(login({"-u", "alice", "--password-stdin"}, "secret\n").err, "");
  std::filesystem::create_directories(directory_ / "none");
  const FakeApi local(directory_ / "none/berth.sock");
  const Call done = login({"-u", "alice", "--password-stdin"}, "secret\n");
  EXPECT_EQ(done.code, kGood) << done.err;
  EXPECT_EQ(done.err, "note: commands still run as this machine's owner, over " +
                          (directory_ / "none/berth.sock") + "; with --server " + remote_.url() +
                          " they run as alice\n");
  EXPECT_THAT(berth({"whoami"}).out, HasSubstr("USER          Owner\n"));
  EXPECT_THAT(berth({"whoami", "--server", remote_.url()}).out, HasSubstr("USER          alice\n"));
}

TEST_F(RemoteTest, LogoutForgets) {
  ASSERT_EQ(login({"-u", "alice", "--password-stdin"}, "secret\n").code, kGood);
  EXPECT_EQ(berth({"logout"}).out, "Forgot the login to " + remote_.url() + ".\n");
  EXPECT_THAT(berth({"whoami"}).err, HasSubstr("nobody listens on"));
  EXPECT_THAT(berth({"whoami", "--server", remote_.url()}).err,
              HasSubstr("error: there is no login for"));
}

TEST_F(RemoteTest, AHomeOfSomebodyElseHasAHint) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  std::filesystem::create_directories(directory_ / "config/berth");
  std::ofstream(stored()) << "{}";
  std::filesystem::permissions(stored(), std::filesystem::perms::none);
  EXPECT_THAT(berth({"whoami"}).err,
              AllOf(HasSubstr("logins.json cannot be read: Permission denied\nhint: "),
                    HasSubstr("sudo -H")));
}

}  // namespace
}  // namespace berth::cli
