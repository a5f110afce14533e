// The network properties of a registry.
#include "control/network_testing.h"

namespace berth::control {
namespace {

using enum Method;

class NetworkRules : public NetworkFixture {
 protected:
  std::string ip_rules(const json::object& registry) {
    return json::serialize(registry.at("properties").at("networkRuleSet").at("ipRules"));
  }
  std::string later() const { return to_rfc3339(clock_.now() + std::chrono::hours(1)); }
};

TEST_F(NetworkRules, ARegistryIsOpenUntilItIsClosed) {
  const json::object made = ok(kGet, registry_);
  EXPECT_EQ(json::serialize(made.at("properties").at("networkRuleSet")),
            R"({"defaultAction":"Allow","ipRules":[],"virtualNetworkRules":[]})");
  EXPECT_EQ(seen(), policy::NetworkRules());
  ok(kPatch, registry_,
     R"({"properties":{"publicNetworkAccess":"disabled","networkRuleBypassOptions":"None",)"
     R"("networkRuleBypassAllowedForTasks":true,"networkRuleSet":{"defaultAction":"Deny"}}})");
  policy::NetworkRules wanted;
  wanted.public_access = wanted.default_allow = wanted.bypass = false;
  wanted.bypass_for_tasks = true;
  EXPECT_EQ(seen(), wanted);
  // A client that knows none of it does not open it.
  ok(kPut, registry_, R"({"location":"local","sku":{"name":"Premium"}})");
  EXPECT_EQ(seen(), wanted);
  start();
  EXPECT_EQ(seen(), wanted);
  ok(kPatch, registry_,
     R"({"properties":{"publicNetworkAccess":null,"networkRuleBypassOptions":null,)"
     R"("networkRuleBypassAllowedForTasks":null,"networkRuleSet":null}})");
  EXPECT_EQ(seen(), policy::NetworkRules());
}

TEST_F(NetworkRules, AddressesAreStoredInOneSpelling) {
  struct {
    const char *given, *stored;
  } const cases[] = {{"203.0.113.9", "203.0.113.9"},
                     {"203.0.113.9/32", "203.0.113.9"},
                     {"203.0.113.9/24", "203.0.113.0/24"},
                     {"10.0.0.0/8", "10.0.0.0/8"},
                     {"2001:DB8::1/128", "2001:db8::1"},
                     {"2001:db8:0::/48", "2001:db8::/48"},
                     {"0.0.0.0/0", "0.0.0.0/0"}};
  for (const auto& [given, stored] : cases) {
    for (const char* member : {"value", "ipAddressOrRange"}) {
      const json::object now = patch(std::string(R"("ipRules":[{")") + member + R"(":")" + given +
                                     R"(","action":"allow"}])");
      EXPECT_EQ(ip_rules(now), std::string(R"([{"action":"Allow","value":")") + stored + "\"}]");
    }
  }
  const json::object merged =
      patch(R"("ipRules":[{"value":"10.0.0.0/24"},{"value":"10.0.0.7"},{"value":"10.0.0.9/24"}])");
  EXPECT_EQ(ip_rules(merged),
            R"([{"action":"Allow","value":"10.0.0.0/24"},{"action":"Allow","value":"10.0.0.7"}])");
  EXPECT_EQ(seen().ip_rules.size(), 2U);
  patch(R"("defaultAction":"Deny")");
  EXPECT_EQ(seen().ip_rules.size(), 2U);
}

TEST_F(NetworkRules, WrongRulesAreRefused) {
  const std::string value = R"("value":"10.0.0.1")";
  struct {
    std::string rule, code, message;
  } const cases[] = {
      {R"("10.0.0.1")", "InvalidRequestContent",
       "'properties.networkRuleSet.ipRules[0]' must be "
       "an object"},
      {"{" + value + R"(,"port":1})", "InvalidRequestContent", "could not find member 'port'"},
      {"{" + value + R"(,"action":"Deny"})", "InvalidPropertyValue", "must be Allow"},
      {R"({"value":"10.0.0.1-10.0.0.9"})", "InvalidPropertyValue",
       "must be an IPv4 or IPv6 address or a block of them, as in 203.0.113.0/24, not "
       "'10.0.0.1-10.0.0.9'"},
      {R"({"value":"10.0.0.1/33"})", "InvalidPropertyValue", "not '10.0.0.1/33'"},
      {"{}", "InvalidPropertyValue", "not ''"},
      {"{" + value + R"(,"expiresOn":"tomorrow"})", "InvalidPropertyValue",
       "must be a time, as in 2030-01-31T12:00:00Z"},
      {"{" + value + R"(,"expiresOn":"1969-01-01T00:00:00Z"})", "InvalidPropertyValue",
       "is in the past (1969-01-01T00:00:00Z); it is "},
  };
  for (const auto& [rule, code, text] : cases) {
    const std::string body = rules(R"("ipRules":[)" + rule + "]");
    EXPECT_EQ(refusal(kPatch, registry_, body), code) << rule;
    EXPECT_NE(message(kPatch, registry_, body).find(text), std::string::npos)
        << message(kPatch, registry_, body);
  }
  EXPECT_EQ(patch_refusal(R"("ipRules":"10.0.0.1")"), "InvalidPropertyValue");
  EXPECT_EQ(patch_refusal(R"("defaultAction":"Maybe")"), "InvalidPropertyValue");
}

TEST_F(NetworkRules, ARuleEndsByItself) {
  const std::string end = later();
  const std::string with_end =
      R"({"action":"Allow","value":"10.0.0.1","expiresOn":")" + end + "\"}";
  const std::string without = R"({"action":"Allow","value":"10.0.0.1"})";
  EXPECT_EQ(ip_rules(patch(R"("ipRules":[)" + with_end + "]")), "[" + with_end + "]");
  ASSERT_EQ(seen().ip_rules.size(), 1U);
  EXPECT_GT(seen().ip_rules[0].expires, to_micros(clock_.now()));
  // As az sends it back, also beside another.
  EXPECT_EQ(ip_rules(patch(R"("ipRules":[)" + without + "]")), "[" + with_end + "]");
  EXPECT_EQ(ip_rules(patch(R"("ipRules":[{"value":"10.0.0.1","expiresOn":null}])")),
            "[" + without + "]");
  patch(R"("ipRules":[)" + with_end + "]");
  clock_.advance(std::chrono::hours(2));
  EXPECT_EQ(ip_rules(ok(kGet, registry_)), "[" + with_end + "]");  // until the next write
  EXPECT_EQ(ip_rules(ok(kPatch, registry_, R"({"tags":{}})")), "[]");
  EXPECT_EQ(patch_refusal(R"("ipRules":[)" + with_end + "]"), "InvalidPropertyValue");
}

TEST_F(NetworkRules, ARuleThatEndedComesBackOnlyWhenItIsAddedAgain) {
  const std::string with_end =
      R"({"action":"Allow","value":"10.0.0.1","expiresOn":")" + later() + "\"}";
  const std::string without = R"({"action":"Allow","value":"10.0.0.1"})";
  const struct {
    std::string sent, left;
  } cases[] = {{with_end, ""}, {without, ""}, {without + "," + without, without}};
  for (const auto& [sent, left] : cases) {
    const std::string end = later();
    patch(R"("ipRules":[{"value":"10.0.0.1","expiresOn":")" + end + "\"}]");
    std::string now = sent;
    if (const auto at = now.find("expiresOn"); at != std::string::npos) {
      now = R"({"value":"10.0.0.1","expiresOn":")" + end + "\"}";
    }
    clock_.advance(std::chrono::hours(2));
    EXPECT_EQ(ip_rules(patch(R"("ipRules":[)" + now + "]")), "[" + left + "]") << sent;
    patch(R"("ipRules":[])");
  }
}

TEST_F(NetworkRules, QuotasHoldForWhatGrows) {
  const auto some = [](int count) {
    std::string out;
    for (int i = 0; i < count; ++i) {
      out += (i == 0 ? "" : ",") + (R"({"value":"10.0.0.)" + std::to_string(i) + "\"}");
    }
    return R"("ipRules":[)" + out + "]";
  };
  options_.ip_rules = 3;
  options_.virtual_network_rules = 0;
  start();
  patch(some(3));
  EXPECT_EQ(patch_refusal(some(4)), "BadRequestError");
  EXPECT_EQ(message(kPatch, registry_, rules(some(4))),
            "The requested feature IP rule exceeds allowed quota 3 for the SKU Premium.");
  EXPECT_EQ(message(kPatch, registry_, rules(subnet_rule())),
            "The requested feature virtual network rule exceeds allowed quota 0 for the SKU "
            "Premium.");
  options_.ip_rules = 2;
  start();
  patch(some(3));  // was there
  EXPECT_EQ(patch_refusal(some(4)), "BadRequestError");
}

TEST_F(NetworkRules, SubnetsAreNamedInAzuresWays) {
  // Clients read one or the other name.
  const std::string shown = R"([{"action":"Allow","id":")" + hosts_ +
                            R"(","virtualNetworkSubnetResourceId":")" + hosts_ + "\"}]";
  for (const char* member : {"id", "virtualNetworkResourceId", "virtualNetworkSubnetResourceId"}) {
    std::string upper = hosts_;
    upper.replace(upper.find("hosts"), 5, "HOSTS");
    const json::object now = patch(std::string(R"("virtualNetworkRules":[{")") + member + R"(":")" +
                                   upper + R"("},{"id":")" + hosts_ + "\"}]");
    EXPECT_EQ(json::serialize(now.at("properties").at("networkRuleSet").at("virtualNetworkRules")),
              shown);
    patch(R"("virtualNetworkRules":[])");
  }
  EXPECT_TRUE(seen().subnet_rules.empty());
}

TEST_F(NetworkRules, ASubnetRuleMayBeForKindsOfHosts) {
  using enum policy::ServiceKind;
  const auto kinds = [&] { return seen().subnet_rules.at(0).kinds; };
  patch(subnet_rule());
  EXPECT_EQ(kinds(), 0U);
  patch(subnet_rule(R"(,"serviceKinds":["vm","kubernetes"])"));
  EXPECT_EQ(kinds(), policy::kinds_of(kVm) | policy::kinds_of(kKubernetes));
  patch(subnet_rule());  // not mentioned
  ok(kPut, registry_);
  EXPECT_NE(kinds(), 0U);
  patch(subnet_rule(R"(,"serviceKinds":null)"));
  EXPECT_EQ(kinds(), 0U);
  for (const char* wrong : {R"(["tasks"])", "[]", R"(["nonsense"])", R"("vm")", "[1]"}) {
    const std::string body = rules(subnet_rule(std::string(R"(,"serviceKinds":)") + wrong));
    EXPECT_EQ(refusal(kPatch, registry_, body), "InvalidPropertyValue") << wrong;
    EXPECT_NE(message(kPatch, registry_, body).find("null for everybody: vm, kubernetes"),
              std::string::npos);
  }
}

TEST_F(NetworkRules, ASubnetMustBeAServiceEndpoint) {
  const auto rule = [&](const std::string& id) {
    return rules(R"("virtualNetworkRules":[{"id":")" + id + "\"}]");
  };
  EXPECT_EQ(refusal(kPatch, registry_, rule(ends_)), "SubnetsHaveNoServiceEndpointsConfigured");
  EXPECT_EQ(message(kPatch, registry_, rule(ends_)),
            "Subnets ends of virtual network " + networks_ +
                "hub do not have ServiceEndpoints for Microsoft.ContainerRegistry resources "
                "configured. Add Microsoft.ContainerRegistry to subnet's ServiceEndpoints "
                "collection before trying to ACL Microsoft.ContainerRegistry resources to these "
                "subnets.");
  EXPECT_EQ(refusal(kPatch, registry_, rule(networks_ + "hub/subnets/none")),
            "VirtualNetworkRuleValidationFailed");
  EXPECT_EQ(refusal(kPatch, registry_, rule(networks_ + "hub")), "InvalidPropertyValue");
  EXPECT_EQ(refusal(kPatch, registry_, rules(R"("virtualNetworkRules":[{}])")),
            "InvalidPropertyValue");
}

TEST_F(NetworkRules, TheNetworksSubscriptionMustHaveRegisteredTheProvider) {
  const std::string other = "/subscriptions/00000000-0000-0000-0000-000000000009";
  const std::string networks =
      other + "/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/";
  ok(kPut, other, R"({"displayName":"Networks"})");
  ok(kPut, other + "/resourceGroups/net", R"({"location":"local"})");
  ok(kPut, networks + "far", network("10.9.0.0/16"));
  ok(kPut, networks + "far/subnets/hosts", subnet("10.9.1.0/24", true));
  const std::string body =
      rules(R"("virtualNetworkRules":[{"id":")" + networks + R"(far/subnets/hosts"}])");
  EXPECT_EQ(refusal(kPatch, registry_, body), "VirtualNetworkRuleValidationFailed");
  EXPECT_EQ(message(kPatch, registry_, body),
            "Failed to save firewall and virtual network settings for container registry 'team1'. "
            "Error: Could not validate network rule - The client 'owner' with object id 'owner' "
            "does not have authorization to perform action 'Microsoft.Network/virtualNetworks/"
            "taggedTrafficConsumers/validate/action' over scope '" +
                networks +
                "far/taggedTrafficConsumers/Microsoft.ContainerRegistry' or the scope is invalid. "
                "If access was recently granted, please refresh your credentials. The network's "
                "subscription has not registered the resource provider; run: az provider register "
                "--namespace Microsoft.ContainerRegistry --subscription "
                "00000000-0000-0000-0000-000000000009");
  ok(kPost, other + "/providers/Microsoft.ContainerRegistry/register");
  ok(kPatch, registry_, body);
  ok(kPost, other + "/providers/Microsoft.ContainerRegistry/unregister");
  ok(kPatch, registry_, body);  // what is there stays
}

TEST_F(NetworkRules, WhoNamesASubnetNeedsARightOnIt) {
  assign(policy::kContributorRole, registry_, "00000000-1111-0000-0000-000000000001");
  const Request add = as_alice(request(kPatch, registry_, rules(subnet_rule())));
  EXPECT_EQ(refusal(add), "AuthorizationFailed");
  EXPECT_NE(message(add).find("subnets/joinViaServiceEndpoint/action"), std::string::npos);
  patch(subnet_rule());
  EXPECT_EQ(refusal(add), "");  // it is there
  patch(R"("virtualNetworkRules":[])");
  assign(policy::kContributorRole, hosts_, "00000000-1111-0000-0000-000000000002");
  EXPECT_EQ(refusal(add), "");
}

// Of 101 rules every one is asked for: which of them the quota would refuse is not looked at first.
TEST_F(NetworkRules, EverySubnetOfALongListIsAskedFor) {
  options_.virtual_network_rules = 0;
  start();
  assign(policy::kContributorRole, registry_, "00000000-1111-0000-0000-000000000001");
  assign(policy::kContributorRole, ends_, "00000000-1111-0000-0000-000000000002");
  const std::string body =
      rules(R"("virtualNetworkRules":[{"id":")" + ends_ + R"("},{"id":")" + hosts_ + "\"}]");
  EXPECT_EQ(refusal(as_alice(request(kPatch, registry_, body))), "AuthorizationFailed");
}

TEST_F(NetworkRules, ADataEndpointThatIsOnByItselfIsNotAskedFor) {
  ok(kPut, endpoints_ + "pe1", endpoint("10.1.2.4"));
  const json::object shown = ok(kGet, registry_);
  EXPECT_TRUE(true_at(shown, "properties.dataEndpointEnabled"));
  EXPECT_TRUE(
      true_at(ok(kPut, registry_, json::serialize(shown)), "properties.dataEndpointEnabled"));
  ok(kDelete, endpoints_ + "pe1");
  EXPECT_FALSE(true_at(ok(kGet, registry_), "properties.dataEndpointEnabled"));
  EXPECT_FALSE(seen().data_endpoint);
}

TEST_F(NetworkRules, TheDataEndpointHasAHost) {
  EXPECT_TRUE(ok(kGet, registry_).at("properties").at("dataEndpointHostNames").as_array().empty());
  const json::object on = ok(kPatch, registry_, R"({"properties":{"dataEndpointEnabled":true}})");
  EXPECT_TRUE(true_at(on, "properties.dataEndpointEnabled"));
  EXPECT_EQ(on.at("properties").at("dataEndpointHostNames").at(0).as_string(),
            "team1.local.data.example.test");
  EXPECT_TRUE(seen().data_endpoint);
  options_.domain.clear();
  start();
  EXPECT_FALSE(true_at(ok(kGet, registry_), "properties.dataEndpointEnabled"));
  EXPECT_EQ(
      refusal(kPatch, registries_ + "default", R"({"properties":{"dataEndpointEnabled":true}})"),
      "DataEndpointNeedsDomain");
}

}  // namespace
}  // namespace berth::control
