// berth network show and the verbs that change rules: what is read, written and asked.
#include "cli/fake_server_testing.h"

namespace berth::cli {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kList = "GET /subscriptions/s1/providers/Microsoft.ContainerRegistry/registries";
const std::string kRead = "GET " + kRegistryId;
const std::string kPatch = "PATCH " + kRegistryId;
const std::string kPreview = "POST " + kRegistryId + "/previewNetwork";
const std::string kOffice = kGroupId + "/providers/Microsoft.Network/virtualNetworks/office";
constexpr const char* kHarmless = R"({"lockedOut":[],"letIn":[],"unchanged":1})";

const std::string kClosed = R"({"id":")" + kRegistryId +
                            R"(","name":"team1","properties":{"publicNetworkAccess":"Enabled",
    "loginServer":"team1.example.com","networkRuleBypassOptions":"AzureServices",
    "networkRuleBypassAllowedForTasks":false,"dataEndpointEnabled":true,
    "dataEndpointHostNames":["team1.local.data.example.com"],
    "networkRuleSet":{"defaultAction":"Deny","ipRules":[
      {"action":"Allow","value":"203.0.113.0/24"},
      {"action":"Allow","value":"198.51.100.7","expiresOn":"2020-01-01T00:00:00.0000000Z"}],
      "virtualNetworkRules":[{"action":"Allow","id":")" +
                            kOffice + R"(/subnets/desks","serviceKinds":["vm","kubernetes"]}]},
    "privateEndpointConnections":[{"name":"pe1.abc","properties":{"privateEndpoint":{"id":
      "/subscriptions/s1/resourceGroups/default/providers/Microsoft.Network/privateEndpoints/pe1"},
      "privateLinkServiceConnectionState":{"status":"Approved"}}}]}})";

class NetworkRulesTest : public LocalTest {
 protected:
  void SetUp() override {
    api_.on(kList, R"({"value":[{"id":")" + kRegistryId + R"(","name":"team1"}]})");
    api_.on(kRead, kClosed, 200, "ETag: \"7\"\r\n");
    api_.on(kPatch, kClosed);
    api_.on(kPreview, kHarmless);
  }
  Call network(std::vector<std::string> words, const World& world = {}) {
    words.insert(words.begin(), "network");
    return berth(words, world);
  }
  void lock_out(const std::string& rule) {
    api_.on(kPreview,
            R"({"lockedOut":[{"caller":{"address":"192.0.2.9","identity":"alice"},"self":true,
                "before":{"allowed":true,"rule":"default-action","reason":""},
                "after":{"allowed":false,"rule":")" +
                rule + R"(","reason":"x"}}],"letIn":[],"unchanged":0})");
  }
};

TEST_F(NetworkRulesTest, Show) {
  const Call shown = network({"show"});
  EXPECT_EQ(shown.code, kGood) << shown.err;
  EXPECT_EQ(shown.out,
            "NAME              team1\n"
            "PUBLIC ACCESS     on\n"
            "DEFAULT           deny\n"
            "TRUSTED SERVICES  on, not tasks\n"
            "DATA ENDPOINT     on: team1.local.data.example.com\n"
            "\n"
            "LETS IN           WHAT            NOTE\n"
            "private endpoint  pe1             Approved\n"
            "addresses         203.0.113.0/24\n"
            "addresses         198.51.100.7    until 2020-01-01T00:00:00Z, ended\n"
            "subnet            office/desks    only vm, kubernetes\n"
            "\n"
            "In this order: whoever comes through its private endpoint is let in, if that is "
            "approved; 1 address rule and 1 subnet let in whom they name; everybody else is "
            "refused.\n");
  const auto as_json = json(network({"show", "-r", "TEAM1", "-o", "json"}).out);
  EXPECT_EQ(as_json.at("networkRuleSet").at("ipRules").as_array().size(), 2u);
  EXPECT_EQ(as_json.at("loginServer"), "team1.example.com");
  EXPECT_FALSE(as_json.as_object().contains("order"));
}

TEST_F(NetworkRulesTest, ShowOfAnOpenAndOfAShutRegistry) {
  api_.on(kRead, R"({"name":"team1","properties":{}})");
  EXPECT_EQ(network({"show"}).out,
            "NAME              team1\n"
            "PUBLIC ACCESS     on\n"
            "DEFAULT           allow\n"
            "TRUSTED SERVICES  on, not tasks\n"
            "DATA ENDPOINT     off\n"
            "\nEverybody is let in.\n");
  api_.on(kRead, R"({"name":"team1","properties":{"publicNetworkAccess":"Disabled",
                     "networkRuleBypassOptions":"None"}})");
  EXPECT_THAT(network({"show"}).out,
              HasSubstr("In this order: no rule counts, since public access is off; everybody "
                        "else is refused.\n"));
}

TEST_F(NetworkRulesTest, AllowWritesOnlyOverWhatItRead) {
  const Call done = network({"allow", "192.0.2.1", "-r", "team1"});
  EXPECT_EQ(done.code, kGood) << done.err;
  EXPECT_EQ(done.out, "team1: 192.0.2.1 is let in.\n");
  EXPECT_TRUE(json(network({"allow", "192.0.2.1", "-o", "json"}).out)
                  .as_object()
                  .contains("networkRuleSet"));
  const auto sent = api_.request(kPatch);
  EXPECT_THAT(sent.head, HasSubstr("If-Match: \"7\""));
  const auto rules = json(sent.body).at("properties").at("networkRuleSet");
  EXPECT_EQ(rules.at("ipRules").as_array().size(), 3u);
  EXPECT_EQ(rules.at("virtualNetworkRules").as_array().size(), 1u);
  EXPECT_EQ(done.err, "");  // it takes nothing from anybody
}

TEST_F(NetworkRulesTest, ARuleForAProxySaysWhoseAddressCounts) {
  api_.on(kPreview, R"({"lockedOut":[],"letIn":[],"unchanged":1,
                        "rulesForProxies":["10.30.0.10","203.0.113.0/24"]})");
  const Call done = network({"allow", "10.30.0.10"});
  EXPECT_EQ(done.code, kGood);
  EXPECT_THAT(done.err,
              AllOf(HasSubstr("note: 10.30.0.10 is declared as a proxy on a listener"),
                    HasSubstr("the client's address counts"), Not(HasSubstr("203.0.113.0/24"))));
  EXPECT_THAT(network({"preview", "allow", "10.30.0.10"}).err,
              HasSubstr("10.30.0.10 is declared as a proxy"));
  // It is a note: who may not ask goes without.
  api_.on(kPreview, R"({"error":{"code":"AuthorizationFailed","message":"no"}})", 403);
  EXPECT_EQ(network({"allow", "10.30.0.10"}).code, kGood);
}

TEST_F(NetworkRulesTest, AnEndForTheRuleThatOneComesByIsAskedAbout) {
  lock_out("no-network-rule");
  const Call no = network({"allow", "203.0.113.0/24", "--for", "1h"}, {"n\n", true, true});
  EXPECT_EQ(no.code, kCannot);
  EXPECT_THAT(no.err, AllOf(HasSubstr("note: the rule 203.0.113.0/24 was without an end before\n"),
                            HasSubstr("this would lock you out once the rule ends: your address"),
                            HasSubstr("Lock yourself out? (y/N)")));
  EXPECT_THAT(api_.lines(), Not(Contains(kPatch)));
  const auto asked = sent(kPreview).at("properties").at("networkRuleSet").at("ipRules");
  EXPECT_EQ(asked.as_array().size(), 1u);  // as it will be then
  EXPECT_EQ(network({"allow", "203.0.113.0/24", "--for", "1h", "--yes"}).code, kGood);
  EXPECT_EQ(network({"allow", "192.0.2.1", "--for", "1h"}).code, kGood);  // a new one
  EXPECT_THAT(network({"preview", "allow", "203.0.113.0/24", "--for", "1h"}).err,
              HasSubstr("this would lock you out once the rule ends: your address"));
}

TEST_F(NetworkRulesTest, TheRegistryByItsResourceId) {
  EXPECT_EQ(network({"show", "-r", kRegistryId, "-g", "other"}).code, kGood);
  EXPECT_THAT(api_.lines(), Not(Contains(kList)));
  for (const std::string& wrong :
       {kOffice, kRegistryId + "/tokens/t", std::string("/"), kRegistryId + "/",
        std::string("/subscriptions//x"), kRegistryId.substr(0, kRegistryId.rfind('/')) + "/..",
        "/subscriptions/.." + kRegistryId.substr(kRegistryId.find("/resourceGroups"))}) {
    const Call refused = network({"show", "-r", wrong});
    EXPECT_EQ(refused.code, kUsage) << wrong;
    EXPECT_THAT(refused.err, HasSubstr("is no registry; it must be a name, a login server or"));
  }
}

TEST_F(NetworkRulesTest, ShowSaysWhichAddressesASubnetHas) {
  const std::string desks = "GET " + kOffice + "/subnets/desks";
  api_.on(desks, R"({"properties":{"addressPrefix":"10.1.1.0/24"}})");
  EXPECT_THAT(network({"show"}).out, HasSubstr("office/desks    10.1.1.0/24; only vm, kubernetes"));
  api_.on(desks, R"({"properties":{"addressPrefixes":["10.1.1.0/24","fd00::/64"]}})");
  EXPECT_THAT(network({"show"}).out, HasSubstr("10.1.1.0/24, fd00::/64; only vm"));
}

TEST_F(NetworkRulesTest, WhoComesSecondTriesAgain) {
  api_.first(kPatch, R"({"error":{"code":"PreconditionFailed","message":"no"}})", 412, 2);
  const Call done = network({"allow", "198.51.100.9/24"});
  EXPECT_EQ(done.code, kGood) << done.err;
  const auto lines = api_.lines();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), kPatch), 3);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), kRead), 3);
  EXPECT_EQ(done.err, "note: 198.51.100.9/24 is the block 198.51.100.0/24\n");  // told once
}

TEST_F(NetworkRulesTest, WhoComesSecondIsAskedAgain) {
  lock_out("no-network-rule");
  api_.first(kPatch, R"({"error":{"code":"PreconditionFailed","message":"no"}})", 412);
  const Call once = network({"default", "deny"}, {"y\n", true, true});
  EXPECT_NE(once.code, kGood);  // the second question has no answer
  const auto lines = api_.lines();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), kPreview), 2);
}

TEST_F(NetworkRulesTest, WhatDoesNotCountSaysSo) {
  api_.on(kRead, R"({"name":"team1","properties":{"publicNetworkAccess":"Disabled",
      "networkRuleSet":{"ipRules":[{"value":"192.0.2.1"}]},
      "privateEndpointConnections":[{"name":"pe1","properties":{
        "privateLinkServiceConnectionState":{"status":"Pending"}}}]}})");
  EXPECT_THAT(network({"show"}).out,
              AllOf(HasSubstr("192.0.2.1  does not count: public access is off\n"),
                    HasSubstr("Pending: lets nobody in\n")));
}

TEST_F(NetworkRulesTest, OtherRefusalsAreNotTriedAgain) {
  api_.on(kPatch, R"({"error":{"code":"BadRequest","message":"exceeds allowed quota"}})", 400);
  const Call done = network({"allow", "192.0.2.1"});
  EXPECT_EQ(done.code, kCannot);
  EXPECT_THAT(done.err, AllOf(HasSubstr("exceeds allowed quota"), HasSubstr("network.ip_rules")));
  const auto lines = api_.lines();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), kPatch), 1);
}

TEST_F(NetworkRulesTest, ASubnetIsFoundByItsNames) {
  api_.on("GET /subscriptions/s1/providers/Microsoft.Network/virtualNetworks",
          R"({"value":[{"name":"Office","id":")" + kOffice + R"("}]})");
  api_.on("GET " + kOffice + "/subnets/floor", "{}");
  EXPECT_EQ(network({"allow", "--subnet", "office/floor"}).code, kGood);
  const auto rules =
      sent(kPatch).at("properties").at("networkRuleSet").at("virtualNetworkRules").as_array();
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_EQ(rules[1].at("id").as_string(), kOffice + "/subnets/floor");
  EXPECT_THAT(api_.lines(), Contains(kPreview));  // trusted services may lose their way
  EXPECT_EQ(network({"allow", "--subnet", "office"}).code, kUsage);
  api_.on("GET /subscriptions/s1/providers/Microsoft.Network/virtualNetworks",
          R"({"value":[{"name":"Office","id":"/a/office"},{"name":"office","id":"/b/office"}]})");
  const Call which = network({"allow", "--subnet", "office/floor"});
  EXPECT_EQ(which.code, kUsage);
  EXPECT_THAT(which.err, HasSubstr("/a/office, /b/office"));
}

TEST_F(NetworkRulesTest, ASubnetThatIsNotThereIsAnErrorAndNothingElse) {
  api_.on("GET /subscriptions/s1/providers/Microsoft.Network/virtualNetworks",
          R"({"value":[{"name":"office","id":")" + kOffice + R"("}]})");
  api_.on(kRead, R"({"name":"team1","properties":{}})");  // notes would be due
  const Call none = network({"allow", "--subnet", "office/flor"});
  EXPECT_EQ(none.code, kCannot);
  EXPECT_THAT(none.err,
              AllOf(Not(HasSubstr("note: ")), HasSubstr("hint: berth network subnet list")));
  EXPECT_THAT(api_.lines(), Not(Contains(kPatch)));
  // Who may not read it may still name it.
  api_.on("GET " + kOffice + "/subnets/flor",
          R"({"error":{"code":"AuthorizationFailed","message":"no"}})", 403);
  EXPECT_EQ(network({"allow", "--subnet", "office/flor"}).code, kGood);
}

TEST_F(NetworkRulesTest, DenyOfWhatIsNotThere) {
  const Call none = network({"deny", "203.0.113.9"});
  EXPECT_EQ(none.code, kProblem);
  EXPECT_EQ(none.err,
            "note: there is no rule for 203.0.113.9; it is let in by the rule 203.0.113.0/24\n"
            "note: rules only let in, there are none that refuse\n");
  EXPECT_THAT(api_.lines(), Not(Contains(kPatch)));
  const Call one = network({"deny", "203.0.113.0/24", "192.0.2.1"});
  EXPECT_EQ(one.code, kProblem);
  EXPECT_EQ(sent(kPatch).at("properties").at("networkRuleSet").at("ipRules").as_array().size(), 1u);
}

TEST_F(NetworkRulesTest, LockingOneselfOutIsAskedAbout) {
  lock_out("no-network-rule");
  const Call no = network({"default", "deny"}, {"n\n", true, true});
  EXPECT_EQ(no.code, kCannot);
  EXPECT_THAT(no.err,
              AllOf(HasSubstr("note: this would lock you out: your address is seen as 192.0.2.9 "
                              "(no-network-rule)\n"
                              "hint: berth network allow 192.0.2.9 -r team1 keeps it\n"),
                    HasSubstr("Lock yourself out? (y/N)")));
  EXPECT_EQ(network({"default", "deny"}).code, kUsage);  // nobody can be asked
  EXPECT_THAT(api_.lines(), Not(Contains(kPatch)));
  EXPECT_EQ(sent(kPreview).at("includeCaller"), true);
  EXPECT_EQ(sent(kPreview).at("properties").at("networkRuleSet").at("defaultAction"), "Deny");
  const Call yes = network({"default", "deny", "--yes"});
  EXPECT_EQ(yes.code, kGood);
  EXPECT_THAT(yes.err, HasSubstr("192.0.2.9"));
  EXPECT_EQ(sent(kPatch).at("properties").at("networkRuleSet").at("defaultAction"), "Deny");
}

TEST_F(NetworkRulesTest, NoRuleHelpsWherePublicAccessIsOff) {
  lock_out("public-access-disabled");
  EXPECT_THAT(network({"public", "off"}, {"n\n", true, true}).err,
              AllOf(HasSubstr("private-endpoint create"), Not(HasSubstr("berth network allow"))));
}

TEST_F(NetworkRulesTest, WithoutAnAddressNothingIsSaid) {
  api_.on(kPreview, R"({"lockedOut":[{"caller":{"identity":"root"},"self":true,"before":{},
                        "after":{"rule":"no-network-rule"}}],"letIn":[],"unchanged":0})");
  const Call done = network({"default", "deny"});
  EXPECT_EQ(done.code, kGood) << done.err;
  EXPECT_EQ(done.err, "");
}

TEST_F(NetworkRulesTest, WhoMayNotAskAboutItCanStillSayYes) {
  api_.on(kPreview, R"({"error":{"code":"AuthorizationFailed","message":"no"}})", 403);
  EXPECT_EQ(network({"public", "off"}).code, kCannot);
  EXPECT_THAT(api_.lines(), Not(Contains(kPatch)));
  EXPECT_EQ(network({"public", "off", "--yes"}).code, kGood);
}

TEST_F(NetworkRulesTest, OpeningSaysHowMuch) {
  const Call done = network({"default", "allow"});
  EXPECT_EQ(done.code, kGood);
  EXPECT_THAT(done.err, HasSubstr("note: this opens the registry to every address there is"));
  EXPECT_THAT(api_.lines(), Not(Contains(kPreview)));
}

TEST_F(NetworkRulesTest, TheNearestNameIsSaid) {
  for (const char* verb : {"show", "allow"}) {
    std::vector<std::string> words = {verb, "-r", "team2"};
    if (verb == std::string("allow")) words.emplace_back("192.0.2.1");
    EXPECT_THAT(network(words).err, HasSubstr("hint: did you mean the registry team1?"));
  }
  EXPECT_THAT(network({"add", "192.0.2.1"}).err, HasSubstr("did you mean 'allow'?"));
}

TEST_F(NetworkRulesTest, TheRegistryIsTheOnlyOne) {
  api_.on(kList, R"({"value":[{"id":"/a","name":"a"},{"id":"/b","name":"b"}]})");
  const Call which = network({"show"});
  EXPECT_EQ(which.code, kUsage);
  EXPECT_THAT(which.err, HasSubstr("say which registry (a, b) with --registry NAME"));
}

}  // namespace
}  // namespace berth::cli
