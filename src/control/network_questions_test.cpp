// previewNetwork and listEndpoints, and what explainAccess tells of the network. What a preview
// says is explain/'s own business.
#include "control/network_testing.h"

namespace berth::control {
namespace {

using enum Method;

class NetworkQuestions : public NetworkFixture {
 protected:
  NetworkQuestions() {
    options_.find_principal = [](const std::string& text) -> Result<policy::Principal> {
      if (text != "bob@example.test") return fail(Code::kInvalidRequest, "Nobody.");
      policy::Principal bob;
      bob.kind = policy::PrincipalKind::kUser;
      bob.id = kBob;
      bob.name = text;
      bob.credential = "bob-1";
      return bob;
    };
    start();
  }
  Request preview(const std::string& body) const {
    return request(kPost, registry_ + "/previewNetwork", body);
  }
  static std::string closing(const std::string& callers) {
    return R"({"properties":{"networkRuleSet":{"defaultAction":"Deny",)"
           R"("ipRules":[{"value":"203.0.113.0/24"}]}},"callers":[)" +
           callers + "]}";
  }
};

TEST_F(NetworkQuestions, APreviewSaysWhoWouldBeLockedOut) {
  const json::object closed = ok(
      preview(closing(R"({"address":"203.0.113.9"},{"address":"198.51.100.7","repository":"a"})")));
  EXPECT_EQ(json::serialize(closed.at("lockedOut").at(0).at("caller")),
            R"({"address":"198.51.100.7","repository":"a"})");
  EXPECT_FALSE(closed.at("lockedOut").at(0).at("self").as_bool());
  EXPECT_EQ(json::serialize(closed.at("lockedOut").at(0).at("before")),
            R"({"allowed":true,"rule":"default-action","reason":""})");
  EXPECT_EQ(closed.at("lockedOut").at(0).at("after").at("rule").as_string(), "no-network-rule");
  EXPECT_TRUE(closed.at("letIn").as_array().empty());
  EXPECT_EQ(closed.at("unchanged"), 1);
  EXPECT_EQ(seen(), policy::NetworkRules());  // nothing was written
  patch(R"("defaultAction":"Deny")");
  const json::object open = ok(preview(R"({"properties":{"networkRuleSet":{"defaultAction":)"
                                       R"("Allow"}},"callers":[{"address":"2001:db8::1"}]})"));
  EXPECT_EQ(open.at("letIn").as_array().size(), 1U);
}

TEST_F(NetworkQuestions, ACallerMayAskForItself) {
  const std::string body = R"({"properties":{"publicNetworkAccess":"Disabled"},)"
                           R"("includeCaller":true})";
  assign(policy::kOwnerRole, registry_, "00000000-1111-0000-0000-000000000001");
  const json::object out = ok(as_alice(preview(body)));
  ASSERT_EQ(out.at("lockedOut").as_array().size(), 1U);
  EXPECT_TRUE(out.at("lockedOut").at(0).at("self").as_bool());
  EXPECT_EQ(json::serialize(out.at("lockedOut").at(0).at("caller")),
            R"({"address":"192.0.2.7","identity":"alice@example.test"})");
  EXPECT_EQ(ok(preview(body)).at("unchanged"), 1);  // over the machine's own socket
}

// Alice administers the registry by the endpoint's address, public access being off.
TEST_F(NetworkQuestions, WhatAnEndpointsEndDoesToTheCaller) {
  ok(kPut, endpoints_ + "pe1", endpoint("10.1.2.4"));
  ok(kPatch, registry_, R"({"properties":{"publicNetworkAccess":"Disabled"}})");
  assign(policy::kOwnerRole, registry_, "00000000-1111-0000-0000-000000000001");
  const auto after = [&](const std::string& state, const std::string& more = "") {
    Request asked =
        as_alice(preview(R"({"privateEndpoints":[{"id":")" + endpoints_ + R"(pe1","state":")" +
                         state + "\"" + more + R"(}],"includeCaller":true})"));
    asked.source.destination = "10.1.2.4";
    const json::object out = ok(asked);
    const json::array& lost = out.at("lockedOut").as_array();
    return lost.empty() ? "" : std::string(view(lost[0].at("after").at("rule").as_string()));
  };
  EXPECT_EQ(after("Rejected"), "private-endpoint-rejected");
  EXPECT_EQ(after("Disconnected"), "private-endpoint-disconnected");
  EXPECT_EQ(after("Deleted"), "public-access-disabled");
  EXPECT_EQ(after("Approved"), "");
  const std::string elsewhere = "," + endpoint("10.1.2.9").substr(1);
  EXPECT_EQ(after("Approved", elsewhere.substr(0, elsewhere.size() - 1)), "public-access-disabled");
  EXPECT_EQ(text_at(connection(), "properties.privateLinkServiceConnectionState.status"),
            "Approved");  // nothing was written
}

// Ways count once somebody who may approve the endpoint made it.
TEST_F(NetworkQuestions, WhatAnEndpointThatIsToBeMadeDoesToTheCaller) {
  const std::string body = R"({"privateEndpoints":[{"id":")" + endpoints_ +
                           R"(pe1","state":"Pending",)" + endpoint("10.1.2.4").substr(1) +
                           R"(],"includeCaller":true})";
  const auto lost = [&](Request asked) {
    asked.source.destination = "10.1.2.4";
    return ok(asked).at("lockedOut").as_array().size();
  };
  assign(policy::kReaderRole, registry_, "00000000-1111-0000-0000-000000000001");
  EXPECT_EQ(lost(as_alice(preview(body))), 0U);
  assign(policy::kOwnerRole, registry_, "00000000-1111-0000-0000-000000000002");
  EXPECT_EQ(lost(as_alice(preview(body))), 1U);
}

TEST_F(NetworkQuestions, RulesForProxiesAreToldToWhoMayWriteThem) {
  options_.proxies = {*IpPrefix::parse("10.30.0.0/24")};
  start();
  const std::string body = R"({"properties":{"networkRuleSet":{"ipRules":[{"value":"10.30.0.10"},)"
                           R"({"value":"10.30.0.0/16"},{"value":"192.0.2.1"}]}}})";
  EXPECT_EQ(json::serialize(ok(preview(body)).at("rulesForProxies")), R"(["10.30.0.10"])");
  assign(policy::kReaderRole, registry_, "00000000-1111-0000-0000-000000000001");
  EXPECT_EQ(json::serialize(ok(as_alice(preview(body))).at("rulesForProxies")), "[]");
}

TEST_F(NetworkQuestions, IdentitiesNeedTheRightToReadAssignments) {
  const std::string first = "00000000-1111-0000-0000-000000000001",
                    second = "00000000-1111-0000-0000-000000000002";
  const std::string body =
      closing(R"({"address":"198.51.100.7","identity":"bob@example.test","action":"sign-in"})");
  EXPECT_EQ(refusal(as_alice(preview(body))), "AuthorizationFailed");
  ok(kPut, sub_ + "/providers/Microsoft.Authorization/roleDefinitions/" + first,
     R"({"properties":{"roleName":"Looks","assignableScopes":[")" + sub_ +
         R"("],"permissions":[{"actions":["Microsoft.ContainerRegistry/registries/read"]}]}})");
  assign(first, registry_, second);
  EXPECT_EQ(refusal(as_alice(preview(closing(R"({"address":"198.51.100.7"})")))), "");
  EXPECT_NE(message(as_alice(preview(body))).find("roleAssignments/read"), std::string::npos);
  assign(policy::kReaderRole, registry_, "00000000-1111-0000-0000-000000000003");
  EXPECT_EQ(refusal(as_alice(preview(body))), "");
  assign(policy::kAcrPullRole, registry_, "00000000-1111-0000-0000-000000000004", kBob);
  EXPECT_EQ(ok(preview(body)).at("lockedOut").as_array().size(), 1U);
  const std::string rule = R"({"properties":{"networkRuleSet":{)" + subnet_rule() + "}}}";
  EXPECT_EQ(refusal(as_alice(preview(rule))), "AuthorizationFailed");  // as the write
  EXPECT_EQ(refusal(preview(rule)), "");
}

TEST_F(NetworkQuestions, WhatIsWrongIsSaid) {
  std::string many = "{}";
  for (int i = 0; i < 10'000; ++i) many += ",{}";
  const struct {
    std::string body, code, message;
  } cases[] = {
      {"{}", "InvalidRequestContent", "'properties' is required"},
      {R"({"properties":{"adminUserEnabled":true}})", "InvalidRequestContent", "adminUserEnabled"},
      {R"({"properties":{"networkRuleSet":{"ipRules":[{"value":"x"}]}}})", "InvalidPropertyValue",
       "not 'x'"},
      {closing("{}"), "InvalidRequestContent", "'callers[0].address' is required"},
      {closing(R"({"address":"x"})"), "InvalidRequestContent",
       "'callers[0].address' must be an IP address, not 'x'"},
      {closing(R"({"address":"::1","action":"dance"})"), "InvalidRequestContent", "dance"},
      {closing(R"({"address":"::1","action":"pull"})"), "InvalidRequestContent",
       "'callers[0].repository' is required for the action 'pull'"},
      {closing(R"({"address":"::1","action":"catalog","repository":"a"})"), "InvalidRequestContent",
       "has no meaning for the action 'catalog'"},
      {closing(R"({"address":"::1","identity":"eve"})"), "PrincipalNotFound", "Nobody."},
      {closing(R"({"address":"::1","colour":"red"})"), "InvalidRequestContent", "'colour'"},
      {closing(many), "InvalidRequestContent", "has 10001 entries; 10000 are allowed"},
      {R"({"privateEndpoints":1})", "InvalidRequestContent", "must be an array"},
      {R"({"privateEndpoints":[{"id":"x"}]})", "InvalidRequestContent",
       "'privateEndpoints[0].id' must be the id of a private endpoint"},
      {R"({"privateEndpoints":[{"id":")" + endpoints_ + R"(pe1","state":"Lost"}]})",
       "InvalidRequestContent", "Rejected, Disconnected, Deleted"},
      {R"({"privateEndpoints":[{"id":")" + endpoints_ + R"(pe1","state":"Rejected"}]})",
       "InvalidRequestContent", "names no private endpoint of the registry"},
  };
  for (const auto& [body, code, text] : cases) {
    EXPECT_EQ(refusal(preview(body)), code) << body.substr(0, 200);
    EXPECT_NE(message(preview(body)).find(text), std::string::npos) << message(preview(body));
  }
  EXPECT_EQ(refusal(kPost, registries_ + "nothere/previewNetwork", "{}"), "ResourceNotFound");
}

TEST_F(NetworkQuestions, AllEndpointsAreListed) {
  options_.https_port = 8443;
  start();
  const auto faces = [&] {
    std::string out;
    const json::object answer = ok(kPost, registry_ + "/listEndpoints");
    for (const json::value& one : answer.at("value").as_array()) {
      out += std::string(view(one.at("face").as_string())) + "=" +
             std::string(view(one.at("host").as_string())) + ":" +
             std::to_string(one.at("port").as_int64()) + " ";
    }
    return out;
  };
  EXPECT_EQ(faces(),
            "registry=team1.example.test:8443 management=management.example.test:8443 "
            "login=login.example.test:8443 graph=graph.example.test:8443 ");
  ok(kPut, endpoints_ + "pe1", endpoint("", addresses("10.1.2.4", "10.1.2.5")));
  EXPECT_NE(faces().find("data=team1.local.data.example.test:8443"), std::string::npos);
  const json::object all = ok(kPost, registry_ + "/listEndpoints");
  EXPECT_EQ(json::serialize(all.at("value").at(1).at("privateAddresses")),
            R"([{"address":"10.1.2.5","privateEndpoint":")" + endpoints_ + R"(pe1","subnet":")" +
                ends_ + "\"}]");
  EXPECT_EQ(json::serialize(all.at("value").at(0).at("addresses")), R"(["203.0.113.10"])");
  EXPECT_EQ(refusal(as_alice(request(kPost, registry_ + "/listEndpoints"))), "AuthorizationFailed");
  options_.domain.clear();
  start();
  registry_ = registries_ + "default";
  EXPECT_EQ(faces(), "registry=localhost:5000 ");
}

TEST_F(NetworkQuestions, AnExplanationShowsTheWay) {
  patch(R"("defaultAction":"Deny","ipRules":[{"value":"203.0.113.0/24"}])");
  const auto network = [&](const std::string& way) {
    return ok(kPost, registry_ + "/explainAccess",
              R"({"action":"pull","repository":"a",)" + way + "}")
        .at("network")
        .as_object();
  };
  const json::object rule = network(R"("from":"203.0.113.9","listener":"private")");
  EXPECT_EQ(text_at(rule, "address"), "203.0.113.9");
  EXPECT_EQ(text_at(rule, "listener"), "private");
  EXPECT_EQ(text_at(rule, "ipRule"), "203.0.113.0/24");
  EXPECT_TRUE(rule.at("privateEndpoint").is_null());
  EXPECT_TRUE(rule.at("only").as_array().empty());
  EXPECT_EQ(text_at(network(R"("from":"10.1.1.9")"), "subnet"), lower(hosts_));
  ok(kPut, endpoints_ + "pe1", endpoint("10.1.2.4"));
  for (const char* way :
       {R"("destination":"10.1.2.4")", R"("from":"10.9.9.9","destination":"10.1.2.4")"}) {
    EXPECT_EQ(text_at(network(way), "privateEndpoint"), lower(endpoints_ + "pe1"));
    EXPECT_EQ(text_at(network(way), "endpointState"), "Approved");
  }
  EXPECT_EQ(
      text_at(network(R"("from":"10.9.9.9","link":"aws:vpce-1","clientCa":"partner")"), "link"),
      "aws:vpce-1");
  EXPECT_EQ(text_at(network(R"("from":"203.0.113.9","listener":"https")"), "listener"), "https");
}

TEST_F(NetworkQuestions, NamesThatNothingHasAreRefused) {
  const auto asked = [&](const std::string& way) {
    return request(kPost, registry_ + "/explainAccess",
                   R"({"action":"catalog","from":"203.0.113.9",)" + way + "}");
  };
  const std::string nope = R"("listener":"nope")", nobody = R"("clientCa":"nobody")";
  EXPECT_EQ(refusal(asked(nope)), "InvalidRequestContent");
  EXPECT_NE(message(asked(nope))
                .find("'listener' must be the name of a [[listener]] of the "
                      "server's configuration (private, other), not 'nope'"),
            std::string::npos)
      << message(asked(nope));
  EXPECT_NE(message(asked(nobody)).find("client_cas of a [[listener]] (partner), not 'nobody'"),
            std::string::npos)
      << message(asked(nobody));
  const Request previewed = preview(closing(R"({"address":"203.0.113.9",)" + nope + "}"));
  EXPECT_NE(message(previewed).find("'callers[0].listener' must be"), std::string::npos);
  options_.listeners.clear();
  start();
  EXPECT_NE(message(asked(nope)).find("(there is none)"), std::string::npos);
}

TEST_F(NetworkQuestions, BerthsOwnCommandsHaveTheNameIfOnlyOneIsCalledSo) {
  bool alone = true;
  std::string name = "ci";
  options_.principal_name = [&](const std::string& id) { return id == kBob ? name : ""; };
  options_.find_principal = [&](const std::string& text) -> Result<policy::Principal> {
    if (text != kBob && (text != name || !alone)) return fail(Code::kInvalidRequest, "Nobody.");
    policy::Principal program;
    program.kind = policy::PrincipalKind::kServicePrincipal;
    program.id = kBob;
    program.credential = "bob-1";
    return program;
  };
  start();
  assign(policy::kAcrPullRole, registry_, "00000000-1111-0000-0000-000000000001", kBob);
  patch(R"("defaultAction":"Deny",)" + subnet_rule(R"(,"serviceKinds":["vm"])"));
  const auto commands = [&] {
    return json::serialize(ok(request(kPost, registry_ + "/explainAccess",
                                      R"({"action":"pull","repository":"a","from":"10.1.1.9",)"
                                      R"("principal":")" +
                                          std::string(kBob) + "\"}"))
                               .at("changes"));
  };
  EXPECT_NE(commands().find("berth sp update ci --service-kind"), std::string::npos) << commands();
  const std::string by_id = "berth sp update " + std::string(kBob) + " --service-kind";
  name = "--yes";
  EXPECT_NE(commands().find(by_id), std::string::npos) << commands();
  name = "ci";
  alone = false;
  EXPECT_NE(commands().find(by_id), std::string::npos) << commands();
}

}  // namespace
}  // namespace berth::control
