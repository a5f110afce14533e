// berth network check-dns against a name server of the test's own.
#include "cli/fake_server_testing.h"
#include "client/fake_dns_testing.h"

namespace berth::cli {
namespace {

using client::FakeDns;
using ::testing::HasSubstr;

const std::string kAsked = "POST " + kRegistryId + "/listEndpoints";
constexpr const char* kLogin = "team1.example.com";
constexpr const char* kData = "team1.local.data.example.com";

std::string place(const std::string& face, const std::string& host, const std::string& address) {
  return R"({"face":")" + face + R"(","host":")" + host +
         R"(","port":443,"addresses":["203.0.113.10"],"privateAddresses":[)" +
         (address.empty() ? ""
                          : R"({"address":")" + address +
                                R"(","privateEndpoint":"/x/privateEndpoints/pe1","subnet":"/n"})") +
         "]}";
}

class CheckDnsTest : public LocalTest {
 protected:
  void SetUp() override {
    api_.on("GET /subscriptions/s1/providers/Microsoft.ContainerRegistry/registries",
            R"({"value":[{"id":")" + kRegistryId + R"(","name":"team1"}]})");
    places("10.10.9.5");
  }
  void places(const std::string& data) {
    api_.on(kAsked, R"({"value":[)" + place("registry", kLogin, "10.10.9.4") + "," +
                        place("data", kData, data) + "," + place("login", "login.test", "") + "]}");
  }
  Call check(const FakeDns& dns, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"network", "check-dns", "--resolver", dns.place()};
    words.insert(words.end(), more.begin(), more.end());
    return berth(words);
  }
};

TEST_F(CheckDnsTest, EverythingLeadsToTheEndpoint) {
  const Call done = check(FakeDns({{kLogin, {"10.10.9.4"}}, {kData, {"10.10.9.5"}}}));
  EXPECT_EQ(done.code, kGood);
  EXPECT_EQ(done.out,
            "HOST                          RESULT  EXPECTED   ACTUAL\n"
            "team1.example.com             OK      10.10.9.4  10.10.9.4\n"
            "team1.local.data.example.com  OK      10.10.9.5  10.10.9.5\n"
            "DNS routing to private endpoint : OK\n");
  EXPECT_EQ(done.err, "");
}

TEST_F(CheckDnsTest, AMissingDataRecordIsAFindingOfItsOwn) {
  const Call done = check(FakeDns({{kLogin, {"10.10.9.4"}}}));
  EXPECT_EQ(done.code, kProblem);
  EXPECT_THAT(done.out, HasSubstr("team1.local.data.example.com  no record  10.10.9.5\n"
                                  "DNS routing verification failed\n"));
  EXPECT_THAT(done.err, HasSubstr("Error resolving DNS for team1.local.data.example.com. Ex: "));
  EXPECT_THAT(done.err, HasSubstr("team1.local.data.example.com has no record: login works, layer "
                                  "pulls fail\n"
                                  "hint: berth network dns -r team1 prints the records\n"));
}

TEST_F(CheckDnsTest, TheEndpointItselfMayLackTheDataAddress) {
  places("");
  const Call done = check(FakeDns({{kLogin, {"10.10.9.4"}}, {kData, {"203.0.113.10"}}}));
  EXPECT_EQ(done.code, kProblem);
  EXPECT_THAT(done.err, HasSubstr("Ex: the private endpoint has no address for it"));
  EXPECT_THAT(done.err, HasSubstr("login works, layer pulls fail"));
}

TEST_F(CheckDnsTest, AWrongAddressInAcrsWords) {
  const Call done = check(FakeDns({{kLogin, {"203.0.113.10"}}, {kData, {"10.10.9.5"}}}));
  EXPECT_EQ(done.code, kProblem);
  EXPECT_THAT(
      done.err,
      HasSubstr("DNS routing to registry \"team1\" through private IP is incorrect. Expect: "
                "10.10.9.4, Actual: 203.0.113.10\n"));
  EXPECT_EQ(done.err.find("login works"), std::string::npos);
}

// A client with IPv6 would go around the endpoint.
TEST_F(CheckDnsTest, OneAddressThatLeadsElsewhereIsEnough) {
  const Call done =
      check(FakeDns({{kLogin, {"10.10.9.4", "2001:db8::1"}}, {kData, {"10.10.9.5"}}}));
  EXPECT_EQ(done.code, kProblem);
  EXPECT_THAT(done.err, HasSubstr("Expect: 10.10.9.4, Actual: 10.10.9.4,2001:db8::1"));
}

TEST_F(CheckDnsTest, SilenceCouldNotBeChecked) {
  const Call done = check(FakeDns({}, true), {"--timeout", "60ms"});
  EXPECT_EQ(done.code, kCannot);
  EXPECT_THAT(done.out, HasSubstr("no answer"));
  EXPECT_THAT(done.err, HasSubstr("Ex: team1.example.com: no answer in time"));
}

TEST_F(CheckDnsTest, ThePublicAddresses) {
  const FakeDns dns({{kLogin, {"203.0.113.10"}}, {kData, {"203.0.113.10"}}});
  const Call done = check(dns, {"--public"});
  EXPECT_EQ(done.code, kGood) << done.err;
  EXPECT_THAT(done.out, HasSubstr("DNS routing to public endpoint : OK\n"));
}

TEST_F(CheckDnsTest, AsJson) {
  const auto out = json(check(FakeDns({{kLogin, {"10.10.9.4"}}}), {"-o", "json"}).out);
  EXPECT_EQ(out.at("names").at(1).at("result"), "no record");
  EXPECT_EQ(out.at("names").at(0).at("actual"), json(R"(["10.10.9.4"])"));
  EXPECT_EQ(out.at("verdict"), "DNS routing verification failed");
  EXPECT_THAT(std::string(out.at("consequence").as_string()), HasSubstr("layer pulls fail"));
}

TEST_F(CheckDnsTest, WrongUsage) {
  EXPECT_EQ(berth({"network", "check-dns", "--resolver", "dns.test"}).code, kUsage);
  for (const char* wrong : {"5", "0s"}) {
    const Call refused = berth({"network", "check-dns", "--timeout", wrong});
    EXPECT_EQ(refused.code, kUsage);
    EXPECT_EQ(refused.err, "berth network check-dns: --timeout is \"" + std::string(wrong) +
                               "\"; it must be a time such as 500ms or 5s\n");
  }
}

}  // namespace
}  // namespace berth::cli
