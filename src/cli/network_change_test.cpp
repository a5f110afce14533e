// What the words of `berth network` make of a registry's rules.
#include "cli/network_change.h"

#include <gmock/gmock.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "cli/network_effect.h"
#include "cli/parse.h"

namespace berth::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace json = boost::json;

constexpr TimePoint kNow{std::chrono::seconds{1'800'000'000}};  // 2027-01-15T08:00:00Z
const std::string kDesks =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/Office/"
    "subnets/desks";

std::string registry_with(const std::string& rules, const std::string& more = "") {
  return R"({"properties":{"publicNetworkAccess":"Enabled","networkRuleSet":{"defaultAction":
         "Deny",)" +
         rules + "}" + more + "}}";
}
const std::string kRules = registry_with(
    R"("ipRules":[{"action":"Allow","value":"10.0.0.0/8"},
       {"action":"Allow","value":"203.0.113.7","expiresOn":"2027-01-15T09:00:00Z"},
       {"action":"Allow","value":"203.0.113.64/26"}],
       "virtualNetworkRules":[{"action":"Allow","id":")" +
    kDesks + R"(","serviceKinds":["vm"]}])");

struct Outcome {
  json::object properties;
  std::string error;
  ChangeNotes notes;

  std::string ip_rules() const { return list("ipRules"); }
  std::string subnet_rules() const { return list("virtualNetworkRules"); }

 private:
  std::string list(const char* name) const {
    const json::value* set = properties.if_contains("networkRuleSet");
    return set == nullptr ? "none" : json::serialize(set->at(name));
  }
};

Outcome change(std::vector<std::string> words, const std::string& registry = kRules,
               const std::string& subnet = "") {
  words.insert(words.begin(), "network");
  const auto call = parse(root_command(), words);
  Outcome out;
  if (!call) {
    out.error = call.error();
    return out;
  }
  ChangeWords given{*call, call->words, subnet};
  if (call->command->name != "preview") {
    given.words.insert(given.words.begin(), call->command->name);
  }
  auto done = network_change(given, json::parse(registry), kNow, out.notes);
  if (done) out.properties = *done;
  if (!done) out.error = done.error().message;
  return out;
}

TEST(NetworkAllow, AddsToTheRulesThatAreThere) {
  const Outcome out = change({"allow", "198.51.100.9/24", "2001:db8::1/128"});
  EXPECT_EQ(out.ip_rules(),
            R"([{"action":"Allow","value":"10.0.0.0/8"},)"
            R"({"action":"Allow","value":"203.0.113.7","expiresOn":"2027-01-15T09:00:00Z"},)"
            R"({"action":"Allow","value":"203.0.113.64/26"},)"
            R"({"action":"Allow","value":"198.51.100.0/24"},)"
            R"({"action":"Allow","value":"2001:db8::1"}])");
  EXPECT_THAT(out.subnet_rules(), HasSubstr("desks"));
  EXPECT_THAT(out.notes.lines, ElementsAre("198.51.100.9/24 is the block 198.51.100.0/24"));
}

TEST(NetworkAllow, WithAnEnd) {
  const std::string none = registry_with(R"("ipRules":[],"virtualNetworkRules":[])");
  EXPECT_EQ(
      change({"allow", "192.0.2.1", "--for", "2h"}, none).ip_rules(),
      R"([{"action":"Allow","value":"192.0.2.1","expiresOn":"2027-01-15T10:00:00.0000000Z"}])");
  EXPECT_EQ(change({"allow", "192.0.2.1", "--until", "2027-01-15T08:00:01Z"}, none).ip_rules(),
            R"([{"action":"Allow","value":"192.0.2.1","expiresOn":"2027-01-15T08:00:01Z"}])");
  for (const char* wrong :
       {"2027-01-15T08:00:00Z", "2027-01-15", "tomorrow", "2027-01-15T09:00:00",
        "2027-13-45T99:00:00Z", "2027-02-29T00:00:00Z", "2028-01-01T24:00:00Z",
        "2028-01-01T00:00:00.Z", "2028-01-01T00:00:00nowZ", "2028-01-01T00:00:00+01:00Z"}) {
    EXPECT_THAT(change({"allow", "192.0.2.1", "--until", wrong}, none).error,
                AllOf(HasSubstr("--until"), HasSubstr(wrong)));
  }
  for (const char* good : {"2028-02-29T23:59:60Z", "2028-01-01T00:00:00.1234567Z"}) {
    EXPECT_THAT(change({"allow", "192.0.2.1", "--until", good}, none).ip_rules(), HasSubstr(good));
  }
  for (const char* far : {"99999999d", "106751991167d"}) {
    EXPECT_THAT(change({"allow", "192.0.2.1", "--for", far}, none).error,
                AllOf(HasSubstr("--for"), HasSubstr("after the year 9999")));
  }
  EXPECT_THAT(change({"allow", "192.0.2.1", "--for", "2"}, none).error, HasSubstr("30m, 2h or 7d"));
  EXPECT_THAT(change({"allow", "192.0.2.1", "--for", "2h", "--until", "x"}, none).error,
              HasSubstr("one of them"));
}

TEST(NetworkAllow, ARuleThatIsThereGetsTheEndThatIsGiven) {
  // Absent would keep it, so its end is taken away by null.
  EXPECT_THAT(change({"allow", "203.0.113.7"}).ip_rules(),
              HasSubstr(R"("value":"203.0.113.7","expiresOn":null})"));
  const Outcome same = change({"allow", "10.1.2.3/8"});
  EXPECT_THAT(same.properties, IsEmpty());
  EXPECT_THAT(same.notes.lines,
              ElementsAre("10.1.2.3/8 is the block 10.0.0.0/8", "10.0.0.0/8 is let in already"));
}

TEST(NetworkAllow, SaysWhichEndARuleHadBefore) {
  const Outcome shorter = change({"allow", "10.0.0.0/8", "203.0.113.7", "--for", "30m"});
  EXPECT_THAT(shorter.notes.lines,
              ElementsAre("the rule 10.0.0.0/8 was without an end before",
                          "the rule 203.0.113.7 was to end at 2027-01-15T09:00:00Z before"));
  EXPECT_THAT(shorter.notes.sooner, ElementsAre("10.0.0.0/8", "203.0.113.7"));
  EXPECT_EQ(
      json::serialize(
          once_over(shorter.properties, shorter.notes.sooner).at("networkRuleSet").at("ipRules")),
      R"([{"action":"Allow","value":"203.0.113.64/26"}])");
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"--for", "2h"}}) {
    std::vector<std::string> words = {"allow", "203.0.113.7"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome longer = change(words);
    EXPECT_THAT(longer.notes.lines, ElementsAre(HasSubstr("was to end at")));
    EXPECT_THAT(longer.notes.sooner, IsEmpty());
  }
  EXPECT_THAT(change({"allow", "203.0.113.7", "--for", "1h"}).notes.lines, IsEmpty());
  const std::string over = registry_with(
      R"("ipRules":[{"value":"192.0.2.1","expiresOn":"2027-01-15T08:00:00.0000000Z"}])");
  EXPECT_THAT(change({"allow", "192.0.2.1", "--for", "1h"}, over).notes.lines, IsEmpty());
}

TEST(NetworkChange, ARuleThatHasEndedLetsNobodyIn) {
  const std::string over = registry_with(
      R"("ipRules":[{"value":"0.0.0.0/0","expiresOn":"2027-01-15T08:00:00.0000000Z"}])");
  EXPECT_THAT(change({"deny", "10.9.9.9"}, over).notes.lines,
              ElementsAre("there is no rule for 10.9.9.9", HasSubstr("none that refuse")));
  EXPECT_THAT(change({"default", "deny"}, over).notes.lines,
              ElementsAre(HasSubstr("no rule lets anybody in")));
  const auto call = parse(root_command(), {"network", "default", "allow"});
  const std::vector<std::string> words = {"default", "allow"};
  EXPECT_THAT(opens_text({*call, words, ""}, json::parse(over), kNow),
              HasSubstr("in place of 0 address rules"));
  EXPECT_THAT(opens_text({*call, words, ""},
                         json::parse(registry_with(
                             R"("ipRules":[{"value":"10.0.0.1"},{"value":"10.0.0.2",
                                "expiresOn":"2027-01-15T07:00:00Z"}])")),
                         kNow),
              HasSubstr("in place of 1 address rule and 0 subnets"));
}

TEST(NetworkAllow, TheSameTwiceIsOnce) {
  const Outcome twice = change({"allow", "192.0.2.1", "192.0.2.1/32"});
  EXPECT_THAT(twice.notes.lines, IsEmpty());
  EXPECT_THAT(twice.notes.done, ElementsAre("192.0.2.1 is let in"));
  const Outcome gone = change({"deny", "203.0.113.7", "203.0.113.7"});
  EXPECT_THAT(gone.notes.lines, IsEmpty());
  EXPECT_FALSE(gone.notes.missing);
}

TEST(NetworkAllow, ASubnet) {
  EXPECT_EQ(change({"allow", "--subnet", "x", "--kinds", "vm,kubernetes"},
                   registry_with(R"("ipRules":[])"), kDesks)
                .subnet_rules(),
            R"([{"action":"Allow","id":")" + kDesks + R"(","serviceKinds":["vm","kubernetes"]}])");
  EXPECT_THAT(change({"allow", "--subnet", "x"}, kRules, kDesks).subnet_rules(),
              HasSubstr(R"("serviceKinds":null)"));
  EXPECT_THAT(change({"allow", "--subnet", "x", "--kinds", "vm"}, kRules, kDesks).properties,
              IsEmpty());
  EXPECT_THAT(
      change({"allow", "--subnet", "x"}, registry_with(R"("ipRules":[])"), kDesks).notes.lines,
      ElementsAre(HasSubstr("trusted services are not")));
}

TEST(NetworkAllow, SaysWhenItHasNoEffectYet) {
  const std::string open = R"({"properties":{"networkRuleSet":{"defaultAction":"Allow"}}})";
  EXPECT_THAT(change({"allow", "192.0.2.1"}, open).notes.lines,
              ElementsAre(HasSubstr("berth network default deny")));
  const std::string off = R"({"properties":{"publicNetworkAccess":"Disabled"}})";
  EXPECT_THAT(change({"allow", "192.0.2.1"}, off).notes.lines,
              ElementsAre(HasSubstr("berth network public on")));
}

TEST(NetworkAllow, WhatIsWrong) {
  EXPECT_THAT(change({"allow"}).error, HasSubstr("which addresses, or which --subnet"));
  EXPECT_THAT(change({"allow", "10.0.0.0/33"}).error,
              AllOf(HasSubstr("\"10.0.0.0/33\" is neither"), HasSubstr("from 0 to 32")));
  EXPECT_THAT(change({"allow", "10.0.0.1,10.0.0.2"}).error, HasSubstr("with spaces"));
  for (const char* with_port : {"10.0.0.1:443", "[2001:db8::1]:443"}) {
    EXPECT_THAT(change({"allow", with_port}).error, HasSubstr("no port"));
  }
  EXPECT_THAT(change({"allow", "[2001:db8::1]"}).error, HasSubstr("no brackets"));
  EXPECT_THAT(change({"allow", "fe80::1%eth0"}).error, HasSubstr("no zone"));
  EXPECT_THAT(change({"allow", "proxy.example.org"}).error, HasSubstr("names are not looked up"));
  EXPECT_THAT(change({"allow", "10.0.0.*"}).error, HasSubstr("0.0.0.0/0"));
  EXPECT_THAT(change({"allow", "10.0.0.1-10.0.0.9"}).error, HasSubstr("several blocks"));
  EXPECT_THAT(change({"allow", "office/desks"}).error, HasSubstr("stands after --subnet"));
  for (const char* numbers : {"10.0.0", "010.0.0.1", "10.0.0.256/32"}) {
    EXPECT_THAT(change({"allow", numbers}).error, HasSubstr("four numbers from 0 to 255"));
  }
  EXPECT_THAT(change({"allow", "10.0.0.0", "--kinds", "vm"}).error, HasSubstr("--subnet"));
  EXPECT_THAT(change({"allow", "--subnet", "a/b", "--for", "2h"}).error, HasSubstr("addresses"));
  EXPECT_THAT(change({"allow", "10.0.0.0", "--kinds", "devops"}).error, HasSubstr("one of"));
}

TEST(NetworkDeny, RemovesWhatMeansTheSame) {
  const Outcome out = change({"deny", "203.0.113.127/26", "10.0.0.0/8"});
  EXPECT_EQ(out.ip_rules(),
            R"([{"action":"Allow","value":"203.0.113.7","expiresOn":"2027-01-15T09:00:00Z"}])");
  EXPECT_FALSE(out.notes.missing);
}

TEST(NetworkDeny, SaysWhatIsNearest) {
  const Outcome out = change({"deny", "203.0.113.70", "203.0.113.8", "10.9.9.9", "2001:db8::1"});
  EXPECT_TRUE(out.notes.missing);
  EXPECT_THAT(out.properties, IsEmpty());
  EXPECT_THAT(
      out.notes.lines,
      ElementsAre("there is no rule for 203.0.113.70; it is let in by the rule 203.0.113.64/26",
                  "there is no rule for 203.0.113.8; the nearest is 203.0.113.7",
                  "there is no rule for 10.9.9.9; it is let in by the rule 10.0.0.0/8",
                  "there is no rule for 2001:db8::1",
                  "rules only let in, there are none that refuse"));
}

TEST(NetworkDeny, WhatIsFarIsNotTheNearest) {
  const std::string rules = registry_with(
      R"("ipRules":[{"value":"203.0.113.7"},{"value":"2001:db8:1::/48"},{"value":"fd00::/64"}])");
  const auto first = [&](const std::string& block) {
    return change({"deny", block}, rules).notes.lines.front();
  };
  EXPECT_EQ(first("203.1.0.1"), "there is no rule for 203.1.0.1");
  EXPECT_EQ(first("203.0.0.1"), "there is no rule for 203.0.0.1; the nearest is 203.0.113.7");
  EXPECT_EQ(first("203.0.0.0/8"), "there is no rule for 203.0.0.0/8; the nearest is 203.0.113.7");
  EXPECT_EQ(first("2001:db8:2::1"),
            "there is no rule for 2001:db8:2::1; the nearest is 2001:db8:1::/48");
  EXPECT_EQ(first("2001:db9::1"), "there is no rule for 2001:db9::1");
}

// A rule around the block lets all of it in; one at its beginning, a part.
TEST(NetworkDeny, ARuleWithinIsNotOneAround) {
  const std::string within = registry_with(R"("ipRules":[{"value":"10.0.0.0/24"}])");
  EXPECT_EQ(change({"deny", "10.0.0.0/8"}, within).notes.lines.front(),
            "there is no rule for 10.0.0.0/8; the nearest is 10.0.0.0/24");
  const std::string both =
      registry_with(R"("ipRules":[{"value":"10.0.0.0/8"},{"value":"10.1.0.0/25"}])");
  EXPECT_EQ(change({"deny", "10.1.0.0/24"}, both).notes.lines.front(),
            "there is no rule for 10.1.0.0/24; it is let in by the rule 10.0.0.0/8");
}

TEST(NetworkDeny, SaysWhoStillLetsItIn) {
  const std::string twice =
      registry_with(R"("ipRules":[{"value":"10.0.0.0/8"},{"value":"10.1.0.0/16"}])");
  EXPECT_THAT(change({"deny", "10.1.0.0/16"}, twice).notes.lines,
              ElementsAre("10.1.0.0/16 is still let in by the rule 10.0.0.0/8"));
  // What counts is what is left in the end.
  EXPECT_THAT(change({"deny", "10.1.0.0/16", "10.0.0.0/8"}, twice).notes.lines, IsEmpty());
}

TEST(NetworkDeny, TheDefaultLetsInAnyway) {
  const std::string open = R"({"properties":{"networkRuleSet":{"defaultAction":"Allow"}}})";
  EXPECT_THAT(change({"deny", "10.1.0.0/16"}, open).notes.lines,
              ElementsAre("there is no rule for 10.1.0.0/16", HasSubstr("none that refuse"),
                          HasSubstr("the default lets every address in")));
}

TEST(NetworkChange, NotesWhatOpensOrShutsAll) {
  EXPECT_THAT(change({"allow", "0.0.0.0/0", "::/0"}).notes.lines,
              ElementsAre("0.0.0.0/0 is every IPv4 address there is",
                          "::/0 is every IPv6 address there is"));
  const std::string empty = R"({"properties":{}})";
  EXPECT_THAT(change({"default", "deny"}, empty).notes.lines,
              ElementsAre(HasSubstr("no rule lets anybody in")));
  EXPECT_THAT(change({"default", "deny"}).notes.lines, IsEmpty());
  EXPECT_THAT(change({"public", "off"}, empty).notes.lines,
              ElementsAre(HasSubstr("no approved private endpoint")));
  EXPECT_THAT(change({"allow", "192.0.2.1", "192.0.2.2"}).notes.done,
              ElementsAre("192.0.2.1 is let in", "192.0.2.2 is let in"));
}

TEST(NetworkChange, DefaultDenySaysWhoIsStillLetInWhole) {
  const std::string rules = R"("ipRules":[{"value":"0.0.0.0/0"},
      {"value":"::/0","expiresOn":"2027-01-15T08:00:00Z"},{"value":"10.0.0.0/8"}])";
  EXPECT_THAT(change({"default", "deny"}, registry_with(rules)).notes.lines,
              ElementsAre("the rule 0.0.0.0/0 still lets every IPv4 address in; berth network deny "
                          "0.0.0.0/0 removes it"));
  EXPECT_THAT(
      change({"default", "deny"}, registry_with(R"("ipRules":[{"value":"::/0"}])")).notes.lines,
      ElementsAre(HasSubstr("every IPv6 address")));
  EXPECT_THAT(change({"default", "allow"}, registry_with(rules)).notes.lines, IsEmpty());
  const std::string off =
      R"({"properties":{"publicNetworkAccess":"Disabled","networkRuleSet":{)" + rules + "}}}";
  EXPECT_THAT(change({"default", "deny"}, off).notes.lines, IsEmpty());
}

TEST(NetworkDeny, ASubnetByNamesOrId) {
  for (const std::string& name : {std::string("office/Desks"), kDesks, std::string("desks")}) {
    EXPECT_EQ(change({"deny", "--subnet", name}, kRules, name).subnet_rules(), "[]") << name;
  }
  const Outcome other = change({"deny", "--subnet", "office/desk"}, kRules, "office/desk");
  EXPECT_TRUE(other.notes.missing);
  EXPECT_THAT(other.notes.lines, ElementsAre("there is no rule for the subnet office/desk; the "
                                             "nearest is Office/desks",
                                             "rules only let in, there are none that refuse"));
  const std::string two = registry_with(R"("virtualNetworkRules":[{"id":")" + kDesks +
                                        R"("},{"id":"/x)" + kDesks + R"("}])");
  EXPECT_THAT(change({"deny", "--subnet", "office/desks"}, two, "office/desks").error,
              AllOf(HasSubstr("2 rules for subnets office/desks"), HasSubstr("/x" + kDesks)));
}

TEST(NetworkSwitches, SetOneProperty) {
  const auto text = [](std::vector<std::string> words) {
    return json::serialize(change(std::move(words), R"({"properties":{}})").properties);
  };
  EXPECT_EQ(text({"default", "deny"}),
            R"({"networkRuleSet":{"defaultAction":"Deny","ipRules":[],"virtualNetworkRules":[]}})");
  EXPECT_EQ(text({"public", "off"}), R"({"publicNetworkAccess":"Disabled"})");
  EXPECT_EQ(text({"trusted-services", "off"}), R"({"networkRuleBypassOptions":"None"})");
  EXPECT_EQ(
      text({"trusted-services", "on", "--tasks", "on"}),
      R"({"networkRuleBypassOptions":"AzureServices","networkRuleBypassAllowedForTasks":true})");
  EXPECT_EQ(text({"data-endpoint", "on"}), R"({"dataEndpointEnabled":true})");
  EXPECT_EQ(text({"preview", "public", "off"}), R"({"publicNetworkAccess":"Disabled"})");
}

TEST(NetworkSwitches, WordsOfAPreviewAreCheckedAlike) {
  EXPECT_THAT(change({"preview", "close"}).error, HasSubstr("one of allow, deny, default"));
  EXPECT_THAT(change({"preview", "default"}).error, HasSubstr("after default comes allow or deny"));
  EXPECT_THAT(change({"preview", "public", "deny"}).error, HasSubstr("comes on or off"));
}

TEST(NetworkSwitches, APreviewTakesTheFlagsOfItsChange) {
  EXPECT_THAT(change({"preview", "default", "deny", "--tasks", "on"}).error,
              HasSubstr("--tasks belongs to trusted-services, not to default"));
  EXPECT_THAT(change({"preview", "public", "off", "--subnet", "a/b"}).error,
              HasSubstr("--subnet belongs to allow and deny, not to public"));
  EXPECT_THAT(change({"preview", "deny", "10.0.0.0/8", "--for", "2h"}).error,
              HasSubstr("--for belongs to allow, not to deny"));
  EXPECT_EQ(change({"preview", "deny", "10.0.0.0/8", "-r", "team1", "--callers", "f"}).error, "");
}

TEST(OpensText, NamesHowMuchAndWhatWouldOpenLess) {
  const auto opens = [](std::vector<std::string> words, const std::string& registry) {
    const auto call = parse(root_command(), {"network", words[0], words[1]});
    return opens_text({*call, words, ""}, json::parse(registry), kNow);
  };
  EXPECT_EQ(opens({"default", "allow"}, kRules),
            "this opens the registry to every address there is, in place of 3 address rules and 1 "
            "subnet; less would do for one client (berth network allow ADDRESS) and for a trusted "
            "service (berth network trusted-services on)");
  const std::string off = R"({"properties":{"publicNetworkAccess":"Disabled"}})";
  EXPECT_THAT(opens({"public", "on"}, off), HasSubstr("every address there is;"));
  EXPECT_THAT(opens({"default", "allow"}, off), HasSubstr("opens nothing before it is on"));
  EXPECT_EQ(opens({"public", "on"}, kRules),
            "this opens the registry to what its rules name: 3 address rules and 1 subnet");
  EXPECT_EQ(opens({"public", "on"}, R"({"properties":{}})"), "");
  EXPECT_EQ(opens({"default", "deny"}, kRules), "");
}

}  // namespace
}  // namespace berth::cli
