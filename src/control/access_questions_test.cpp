// explainAccess, listAccess and previewPermissionsMode: who may ask, what is understood, and the
// shape of the answers. What they say is explain/'s own business.
#include "control/control_testing.h"

namespace berth::control {
namespace {

using enum Method;

const std::string kFirst = "00000000-1111-0000-0000-000000000001";
const std::string kSecond = "00000000-1111-0000-0000-000000000002";

class Questions : public ControlFixture {
 protected:
  Questions() {
    options_.principal_type = [](const std::string& id) -> std::string {
      return id == kAlice ? "User" : id == kTeam ? "Group" : "";
    };
    options_.principal_name = [](const std::string& id) -> std::string {
      return id == kAlice ? "o'hara@example.test" : id == kTeam ? "Team" : "";
    };
    options_.find_principal = [](const std::string& text) -> Result<policy::Principal> {
      if (text == kTeam) return fail(Code::kInvalidRequest, "'Team' is a group.");
      if (text != "o'hara@example.test") return fail(Code::kInvalidRequest, "Nobody.");
      policy::Principal alice;
      alice.kind = policy::PrincipalKind::kUser;
      alice.id = kAlice;
      alice.name = text;
      alice.credential = "alice-1";
      return alice;
    };
    start();
    registry_ = registries_ + "Team1";
    ok(kPut, registry_);
  }
  Request question(const std::string& what, const std::string& body) const {
    return request(kPost, registry_ + "/" + what, body);
  }
  json::object explain(const std::string& body) { return ok(question("explainAccess", body)); }
  std::string rule(const std::string& principal) {
    const std::string who = json::serialize(json::value(principal));
    return std::string(
        text_at(explain(R"({"action":"pull","repository":"a","principal":)" + who + "}"), "rule"));
  }
  std::string registry_;
};

TEST_F(Questions, AnExplanationHasAllParts) {
  assign(policy::kAcrPullRole, registry_, kFirst, kTeam);
  assign(policy::kAcrPushRole, registries_ + "default", kSecond);
  const json::object yes =
      explain(R"({"principal":"o'hara@example.test","action":"pull","repository":"team/app",)"
              R"("from":"203.0.113.5"})");
  EXPECT_TRUE(true_at(yes, "allowed"));
  EXPECT_EQ(text_at(yes, "verdict"), "allow");
  EXPECT_EQ(text_at(yes, "rule"), "role-assignment");
  EXPECT_EQ(text_at(yes, "principal.kind"), "User");
  EXPECT_EQ(text_at(yes, "principal.id"), kAlice);
  EXPECT_EQ(text_at(yes, "registry"), "Team1");
  EXPECT_EQ(text_at(yes, "mode"), "LegacyRegistryPermissions");
  EXPECT_EQ(text_at(yes, "action"), "pull");
  EXPECT_EQ(text_at(yes, "repository"), "team/app");
  EXPECT_EQ(yes.at("groups").at(0).at("name").as_string(), "Team");
  EXPECT_FALSE(yes.at("steps").as_array().empty());
  EXPECT_TRUE(yes.at("scopeMap").is_null());
  EXPECT_TRUE(yes.at("changes").as_array().empty());
  bool through_group = false;
  for (const auto& one : yes.at("assignments").as_array()) {
    if (text_at(one.as_object(), "outcome") != "allows") continue;
    through_group = true;
    EXPECT_EQ(text_at(one.as_object(), "id"), assignment_id(registry_, kFirst));
    EXPECT_EQ(text_at(one.as_object(), "scope"), registry_);
    EXPECT_EQ(text_at(one.as_object(), "principal.name"), "Team");
    EXPECT_EQ(text_at(one.as_object(), "role.name"), "AcrPull");
    EXPECT_TRUE(one.at("condition").is_null());
  }
  EXPECT_TRUE(through_group);
  const json::object no =
      explain(R"({"principal":"o'hara@example.test","action":"push","repository":"team/app"})");
  EXPECT_EQ(text_at(no, "verdict"), "denyPermission");
  ASSERT_FALSE(no.at("changes").as_array().empty());
  const std::string changes = json::serialize(no.at("changes"));
  EXPECT_EQ(changes.find("{principal}"), std::string::npos);
  EXPECT_NE(changes.find(R"(o'\\''hara@example.test)"), std::string::npos) << changes;
}

TEST_F(Questions, AConditionIsShownPartByPart) {
  ok(kPatch, registry_, R"({"properties":{"roleAssignmentMode":"AbacRepositoryPermissions"}})");
  assign(policy::kRepositoryReaderRole, registry_, kFirst, kAlice,
         "@Request[Microsoft.ContainerRegistry/registries/repositories:name] "
         "StringStartsWith 'team/' AND @Environment[isPrivateLink] BoolEquals true");
  const json::object out =
      explain(R"({"principal":"o'hara@example.test","action":"pull","repository":"team/app"})");
  EXPECT_EQ(text_at(out, "mode"), "AbacRepositoryPermissions");
  const auto& one = out.at("assignments").at(0);
  EXPECT_EQ(one.at("outcome").as_string(), "condition");
  ASSERT_EQ(one.at("evaluation").at("parts").as_array().size(), 2U);
  EXPECT_EQ(one.at("evaluation").at("parts").at(0).at("truth").as_string(), "true");
  const std::string endpoint = group_ + "/providers/Microsoft.Network/privateEndpoints/e";
  EXPECT_TRUE(true_at(explain(R"({"principal":"o'hara@example.test","action":"pull",)"
                              R"("repository":"team/app","from":"10.0.0.4","privateEndpoint":")" +
                              endpoint + "\"}"),
                      "allowed"));
}

TEST_F(Questions, PrincipalsAreFoundByWhatPeopleCallThem) {
  EXPECT_EQ(rule("owner"), "owner");  // the caller
  EXPECT_EQ(rule("o'hara@example.test"), "role-assignment");
  EXPECT_EQ(rule("team1"), "admin-user");
  EXPECT_NE(rule("anonymous"), "");
  ok(kPut, registry_ + "/tokens/reader",
     R"({"properties":{"scopeMapId":")" + registry_ + R"(/scopeMaps/_repositories_pull"}})");
  ok(kPost, registry_ + "/generateCredentials",
     R"({"tokenId":")" + registry_ + R"(/tokens/reader"})");
  EXPECT_EQ(rule("token:Reader"), "scope-map");
  EXPECT_EQ(rule("reader"), "scope-map");
  const json::object token =
      explain(R"({"principal":"token:reader","action":"push","repository":"a"})");
  EXPECT_EQ(text_at(token, "scopeMap.name"), "_repositories_pull");
  EXPECT_EQ(token.at("scopeMap").at("rules").at(0).at("action").as_string(), "content/read");
  for (const char* nobody : {"x", "token:x", "group:Team", kTeam}) {
    EXPECT_EQ(refusal(question("explainAccess", R"({"action":"catalog","principal":")" +
                                                    std::string(nobody) + "\"}")),
              "PrincipalNotFound")
        << nobody;
  }
}

TEST_F(Questions, EverybodyMayAskAboutThemselvesOnly) {
  const std::string self = R"({"action":"pull","repository":"a"})";
  const std::string named =
      R"({"action":"pull","repository":"a","principal":"ALICE@example.test"})";
  const std::string other = R"({"action":"pull","repository":"a","principal":"anonymous"})";
  EXPECT_EQ(text_at(ok(as_alice(question("explainAccess", self))), "rule"), "role-assignment");
  EXPECT_EQ(text_at(ok(as_alice(question("explainAccess", named))), "principal.id"), kAlice);
  const std::string mode = R"({"roleAssignmentMode":"AbacRepositoryPermissions"})";
  const auto asked = [&] {
    return std::vector{refusal(as_alice(question("explainAccess", other))),
                       refusal(as_alice(question("listAccess", self))),
                       refusal(as_alice(question("previewPermissionsMode", mode)))};
  };
  EXPECT_EQ(asked(), std::vector<std::string>(3, "AuthorizationFailed"));
  assign(policy::kReaderRole, registry_, kFirst);
  EXPECT_EQ(asked(), std::vector<std::string>(3, ""));
  // What is not there is not told from what is not theirs.
  registry_ = registries_ + "nothere";
  EXPECT_EQ(refusal(as_alice(question("explainAccess", self))), "AuthorizationFailed");
  EXPECT_EQ(refusal(question("explainAccess", self)), "ResourceNotFound");
  EXPECT_EQ(refusal(question("listAccess", self)), "ResourceNotFound");
}

TEST_F(Questions, WhatIsElsewhereIsForThoseWhoMayReadIt) {
  // Alice asks about herself: what her group holds in another registry is not hers to know.
  assign(policy::kAcrPullRole, registries_ + "default", kFirst, kTeam);
  assign(policy::kAcrPushRole, registries_ + "default", kSecond);
  const std::string self = R"({"action":"pull","repository":"a"})";
  const auto shown = [](const json::object& answer) {
    std::vector<std::string> out;
    for (const auto& one : answer.at("assignments").as_array()) {
      out.emplace_back(std::string(text_at(one.as_object(), "role.name")));
    }
    std::ranges::sort(out);
    return out;
  };
  EXPECT_EQ(shown(ok(as_alice(question("explainAccess", self)))),
            std::vector<std::string>{"AcrPush"});
  const std::string about =
      R"({"action":"pull","repository":"a","principal":"o'hara@example.test"})";
  EXPECT_EQ(shown(ok(question("explainAccess", about))),
            (std::vector<std::string>{"AcrPull", "AcrPush"}));
}

TEST_F(Questions, BodiesAreStrict) {
  const std::pair<const char*, const char*> rows[] = {
      {R"({"action":"pull","repository":"a","x":1})", "x"},
      {R"({"repository":"a"})", "action"},
      {R"({"action":7})", "action"},
      {R"({"action":"eat","repository":"a"})", "action"},
      {R"({"action":"pull"})", "repository"},
      {R"({"action":"catalog","repository":"a"})", "repository"},
      {R"({"action":"pull","repository":"A"})", "repository"},
      {R"({"action":"catalog","from":"10.0.0"})", "from"},
      {R"({"action":"catalog","from":["10.0.0.1"]})", "from"},
      {R"({"action":"catalog","subnet":"x"})", "subnet"},
      {R"({"action":"catalog","at":"tomorrow"})", "at"},
      {R"({"action":"catalog","principal":""})", "principal"},
  };
  for (const auto& [body, target] : rows) {
    const auto answer = ask(question("explainAccess", body));
    ASSERT_FALSE(answer) << body;
    EXPECT_EQ(answer.error().exact_code, "InvalidRequestContent") << body;
    ASSERT_FALSE(answer.error().details.empty()) << body;
    EXPECT_EQ(answer.error().details[0].value, target) << body;
  }
  EXPECT_EQ(refusal(question("previewPermissionsMode", R"({"roleAssignmentMode":"Both"})")),
            "InvalidRequestContent");
  EXPECT_EQ(refusal(request(kGet, registry_ + "/explainAccess")), code_row(Code::kUnsupported).arm);
}

TEST_F(Questions, WhoCanAndWhatASwitchChanges) {
  assign(policy::kAcrPullRole, registry_, kFirst, kTeam);
  const json::object who =
      ok(question("listAccess", R"({"action":"pull","repository":"a","from":"203.0.113.5"})"));
  EXPECT_FALSE(true_at(who, "truncated"));
  std::vector<std::string> kinds;
  for (const auto& one : who.at("value").as_array()) {
    kinds.emplace_back(std::string(text_at(one.as_object(), "kind")) + " " +
                       std::string(text_at(one.as_object(), "name")));
  }
  std::ranges::sort(kinds);
  EXPECT_EQ(kinds, (std::vector<std::string>{"Group Team", "User o'hara@example.test"}));
  const json::object preview = ok(
      question("previewPermissionsMode", R"({"roleAssignmentMode":"abacrepositorypermissions"})"));
  EXPECT_EQ(text_at(preview, "from"), "LegacyRegistryPermissions");
  EXPECT_EQ(text_at(preview, "to"), "AbacRepositoryPermissions");
  bool loses = false;
  for (const auto& one : preview.at("value").as_array()) {
    loses = loses || (text_at(one.as_object(), "principal.name") == "Team" &&
                      text_at(one.as_object(), "action") == "pull" &&
                      text_at(one.as_object(), "effect") == "loses");
  }
  EXPECT_TRUE(loses) << json::serialize(preview);
}

}  // namespace
}  // namespace berth::control
