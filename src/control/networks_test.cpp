// Virtual networks and subnets, and the subscriptions and registrations around them.
#include <fmt/format.h>

#include "control/network_testing.h"
#include "control/types/network.h"

namespace berth::control {
namespace {

using enum Method;

class Networks : public NetworkFixture {
 protected:
  std::vector<policy::Subnet> declared() {
    const auto subnets = policy_->current()->subnets;
    return subnets ? subnets->all() : std::vector<policy::Subnet>();
  }
  static policy::Subnet declared(const std::string& id, const std::string& block,
                                 const std::string& listener = "") {
    return {lower(id), listener, IpPrefix::parse(block).value()};
  }
};

TEST_F(Networks, ANetworkShowsItsSubnets) {
  const json::object hub = ok(kGet, networks_ + "HUB");
  EXPECT_EQ(text_at(hub, "id"), networks_ + "hub");
  EXPECT_EQ(text_at(hub, "type"), "Microsoft.Network/virtualNetworks");
  EXPECT_EQ(text_at(hub, "location"), "local");
  const json::array& subnets = hub.at("properties").at("subnets").as_array();
  ASSERT_EQ(subnets.size(), 2U);
  EXPECT_EQ(subnets[1], json::value(ok(kGet, hosts_)));
  EXPECT_EQ(text_at(subnets[1].as_object(), "properties.addressPrefix"), "10.1.1.0/24");
  EXPECT_EQ(text_at(subnets[1].as_object(), "properties.provisioningState"), "Succeeded");
  EXPECT_EQ(names(ok(kGet, networks_ + "hub/subnets")),
            (std::vector<std::string>{"ends", "hosts"}));
  EXPECT_EQ(names(ok(kGet, sub_ + "/providers/Microsoft.Network/virtualNetworks")),
            (std::vector<std::string>{"hub"}));
}

TEST_F(Networks, DecisionsKnowTheServiceEndpoints) {
  const std::vector<policy::Subnet> wanted = {declared(hosts_, "10.1.1.0/24")};
  EXPECT_EQ(declared(), wanted);
  start();
  EXPECT_EQ(declared(), wanted);
  ok(kPut, hosts_, subnet("10.1.3.9/24", true, R"(,"ingress":{"listener":"private"})"));
  EXPECT_EQ(declared(), (std::vector{declared(hosts_, "10.1.3.0/24", "private")}));
  ok(kPut, ends_,
     R"({"properties":{"addressPrefixes":["10.1.4.0/24","10.1.5.0/24"],)"
     R"("serviceEndpoints":[{"service":"microsoft.containerregistry","locations":)"
     R"(["*"],"provisioningState":"Succeeded"}]}})");
  EXPECT_EQ(declared().size(), 3U);
  EXPECT_EQ(ok(kGet, ends_).at("properties").at("addressPrefixes").as_array().size(), 2U);
  ok(kPut, ends_, subnet("10.1.4.0/24"));
  ok(kDelete, hosts_);
  EXPECT_TRUE(declared().empty());
}

// As `az network vnet create --subnet-name` and `az network vnet update` send it.
TEST_F(Networks, ANetworkMayBringItsSubnets) {
  const auto with = [](const std::string& subnets) {
    return network("10.2.0.0/16",
                   R"(,"dhcpOptions":{"dnsServers":[]},"enableDdosProtection":false,)"
                   R"("enableVmProtection":false,"subnets":[)" +
                       subnets + "]");
  };
  const std::string one = R"({"name":"a","properties":{"addressPrefix":"10.2.0.0/24",)"
                          R"("privateEndpointNetworkPolicies":"Disabled","delegations":[],)"
                          R"("networkSecurityGroup":null}})";
  const json::object made = ok(kPut, networks_ + "spoke", with(one));
  ASSERT_EQ(made.at("properties").at("subnets").as_array().size(), 1U);
  const json::object subnet = ok(kGet, networks_ + "spoke/subnets/a");
  EXPECT_EQ(text_at(subnet, "systemData.createdBy"), "owner");
  EXPECT_EQ(ok(kPut, networks_ + "spoke", json::serialize(made)).at("properties"),
            made.at("properties"));
  EXPECT_EQ(ok(kGet, networks_ + "spoke/subnets/a"), subnet);  // not written again
  ok(kPut, networks_ + "spoke", network("10.2.0.0/15"));
  EXPECT_EQ(names(ok(kGet, networks_ + "spoke/subnets")), (std::vector<std::string>{"a"}));
  const std::string two = R"({"name":"b","properties":{"addressPrefix":"10.2.1.0/24"}})";
  ok(kPut, networks_ + "spoke", with(two));
  EXPECT_EQ(names(ok(kGet, networks_ + "spoke/subnets")), (std::vector<std::string>{"b"}));
  EXPECT_EQ(refusal(kPut, networks_ + "spoke", with(two + "," + two)), "InvalidPropertyValue");
  EXPECT_EQ(refusal(kPut, networks_ + "spoke", with(R"({"properties":{}})")),
            "InvalidPropertyValue");
  start();
  EXPECT_EQ(names(ok(kGet, networks_ + "spoke/subnets")), (std::vector<std::string>{"b"}));
}

TEST_F(Networks, SubnetsComeWithTheirRights) {
  const std::string first = "00000000-1111-0000-0000-000000000001";
  ok(kPut, sub_ + "/providers/Microsoft.Authorization/roleDefinitions/" + first,
     R"({"properties":{"roleName":"Spaces","assignableScopes":[")" + sub_ +
         R"("],"permissions":[{"actions":["Microsoft.Network/virtualNetworks/write"]}]}})");
  assign(first, networks_ + "hub", "00000000-1111-0000-0000-000000000002");
  const auto write = [&](const std::string& more) {
    return refusal(as_alice(request(kPut, networks_ + "hub", network("10.1.0.0/16", more))));
  };
  EXPECT_EQ(write(""), "");
  EXPECT_EQ(write(R"(,"subnets":[])"), "AuthorizationFailed");
  EXPECT_EQ(write(R"(,"subnets":[{"name":"c","properties":{"addressPrefix":"10.1.9.0/24"}}])"),
            "AuthorizationFailed");
}

TEST_F(Networks, WhatIsWrongIsSaid) {
  const std::string listener = R"(,"ingress":{"listener":"nowhere"})";
  const struct {
    std::string path, body, code, message;
  } cases[] = {
      {"x/subnets/a", subnet("10.1.9.0/24"), "ParentResourceNotFound", "'x' not found"},
      {"hub/subnets/-a", subnet("10.1.9.0/24"), "InvalidResourceName",
       "must begin with a letter or digit"},
      {"hub/subnets/a", subnet("10.2.0.0/24"), "NetcfgInvalidSubnet",
       "Subnet 'a' is not valid in virtual network 'hub': 10.2.0.0/24 lies outside its address "
       "space, 10.1.0.0/16."},
      {"hub/subnets/a", subnet("10.1.1.128/25"), "NetcfgSubnetRangesOverlap",
       "existing subnet in virtual network 'hub': 'hosts'."},
      {"hub/subnets/a", subnet("ten"), "InvalidPropertyValue", "'ten' is no block of addresses"},
      {"hub/subnets/a", "{}", "InvalidPropertyValue", "A subnet needs 'properties.addressPrefix'"},
      {"hub/subnets/a", subnet("10.1.9.0/24", false, listener), "InvalidPropertyValue",
       "must be the name of a [[listener]] of the server's configuration (private, other), not "
       "'nowhere'."},
      {"hub/subnets/a",
       subnet("10.1.9.0/24", false, R"(,"serviceEndpoints":[{"service":"Microsoft.Sql"}])"),
       "FeatureNotAvailable", "The service endpoint 'Microsoft.Sql'"},
      {"hub/subnets/a", subnet("10.1.9.0/24", false, R"(,"routeTable":{"id":"/x"})"),
       "FeatureNotAvailable", "Route tables"},
      {"y", network("none"), "InvalidPropertyValue", "'none' is no block of addresses"},
      {"y", network(R"(10.0.0.0/8","10.1.0.0/16)"), "InvalidPropertyValue",
       "10.0.0.0/8 and 10.1.0.0/16 overlap"},
      {"y", R"({"properties":{"addressSpace":{"addressPrefixes":[]}}})", "InvalidPropertyValue",
       "has 0 blocks; it must have 1 to 100"},
      {"hub", network("10.1.1.0/24"), "NetcfgInvalidSubnet", "10.1.2.0/24 lies outside"},
  };
  for (const auto& [path, body, code, text] : cases) {
    EXPECT_EQ(refusal(kPut, networks_ + path, body), code) << path << body;
    EXPECT_NE(message(kPut, networks_ + path, body).find(text), std::string::npos)
        << message(kPut, networks_ + path, body);
  }
}

TEST_F(Networks, AnAddressTellsItsSubnet) {
  ok(kPut, networks_ + "twin", network("10.1.0.0/16"));
  const std::string path = networks_ + "twin/subnets/hosts";
  EXPECT_EQ(refusal(kPut, path, subnet("10.1.1.16/28", true)), "ServiceEndpointSubnetsOverlap");
  EXPECT_EQ(message(kPut, path, subnet("10.1.1.16/28", true)),
            "The service-endpoint subnets '" + path + "' and '" + lower(hosts_) +
                "' both hold 10.1.1.16/28: an address must tell which one it is in. Give each of "
                "them a properties.ingress.listener of its own, the [[listener]] that its clients "
                "connect to.");
  const auto with = [](const char* listener) {
    return subnet("10.1.1.0/24", true, at_listener(listener));
  };
  // Alone with a listener it would take the addresses away from the one without.
  EXPECT_EQ(refusal(kPut, path, with("private")), "ServiceEndpointSubnetsOverlap");
  ok(kPut, hosts_, with("other"));
  EXPECT_EQ(refusal(kPut, path, subnet("10.1.1.16/28", true)), "ServiceEndpointSubnetsOverlap");
  ok(kPut, path, with("private"));
  ok(kPut, networks_ + "third", network("10.0.0.0/8"));
  for (const char* listener : {"private", "other"}) {
    EXPECT_EQ(refusal(kPut, networks_ + "third/subnets/a", with(listener)),
              "ServiceEndpointSubnetsOverlap");
  }
  ok(kPut, networks_ + "third/subnets/a", subnet("10.1.1.0/24"));
  EXPECT_EQ(refusal(kPut, networks_ + "third/subnets/b", subnet("10.1.1.0/25")),
            "NetcfgSubnetRangesOverlap");
}

TEST_F(Networks, AListenerIsTheOperators) {
  ok(kPut, networks_ + "spoke", network("10.2.0.0/16"));
  const std::string path = networks_ + "spoke/subnets/a", first = "10.2.1.0/24",
                    private_one = at_listener("private");
  assign(policy::kContributorRole, sub_, "00000000-1111-0000-0000-000000000001");
  const auto as_owner = [&](Method method, const std::string& body) {
    return refusal(as_alice(request(method, path, body)));
  };
  const auto in_list = [&](const std::string& body) {
    return refusal(as_alice(
        request(kPut, networks_ + "spoke",
                network("10.2.0.0/16", R"(,"subnets":[{"name":"a",)" + body.substr(1) + "]"))));
  };
  const Request make = as_alice(request(kPut, path, subnet(first, true, private_one)));
  EXPECT_EQ(refusal(make), "AuthorizationFailed");
  EXPECT_NE(message(make).find("'Microsoft.Network/virtualNetworks/subnets/write' over scope '/'"),
            std::string::npos)
      << message(make);
  EXPECT_EQ(in_list(subnet(first, true, private_one)), "AuthorizationFailed");
  EXPECT_EQ(as_owner(kPut, subnet(first, true)), "");
  ok(kPut, path, subnet(first, true, private_one));
  // Written back it is no change; made larger it is one, whether it names the listener or not.
  for (const std::string& more : {private_one, std::string()}) {
    EXPECT_EQ(as_owner(kPut, subnet(first, true, more)), "");
    EXPECT_EQ(in_list(subnet(first, true, more)), "");
    EXPECT_EQ(as_owner(kPut, subnet("10.2.0.0/16", true, more)), "AuthorizationFailed");
    EXPECT_EQ(in_list(subnet("10.2.0.0/16", true, more)), "AuthorizationFailed");
  }
  EXPECT_EQ(as_owner(kPut, subnet(first, true, R"(,"ingress":null)")), "");
  EXPECT_EQ(declared().back(), declared(path, first));
  EXPECT_EQ(refusal(as_alice(request(kDelete, path))), "");
}

// Who may write networks of his own takes no address that others come from.
TEST_F(Networks, AddressesOfTheWorldAreTheOperators) {
  ok(kPut, networks_ + "wide", network(R"(0.0.0.0/0","::/0)"));
  const std::string path = networks_ + "wide/subnets/a";
  assign(policy::kContributorRole, sub_, "00000000-1111-0000-0000-000000000001");
  const auto as_contributor = [&](const std::string& body) {
    return refusal(as_alice(request(kPut, path, body)));
  };
  for (const char* block :
       {"10.0.0.0/8", "172.31.0.0/16", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8",
        "169.254.0.0/16", "fc00::/7", "fd00:1::/64", "fe80::/10", "::1", "10.7.0.0/16"}) {
    EXPECT_EQ(as_contributor(subnet(block)), "") << block;
    if (std::string_view(block) == "10.0.0.0/8") continue;  // the fixture has a subnet there
    EXPECT_EQ(as_contributor(subnet(block, true)), "") << block;
  }
  const Request widen = as_alice(request(kPut, path, subnet("128.0.0.0/1", true)));
  for (const char* block :
       {"128.0.0.0/1", "198.51.100.0/28", "9.9.9.9", "10.0.0.0/7", "172.16.0.0/11", "100.64.0.0/9",
        "2001:db8::/48", "fc00::/6", "fe80::/9", "::/127", "0.0.0.0/0", "::/0"}) {
    EXPECT_EQ(as_contributor(subnet(block, true)), "AuthorizationFailed") << block;
    EXPECT_EQ(as_contributor(subnet(block)), "") << block;  // no service endpoint: a name alone
  }
  EXPECT_NE(message(widen).find("'Microsoft.Network/virtualNetworks/subnets/write' over scope '/'"),
            std::string::npos)
      << message(widen);
  const std::string several = R"({"properties":{"addressPrefixes":["10.7.0.0/16","9.9.9.0/24"],)"
                              R"("serviceEndpoints":[{"service":"Microsoft.ContainerRegistry"}]}})";
  EXPECT_EQ(as_contributor(several), "AuthorizationFailed");
  const auto in_list = [&] {
    return refusal(as_alice(request(
        kPut, networks_ + "wide",
        network(R"(0.0.0.0/0","::/0)", R"(,"subnets":[{"name":"a",)" + several.substr(1) + "]"))));
  };
  EXPECT_EQ(in_list(), "AuthorizationFailed");
  ok(kPut, path, several);
  EXPECT_EQ(as_contributor(several), "");  // written back it is no change
  EXPECT_EQ(in_list(), "");
  EXPECT_EQ(as_contributor(subnet("9.9.9.0/25", true)), "AuthorizationFailed");
  EXPECT_EQ(as_contributor(subnet("9.9.9.0/25")), "");
  assign(policy::kContributorRole, "", "00000000-1111-0000-0000-000000000002");
  EXPECT_EQ(as_contributor(subnet("198.51.100.0/28", true)), "");
}

TEST_F(Networks, OthersAreNamedToWhoMayReadThem) {
  patch(subnet_rule());
  ok(kPut, networks_ + "twin", network("10.1.0.0/16"));
  assign(policy::kContributorRole, networks_ + "twin", "00000000-1111-0000-0000-000000000001");
  assign(policy::kContributorRole, hosts_, "00000000-1111-0000-0000-000000000002");
  const Request remove = as_alice(request(kDelete, hosts_)),
                no_service = as_alice(request(kPut, hosts_, subnet("10.1.1.0/24"))),
                twin = as_alice(
                    request(kPut, networks_ + "twin/subnets/a", subnet("10.1.1.0/24", true)));
  EXPECT_NE(message(remove).find("is in use by another resource and"), std::string::npos);
  EXPECT_NE(message(no_service).find("A registry has a virtual-network rule"), std::string::npos);
  EXPECT_NE(message(twin).find("/hosts' both hold"), std::string::npos) << message(twin);
  ok(kDelete, assignment_id(hosts_, "00000000-1111-0000-0000-000000000002"));
  EXPECT_NE(message(twin).find("and another both hold"), std::string::npos) << message(twin);
}

TEST_F(Networks, AThousandSubnetsAndNotOneMore) {
  const auto one = [](int number) {
    return subnet("10.2." + std::to_string(number / 256) + "." + std::to_string(number % 256) +
                  "/32");
  };
  std::string list;
  for (int i = 0; i < 1000; ++i) {
    list += (list.empty() ? "" : ",") + (R"({"name":"s)" + std::to_string(i) + "\",") +
            one(i).substr(1);
  }
  ok(kPut, networks_ + "many", network("10.2.0.0/16", R"(,"subnets":[)" + list + "]"));
  EXPECT_EQ(message(kPut, networks_ + "many/subnets/more", one(1000)),
            "The virtual network 'many' has 1000 subnets, and may not have more.");
  ok(kPut, networks_ + "many/subnets/s999", one(1000));
}

TEST_F(Networks, ServiceEndpointsHoldSoManyBlocks) {
  // Subnets of sixteen blocks, each block an address of 10.2.0.0/16.
  const auto many = [](std::size_t subnets) {
    std::string list;
    for (std::size_t i = 0; i < subnets; ++i) {
      std::string blocks;
      for (std::size_t at = i * 16; at < (i + 1) * 16; ++at) {
        blocks += fmt::format(R"({}"10.2.{}.{}")", at % 16 == 0 ? "" : ",", at / 256, at % 256);
      }
      list += fmt::format(R"({}{{"name":"s{}","properties":{{"addressPrefixes":[{}],)"
                          R"("serviceEndpoints":[{{"service":"Microsoft.ContainerRegistry"}}]}}}})",
                          i == 0 ? "" : ",", i, blocks);
    }
    return network("10.2.0.0/16", R"(,"subnets":[)" + list + "]");
  };
  const std::size_t most = kMaxNetworkBlocks / 16;
  ok(kPut, networks_ + "n", many(most));
  EXPECT_EQ(declared().size(), most * 16 + 1);
  EXPECT_EQ(message(kPut, networks_ + "n", many(most + 1)),
            fmt::format("The service-endpoint subnets of the virtual network 'n' would have {} "
                        "blocks of addresses, and may not have more than {}.",
                        (most + 1) * 16, kMaxNetworkBlocks));
  // Those of others, as many as leave room for one.
  policy_->update([&](policy::Snapshot& snapshot) {
    std::vector<policy::Subnet> all = snapshot.subnets->all();
    for (std::size_t i = all.size() + 1; i < kMaxServiceBlocks; ++i) {
      const auto low = static_cast<std::uint8_t>(i), high = static_cast<std::uint8_t>(i >> 8U);
      all.push_back({"/elsewhere/v/subnets/a", "", {IpAddress::from_v4({11, 0, high, low}), 32}});
    }
    snapshot.subnets = std::make_shared<const policy::Subnets>(std::move(all));
  });
  ok(kPut, hosts_, subnet("10.1.1.0/24", true));  // its own count once
  ok(kPut, ends_, subnet("10.1.2.0/24", true));
  ok(kPut, networks_ + "other", network("10.3.0.0/16"));
  const std::string path = networks_ + "other/subnets/a";
  EXPECT_EQ(message(kPut, path, subnet("10.3.0.0/24", true)),
            fmt::format("The service-endpoint subnets of this server would have {} blocks of "
                        "addresses, and may not have more than {}.",
                        kMaxServiceBlocks + 1, kMaxServiceBlocks));
  ok(kPut, path, subnet("10.3.0.0/24"));
}

TEST_F(Networks, WhatIsUsedStays) {
  patch(subnet_rule());
  const std::string expected =
      "Subnet " + lower(hosts_) + " is in use by " + lower(registry_) + " and cannot be deleted.";
  for (const std::string& path : {hosts_, networks_ + "hub"}) {
    EXPECT_EQ(refusal(kDelete, path), "InUseSubnetCannotBeDeleted");
    EXPECT_NE(message(kDelete, path, "").find(expected), std::string::npos);
  }
  EXPECT_EQ(refusal(kPut, networks_ + "hub", network("10.1.0.0/16", R"(,"subnets":[])")),
            "InUseSubnetCannotBeDeleted");
  EXPECT_EQ(refusal(kPut, hosts_, subnet("10.1.1.0/24")), "ServiceEndpointInUse");
  // In another group: deleting the first one would take the rule's subnet away.
  const std::string other = sub_ + "/resourceGroups/other";
  ok(kPut, other, R"({"location":"local"})");
  const std::string far = other + "/providers/Microsoft.Network/virtualNetworks/far";
  ok(kPut, far, network("10.7.0.0/16"));
  ok(kPut, far + "/subnets/a", subnet("10.7.0.0/24", true));
  patch(R"("virtualNetworkRules":[{"id":")" + far + R"(/subnets/a"}])");
  EXPECT_EQ(refusal(kDelete, other), "InUseSubnetCannotBeDeleted");
  ok(kDelete, hosts_);
  patch(R"("virtualNetworkRules":[])");
  ok(kDelete, other);
  EXPECT_TRUE(declared().empty());
}

TEST_F(Networks, SubscriptionsAreMadeAtTheRoot) {
  const std::string other = "/subscriptions/00000000-0000-0000-0000-000000000009";
  const std::string first = engine_->subscription();
  EXPECT_EQ(refusal(as_alice(request(kPut, other, "{}"))), "AuthorizationFailed");
  assign(policy::kContributorRole, "", "00000000-1111-0000-0000-000000000001");
  ok(as_alice(request(kPut, other, R"({"displayName":"Second"})")));
  EXPECT_EQ(text_at(ok(kPut, other, json::serialize(ok(kGet, other))), "displayName"), "Second");
  start();
  EXPECT_EQ(engine_->subscription(), first);
  EXPECT_EQ(ok(kGet, "/subscriptions").at("value").as_array().size(), 2U);
  const std::string group = "/providers/Microsoft.Management/managementGroups/g";
  ok(kPut, group);
  ok(kPut, group + other);
  ok(kPut, other + "/resourceGroups/r", R"({"location":"local"})");
  EXPECT_EQ(refusal(kDelete, sub_), "SubscriptionCannotBeDeleted");
  EXPECT_EQ(refusal(kDelete, other), "SubscriptionHasResourceGroups");
  ok(kDelete, other + "/resourceGroups/r");
  ok(kDelete, other);
  EXPECT_EQ(refusal(kGet, other), "SubscriptionNotFound");
  EXPECT_EQ(policy_->current()->parents.size(), 0U);
}

TEST_F(Networks, ProvidersAreRegisteredBySubscription) {
  const std::string other = "/subscriptions/00000000-0000-0000-0000-000000000009";
  ok(kPut, other, "{}");
  const auto state = [&](const std::string& subscription, const std::string& provider) {
    return std::string(
        text_at(ok(kGet, subscription + "/providers/" + provider), "registrationState"));
  };
  for (const char* provider : {"Microsoft.ContainerRegistry", "microsoft.network"}) {
    EXPECT_EQ(state(sub_, provider), "Registered");
    EXPECT_EQ(state(other, provider), "NotRegistered");
    const std::string path = other + "/providers/" + provider;
    EXPECT_EQ(text_at(ok(kPost, path + "/register"), "registrationState"), "Registered");
    start();
    EXPECT_EQ(state(other, provider), "Registered");
    EXPECT_EQ(text_at(ok(kPost, path + "/Unregister"), "registrationState"), "NotRegistered");
    EXPECT_EQ(refusal(as_alice(request(kPost, path + "/register"))), "AuthorizationFailed");
  }
  EXPECT_EQ(state(other, "Microsoft.Authorization"), "Registered");
  EXPECT_EQ(refusal(kPost, "/providers/Microsoft.Network/register"), "ResourceNotFound");
  const json::object all = ok(kGet, "/providers/Microsoft.Network/operations");
  EXPECT_NE(json::serialize(all).find("subnets/joinViaServiceEndpoint/action"), std::string::npos);
}

}  // namespace
}  // namespace berth::control
