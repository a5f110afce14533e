// can-i: what is asked, the exit code, and the answer as a person reads it.
#include "cli/access_question.h"
#include "cli/can_i_view.h"
#include "cli/fake_server_testing.h"

namespace berth::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kAsked = "POST " + kRegistryId + "/explainAccess";
const std::string kList = "GET /subscriptions/s1/providers/Microsoft.ContainerRegistry/registries";
const std::string kConnections = "GET " + kRegistryId + "/privateEndpointConnections";
const std::string kTeam1 = R"({"id":")" + kRegistryId + R"(","name":"Team1"})";

// Refused, with everything that an answer may have.
constexpr const char* kRefused = R"json({"allowed":false,"verdict":"denyPermission",
  "rule":"condition","reason":"the condition of the role assignment is not true",
  "principal":{"id":"u1","name":"alice@example.com","kind":"user"},"registry":"team1",
  "mode":"AbacRepositoryPermissions","action":"pull","repository":"team-b/app",
  "operations":["MCR/repositories/content/read"],
  "steps":[{"rule":"tls","passed":true,"reason":""},
           {"rule":"condition","passed":false,"reason":"it is not true"}],
  "groups":[{"id":"g1","name":"dev"},{"id":"g2","name":""}],
  "assignments":[
    {"id":"/a/1","scope":"/subscriptions/s1/resourceGroups/default",
     "principal":{"id":"g1","name":"dev"},"role":{"id":"r","name":"AcrPull"},
     "outcome":"otherMode","operation":"o","condition":""},
    {"id":"/a/2","scope":"/x/registries/team1","principal":{"id":"u1","name":""},
     "role":{"id":"r2","name":"Reader\u001b[2J"},"outcome":"condition","operation":"o",
     "condition":"(!(M)) OR (A AND\n B)",
     "evaluation":{"text":"(!(M)) OR (A AND B)","truth":"unknown","note":"","parts":[
       {"text":"!(M)","truth":"false","note":"","parts":[
         {"text":"M","truth":"true","note":"the action is read","parts":[]}]},
       {"text":"A AND B","truth":"unknown","note":"","parts":[
         {"text":"A","truth":"true","note":"","parts":[]},
         {"text":"B","truth":"unknown","note":"B is absent","parts":[]}]}]}}],
  "denials":[{"id":"/d/1","name":"platform","scope":"/subscriptions/s1","operation":"o"}],
  "changes":[{"what":"Assign the role 'Reader'.","commands":["berth role assignment create --x",
              "az role assignment create --x"]},{"what":"Or ask.","commands":[]}]})json";

class CanITest : public LocalTest {
 protected:
  void SetUp() override {
    environment_["LANG"] = "C.UTF-8";
    api_.on(kList, R"({"value":[)" + kTeam1 + "]}");
    api_.on(kAsked, kRefused);
  }
};

TEST_F(CanITest, ARefusalIsExplained) {
  const Call asked = berth({"can-i", "pull", "team1.example.com/team-b/app:v1"});
  EXPECT_EQ(asked.code, kProblem);
  EXPECT_EQ(asked.err, "");
  EXPECT_EQ(asked.out,
            "no: alice@example.com may not pull team1/team-b/app: the condition of the role "
            "assignment is not true (condition)\n"
            "\n"
            "In the permissions mode rbac-abac this takes:\n"
            "  MCR/repositories/content/read\n"
            "\n"
            "Steps:\n"
            "  ✓ network\n"
            "  ✗ condition: it is not true\n"
            "\n"
            "Member of: dev, g2\n"
            "\n"
            "Role assignments considered:\n"
            "  ✗ AcrPull at resource group default for dev: not effective in this mode\n"
            "  ? Reader?[2J at registry team1 for u1: condition is unknown\n"
            "      ? any of:\n"
            "        ✗ not:\n"
            "          ✓ M  (the action is read)\n"
            "        ? all of:\n"
            "          ✓ A\n"
            "          ? B  (B is absent)\n"
            "\n"
            "Deny assignments that hold:\n"
            "  ✗ platform at subscription s1: o\n"
            "\n"
            "What would help, the smallest change first:\n"
            "  Assign the role 'Reader'.\n"
            "      berth role assignment create --x\n"
            "      az role assignment create --x\n"
            "  Or ask.\n");
  EXPECT_EQ(sent(kAsked), json(R"({"action":"pull","repository":"team-b/app"})"));
  EXPECT_THAT(api_.request(kAsked).line, HasSubstr("?api-version="));
}

TEST_F(CanITest, AllowedIsZeroAndSaysTheRule) {
  api_.on(kAsked, R"({"allowed":true,"rule":"scope-map","reason":"","registry":"team1",
      "principal":{"id":"ci","name":"ci","kind":"token"},"action":"push","repository":"app",
      "scopeMap":{"name":"m","rules":[{"repository":"app","action":"content/write","allows":true},
                                      {"repository":"b","action":"content/read","allows":false}]},
      "changes":[]})");
  environment_["LC_ALL"] = "C";
  const Call asked = berth({"can-i", "push", "app", "-r", "team1", "--as", "ci"});
  EXPECT_EQ(asked.code, kGood) << asked.err;
  EXPECT_EQ(asked.out,
            "yes: ci may push to team1/app: its scope map allows it (scope-map)\n"
            "\n"
            "Scope map m:\n"
            "  + app content/write\n"
            "  - b content/read\n");
  EXPECT_EQ(sent(kAsked), json(R"({"action":"push","repository":"app","principal":"ci"})"));
}

TEST_F(CanITest, EverythingThatIsAskedIsSent) {
  berth({"can-i", "sign-in", "-r", "team1", "--as", "token:ci", "--from", "10.0.0.7", "--at",
         "2026-12-24T18:00:00Z"});
  EXPECT_EQ(sent(kAsked), json(R"({"action":"sign-in","principal":"token:ci","from":"10.0.0.7",
                                   "at":"2026-12-24T18:00:00Z"})"));
}

TEST_F(CanITest, AUserNeedsNoDomain) {
  api_.on(kAsked, R"({"error":{"code":"PrincipalNotFound","message":"There is no alice."}})", 400);
  const Call asked = berth({"can-i", "catalog", "-r", "team1", "--as", "alice"});
  EXPECT_EQ(asked.code, kUsage);
  EXPECT_EQ(asked.err,
            "berth can-i: PrincipalNotFound: There is no alice.\n"
            "hint: berth user list, berth group list and berth sp list show them; the admin user "
            "is called by the registry's name, a token token:NAME\n");
  EXPECT_EQ(sent(kAsked).at("principal"), "alice@example.com");
  berth({"can-i", "catalog", "-r", "team1", "--as", "bob@else.where"});
  EXPECT_EQ(sent(kAsked).at("principal"), "bob@else.where");
}

TEST_F(CanITest, TheWayIsSent) {
  api_.on(kConnections, R"({"value":[{"id":"/c/pe1.x","properties":{"privateEndpoint":{"id":")" +
                            kGroupId + R"(/providers/Microsoft.Network/privateEndpoints/pe1"},
                            "links":["address:10.10.9.4"]}}]})");
  berth(
      {"can-i", "catalog", "--from", "10.0.0.7", "--listener", "private", "--via-endpoint", "pe1"});
  EXPECT_EQ(
      sent(kAsked),
      json(R"({"action":"catalog","from":"10.0.0.7","listener":"private","privateEndpoint":")" +
           kGroupId + R"(/providers/Microsoft.Network/privateEndpoints/pe1"})"));
  berth({"can-i", "catalog", "--via-endpoint", "/x/y"});
  EXPECT_EQ(sent(kAsked).at("privateEndpoint"), "/x/y");
  // The endpoint alone is a way of its own: not that of the machine's socket.
  berth({"can-i", "catalog", "--via-endpoint", "PE1"});
  EXPECT_EQ(sent(kAsked).at("destination"), "10.10.9.4");
  const Call typo = berth({"can-i", "catalog", "--via-endpoint", "pe9"});
  EXPECT_EQ(typo.code, kCannot);
  EXPECT_THAT(typo.err, AllOf(HasSubstr("team1 has no private endpoint pe9"),
                              HasSubstr("did you mean pe1?")));
}

TEST_F(CanITest, AWayHasAnAddress) {
  const Call half = berth({"can-i", "catalog", "--listener", "private"});
  EXPECT_EQ(half.code, kUsage);
  EXPECT_THAT(half.err, AllOf(HasSubstr("--listener needs --from IP"),
                              HasSubstr("--from 10.0.0.7 --listener private\n"),
                              HasSubstr("--via-endpoint NAME")));
  const Call name = berth({"can-i", "catalog", "--from", "host.test"});
  EXPECT_EQ(name.code, kUsage);
  EXPECT_EQ(name.err,
            "berth can-i: --from is \"host.test\"; it must be an IP address such as 10.0.0.7 or "
            "2001:db8::7\n");
  EXPECT_EQ(api_.lines().size(), 0u);
}

TEST_F(CanITest, TheOwnSocketIsNotTheNetwork) {
  api_.on(kAsked, R"({"allowed":true,"rule":"owner","registry":"team1","action":"catalog",
      "steps":[{"rule":"own-socket","passed":true},{"rule":"owner","passed":true},
               {"rule":"owner","passed":true}]})");
  const Call open = berth({"can-i", "catalog"});
  EXPECT_EQ(open.err, "");
  EXPECT_THAT(open.out, HasSubstr("  ✓ network\n  ✓ credential\n  ✓ permission\n"));
  const std::string note = "note: the network was not asked: you are on the machine's own socket";
  EXPECT_THAT(berth({"can-i", "catalog", "--as", "alice"}).err, StartsWith(note));
  api_.on("GET " + kRegistryId, R"({"properties":{"networkRuleSet":{"defaultAction":"Deny"}}})");
  EXPECT_THAT(berth({"can-i", "catalog"}).err, StartsWith(note));
  EXPECT_EQ(berth({"can-i", "catalog", "-o", "json"}).err, "");
}

TEST_F(CanITest, WhatTheNetworkSawIsShown) {
  api_.on(kAsked,
          R"({"allowed":false,"rule":"no-network-rule","reason":"no rule","registry":"team1",
    "action":"catalog","network":{"address":"10.20.0.4","proxy":"10.0.0.4","listener":"private",
    "destination":null,"link":null,"clientCa":null,"privateEndpoint":null,"endpointState":null,
    "subnet":"/s/virtualNetworks/office/subnets/desks","ipRule":null,
    "ingress":["scanner","tasks"],"only":[]},
    "steps":[{"rule":"no-network-rule","passed":false,"reason":"no rule"},
             {"rule":"service-kind","passed":true,"reason":""}]})");
  EXPECT_THAT(berth({"can-i", "catalog"}).out,
              HasSubstr("  ✗ network, no-network-rule: no rule\n"
                        "      address 10.20.0.4, as the proxy 10.0.0.4 says, listener private, "
                        "subnet office/desks, declared for scanner, tasks\n"
                        "  ✓ network, service-kind\n"));
}

TEST_F(CanITest, JsonIsTheWholeAnswer) {
  const Call asked = berth({"can-i", "pull", "a", "-r", "team1", "-o", "json"});
  EXPECT_EQ(asked.code, kProblem);
  EXPECT_EQ(json(asked.out), json(kRefused));
}

TEST_F(CanITest, WhatTheServerDoesNotUnderstandIsWrongUsage) {
  api_.on(kAsked, R"({"error":{"code":"BadRequest","message":"'pul' is no action; it must be …"}})",
          400);
  const Call asked = berth({"can-i", "pul", "app", "-r", "team1"});
  EXPECT_EQ(asked.code, kUsage);
  EXPECT_EQ(asked.err,
            "berth can-i: BadRequest: 'pul' is no action; it must be …\n"
            "hint: did you mean pull?\n");
}

TEST_F(CanITest, WhatCouldNotBeCheckedIsThree) {
  api_.on(kAsked, "{}");
  EXPECT_EQ(berth({"can-i", "pull", "app", "-r", "team1"}).code, kCannot);
  api_.on(kAsked, R"({"error":{"code":"AuthorizationFailed","message":"No."}})", 403);
  EXPECT_EQ(berth({"can-i", "pull", "app", "-r", "team1"}).code, kCannot);
}

TEST_F(CanITest, TheOnlyRegistryNeedsNoName) {
  berth({"can-i", "catalog"});
  EXPECT_EQ(sent(kAsked), json(R"({"action":"catalog"})"));
  api_.on(kList, R"({"value":[{"name":"a"},{"name":"b"}]})");
  const Call asked = berth({"can-i", "catalog"});
  EXPECT_EQ(asked.code, kUsage);
  EXPECT_EQ(asked.err,
            "berth can-i: say which registry (a, b) with --registry NAME; for example: berth can-i "
            "push team1.berth.test/app:v1\n");
}

TEST_F(CanITest, ARegistryOfAnotherResourceGroupIsFound) {
  const std::string id = "/subscriptions/s1/resourceGroups/x/providers/m/registries/other";
  api_.on(kList, R"({"value":[{"id":")" + id + R"(","name":"other"}]})");
  api_.on("POST " + id + "/explainAccess", R"({"allowed":true})");
  EXPECT_EQ(berth({"can-i", "pull", "other.example.com/app"}).code, kGood);
  // Who sees no registries may still ask about himself.
  api_.on(kList, R"({"error":{"code":"AuthorizationFailed","message":"No."}})", 403);
  EXPECT_EQ(berth({"can-i", "pull", "team1.example.com/app"}).code, kProblem);
}

TEST(ExplanationText, TheDeepestConditionIsShown) {
  std::string node = R"({"text":"A","truth":"true","note":"","parts":[]})";
  for (int i = 0; i < 64; ++i) {
    node.insert(0, R"json({"text":"!(A)","truth":"false","note":"","parts":[)json");
    node += "]}";
  }
  boost::json::parse_options options;
  options.max_depth = 256;
  const auto answer = boost::json::parse(
      R"({"allowed":false,"assignments":[{"outcome":"condition","evaluation":)" + node + "}]}", {},
      options);
  EXPECT_THAT(explanation_text(answer, true), HasSubstr(std::string(134, ' ') + "✓ A\n"));
}

TEST(ExplanationText, WhatIsUnknownIsShownAsItIs) {
  const auto answer = boost::json::parse(
      R"({"allowed":false,"action":"fly","registry":"r","rule":"new-rule","mode":"New",
          "operations":["a","b"],"assignments":[{"outcome":"newOutcome","scope":"/x",
          "role":{"name":"R"},"principal":{"name":"p"},"condition":")" +
      std::string(119, 'a') + R"(ää"}]})");
  EXPECT_THAT(
      explanation_text(answer, false),
      AllOf(StartsWith("no: you may not do fly in r: new-rule (new-rule)\n"),
            HasSubstr("In the permissions mode New any of these is enough:\n"),
            HasSubstr("  - R at /x for p: newOutcome\n"),
            HasSubstr("condition: " + std::string(119, 'a') + "...\n"), Not(HasSubstr("✗"))));
}

// "REGISTRY REPOSITORY" or the message.
std::string target(const std::string& text, const std::string& registry = "",
                   const std::string& domain = "berth.test") {
  const auto found = target_of(text, registry, domain);
  return found ? found->registry + " " + found->repository : found.error().message;
}

TEST(TargetOf, LoginServersNameTheRegistry) {
  EXPECT_EQ(target("team1.berth.test/a/b:v1"), "team1 a/b");
  EXPECT_EQ(target("Team1.Berth.test:8443/app@sha256:0123"), "team1 app");
  EXPECT_EQ(target("localhost:5000/app"), "default app");
  EXPECT_EQ(target("localhost/app"), "default app");
  EXPECT_EQ(target("127.0.0.1:5000/app:v1"), "default app");
  EXPECT_EQ(target("team1.berth.test"), "team1 ");
  EXPECT_EQ(target("localhost:5000"), "default ");
  EXPECT_EQ(target("team1.berth.test/app", "TEAM1"), "team1 app");
  EXPECT_EQ(target("team1.somewhere.test/app", "", ""), "team1 app");
}

TEST(TargetOf, EverythingElseIsARepository) {
  EXPECT_EQ(target(""), " ");
  EXPECT_EQ(target("app:v1"), " app");
  EXPECT_EQ(target("team/app:v1", "team1"), "team1 team/app");
  EXPECT_EQ(target("team.a/app", "team1"), "team1 team.a/app");
  EXPECT_EQ(target("team.a/app", "team1", ""), "team1 team.a/app");
}

TEST(TargetOf, ContradictionsAreWrongUsage) {
  EXPECT_EQ(target("ghcr.io/app"),
            "ghcr.io is no login server of berth.test; if it is a part of the repository's name, "
            "say the registry with --registry NAME");
  EXPECT_EQ(target("team1.berth.test/app", "team2"),
            "team1.berth.test is the registry team1, and --registry says team2");
}

}  // namespace
}  // namespace berth::cli
