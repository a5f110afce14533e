// Private endpoints and their connections, from both sides.
#include "control/network_testing.h"

namespace berth::control {
namespace {

using enum Method;
using policy::EndpointState;

class PrivateEndpoints : public NetworkFixture {
 protected:
  // The id of an endpoint's connection.
  std::string one_of(const std::string& endpoint) {
    for (const std::string& name : names(ok(kGet, registry_ + "/privateEndpointConnections"))) {
      if (name.starts_with(endpoint + "."))
        return registry_ + "/privateEndpointConnections/" + name;
    }
    ADD_FAILURE() << endpoint;
    return {};
  }
  std::string approval_of(const std::string& endpoint) {
    json::object whole = ok(kGet, one_of(endpoint));
    set_path(whole, "properties.privateLinkServiceConnectionState.status", "Approved");
    return json::serialize(whole);
  }
  EndpointState state() { return seen().endpoints.at(0).state; }
  static std::string shown_state(const json::object& endpoint,
                                 const char* list = "privateLinkServiceConnections") {
    return std::string(view(endpoint.at("properties")
                                .at(list)
                                .at(0)
                                .at("properties")
                                .at("privateLinkServiceConnectionState")
                                .at("status")
                                .as_string()));
  }
};

TEST_F(PrivateEndpoints, AnEndpointBringsItsConnection) {
  const json::object made =
      ok(kPut, endpoints_ + "pe1",
         endpoint("", addresses("10.1.2.4", "10.1.2.5") + R"(,"customNetworkInterfaceName":null)"));
  EXPECT_EQ(shown_state(made), "Approved");
  EXPECT_EQ(json::serialize(made.at("properties").at("customDnsConfigs")),
            R"([{"fqdn":"team1.example.test","ipAddresses":["10.1.2.4"]},)"
            R"({"fqdn":"team1.local.data.example.test","ipAddresses":["10.1.2.5"]}])");
  const json::object connection = this->connection();
  const std::string name(text_at(connection, "name"));
  EXPECT_TRUE(name.starts_with("pe1.") && name.size() == 12) << name;
  EXPECT_EQ(text_at(connection, "properties.privateEndpoint.id"), endpoints_ + "pe1");
  EXPECT_EQ(text_at(connection, "properties.privateLinkServiceConnectionState.status"), "Approved");
  const json::object registry = ok(kGet, registry_);
  EXPECT_EQ(registry.at("properties").at("privateEndpointConnections").at(0),
            json::value(connection));
  EXPECT_TRUE(true_at(registry, "properties.dataEndpointEnabled"));
  const policy::EndpointRule wanted = {lower(endpoints_ + "pe1"),
                                       lower(ends_),
                                       EndpointState::kApproved,
                                       {"address:10.1.2.4", "address:10.1.2.5"}};
  EXPECT_EQ(seen().endpoints, (std::vector{wanted}));
  EXPECT_TRUE(seen().data_endpoint);
  start();
  EXPECT_EQ(seen().endpoints, (std::vector{wanted}));
  // What a client read it may send back.
  EXPECT_EQ(ok(kPut, endpoints_ + "pe1", json::serialize(made)).at("properties"),
            made.at("properties"));
  EXPECT_EQ(seen().endpoints, (std::vector{wanted}));
}

TEST_F(PrivateEndpoints, AzFindsNamesAndAddresses) {
  const json::object made =
      ok(kPut, endpoints_ + "pe1", endpoint("", addresses("10.1.2.4", "2001:DB8::5")));
  const std::string nic(
      view(made.at("properties").at("networkInterfaces").at(0).at("id").as_string()));
  const json::object interface = ok(kGet, nic);
  const json::array& all = interface.at("properties").at("ipConfigurations").as_array();
  ASSERT_EQ(all.size(), 2U);
  const json::value& data = all[1].at("properties");
  EXPECT_EQ(data.at("privateIPAddress").as_string(), "2001:db8::5");
  EXPECT_EQ(json::serialize(data.at("privateLinkConnectionProperties")),
            R"({"groupId":"registry","requiredMemberName":"registry_data_local",)"
            R"("fqdns":["team1.local.data.example.test"]})");
  EXPECT_EQ(names(ok(kGet, group_ + "/providers/Microsoft.Network/networkInterfaces")).size(), 1U);
  EXPECT_EQ(refusal(kPut, nic, "{}"), "FeatureNotAvailable");
  std::string upper = nic;
  upper.replace(upper.rfind("pe1"), 3, "PE1");
  EXPECT_EQ(ok(kGet, upper), interface);
  for (const std::string& other : {nic + "0", nic.substr(0, nic.rfind(".nic."))}) {
    EXPECT_EQ(refusal(kGet, other), "ResourceNotFound");
  }
  const json::object offer = ok(kGet, registry_ + "/privateLinkResources");
  EXPECT_EQ(json::serialize(offer.at("value").at(0).at("properties")),
            R"({"groupId":"registry","requiredMembers":["registry","registry_data_local"],)"
            R"("requiredZoneNames":["privatelink.example.test"]})");
}

TEST_F(PrivateEndpoints, AWayIsOneOfSix) {
  const struct {
    std::string type, id, link;
  } ways[] = {
      {"Listener", "private", "listener:private"},
      {"azurePrivateLink", "4294967295", "azure:4294967295"},
      {"AwsPrivateLink", "vpce-0a1", "aws:vpce-0a1"},
      {"AwsPrivateLink", "vpce-" + std::string(59, '0'), "aws:vpce-" + std::string(59, '0')},
      {"GooglePrivateServiceConnect", "18446744073709551615", "gcp:18446744073709551615"},
      {"ClientCertificate", "partner", "ca:partner"}};
  const auto ingress = [](const std::string& type, const std::string& id) {
    return R"(,"ingress":{"type":")" + type + R"(","id":")" + id + "\"}";
  };
  for (const auto& [type, id, link] : ways) {
    ok(kPut, endpoints_ + "pe1", endpoint("10.1.2.4", ingress(type, id)));
    EXPECT_EQ(seen().endpoints.at(0).links, (std::vector{link}));
    ok(kDelete, endpoints_ + "pe1");
  }
  const struct {
    std::string type, id, message;
  } wrong[] = {{"Listener", "none", "configuration (private, other), for"},
               {"AzurePrivateLink", "4294967296", "must be the LinkID of the private endpoint"},
               {"AzurePrivateLink", "01", "it is '01'"},
               {"AwsPrivateLink", "eni-1", "as in vpce-0123456789abcdef0"},
               // A connection with one of these is ended: nobody would ever come by it.
               {"AwsPrivateLink", "vpce-", "as in vpce-0123456789abcdef0, for"},
               {"AwsPrivateLink", "vpce-a-b", "it is 'vpce-a-b'"},
               {"AwsPrivateLink", "vpce-" + std::string(60, '0'), "the id of the VPC endpoint"},
               {"GooglePrivateServiceConnect", "-1", "must be the PSC connection id"},
               {"ClientCertificate", "", "the name of an authority in the client_cas"},
               {"ClientCertificate", "nosuch", "a [[listener]] (partner), for the ingress type"}};
  for (const auto& [type, id, text] : wrong) {
    const std::string body = endpoint("", ingress(type, id));
    EXPECT_EQ(refusal(kPut, endpoints_ + "pe1", body), "InvalidPrivateEndpointIngress") << type;
    EXPECT_NE(message(kPut, endpoints_ + "pe1", body).find(text), std::string::npos)
        << message(kPut, endpoints_ + "pe1", body);
  }
}

TEST_F(PrivateEndpoints, WhatIsWrongIsSaid) {
  const auto configuration = [](const std::string& properties) {
    return R"(,"ipConfigurations":[{"properties":{)" + properties + "}}]";
  };
  const auto changed = [&](std::string body, const std::string& from, const std::string& to) {
    return body.replace(body.find(from), from.size(), to);
  };
  const std::string good = endpoint("10.1.2.4");
  const struct {
    std::string body, code, message;
  } cases[] = {
      {endpoint(""), "PrivateEndpointWithoutLink",
       "Give the addresses of this server that its clients connect to: "
       "properties.ipConfigurations[].properties {groupId: registry, memberName: registry or "
       "registry_data_local, privateIPAddress}; or another way in properties.ingress.{type, id}."},
      {endpoint("", configuration(R"("memberName":"blob","privateIPAddress":"10.1.2.4")")),
       "InvalidPropertyValue", "must be 'registry' or 'registry_data_local'"},
      {endpoint("ten"), "InvalidPropertyValue", "must be an IP address, not 'ten'"},
      {endpoint("", configuration(R"("groupId":"blob")")), "InvalidPropertyValue",
       "groupId' must be 'registry'"},
      {changed(good, "team1\"", "tokens/x\""), "InvalidPropertyValue",
       "must be the id of a registry"},
      {changed(good, "team1\"", "nothere\""), "ResourceNotFound", "nothere"},
      {changed(good, "[\"registry\"]", "[\"blob\"]"), "InvalidPropertyValue",
       "groupIds' must be [\"registry\"]"},
      {changed(good, "\"please\"", "\"" + std::string(141, 'x') + "\""), "InvalidPropertyValue",
       "has 141 characters; 140 are allowed"},
      {changed(good, "subnets/ends", "subnets/none"), "InvalidResourceReference",
       "subnets/none referenced by resource"},
      {R"({"properties":{"subnet":{"id":")" + ends_ + "\"}}}", "InvalidPropertyValue",
       "A private endpoint leads to one registry"},
  };
  for (const auto& [body, code, text] : cases) {
    EXPECT_EQ(refusal(kPut, endpoints_ + "pe1", body), code) << body;
    EXPECT_NE(message(kPut, endpoints_ + "pe1", body).find(text), std::string::npos)
        << message(kPut, endpoints_ + "pe1", body);
  }
  ok(kPut, endpoints_ + "pe1", good);
  for (const std::string& body :
       {changed(good, "team1\"", "default\""), changed(good, "subnets/ends", "subnets/hosts"),
        endpoint("10.1.2.4", "", "manualPrivateLinkServiceConnections")}) {
    EXPECT_EQ(refusal(kPut, endpoints_ + "pe1", body), "PropertyChangeNotAllowed") << body;
  }
}

TEST_F(PrivateEndpoints, AWayLeadsToOneEndpointOfARegistry) {
  ok(kPut, endpoints_ + "pe1", endpoint("10.1.2.4"));
  EXPECT_EQ(refusal(kPut, endpoints_ + "pe2", endpoint("10.1.2.4")), "PrivateEndpointLinkInUse");
  EXPECT_EQ(message(kPut, endpoints_ + "pe2", endpoint("10.1.2.4")),
            "'address:10.1.2.4' is a way of the private endpoint '" + lower(endpoints_ + "pe1") +
                "' to the same registry already; give 'pe2' another.");
  const std::string registry = std::exchange(registry_, registries_ + "default");
  ok(kPut, endpoints_ + "pe2", endpoint("10.1.2.4"));
  registry_ = registry;
  options_.private_endpoints = 1;
  start();
  EXPECT_EQ(message(kPut, endpoints_ + "pe3", endpoint("10.1.2.5")),
            "The requested feature private endpoint exceeds allowed quota 1 for the SKU Premium.");
  ok(kPut, endpoints_ + "pe1", endpoint("10.1.2.9"));  // not one more
  EXPECT_EQ(seen().endpoints.at(0).links, (std::vector<std::string>{"address:10.1.2.9"}));
}

TEST_F(PrivateEndpoints, WhoMayApproveNeedNotAsk) {
  const std::string first = "00000000-1111-0000-0000-000000000001",
                    second = "00000000-1111-0000-0000-000000000002",
                    third = "00000000-1111-0000-0000-000000000003";
  ok(kPut, sub_ + "/providers/Microsoft.Authorization/roleDefinitions/" + first,
     R"({"properties":{"roleName":"Ends","assignableScopes":[")" + sub_ +
         R"("],"permissions":[{"actions":["Microsoft.Network/privateEndpoints/*"]}]}})");
  assign(first, group_, second);
  const Request make = as_alice(request(kPut, endpoints_ + "pe1", endpoint("10.1.2.4")));
  EXPECT_NE(message(make).find("subnets/join/action"), std::string::npos);
  assign(policy::kContributorRole, ends_, third);
  ok(make);
  EXPECT_EQ(state(), EndpointState::kPending);
  EXPECT_EQ(text_at(connection(), "properties.privateLinkServiceConnectionState.description"),
            "please");
  // Only an approved one moves the blobs; nor does its way count, which nobody vouched for.
  EXPECT_FALSE(seen().data_endpoint);
  EXPECT_TRUE(seen().endpoints.at(0).links.empty());
  ok(kPut, endpoints_ + "pe2", endpoint("10.1.2.4"));
  EXPECT_EQ(refusal(kPut, one_of("pe1"), approval_of("pe1")), "PrivateEndpointLinkInUse");
  ok(kDelete, endpoints_ + "pe2");
  ok(kPut, one_of("pe1"), approval_of("pe1"));
  EXPECT_EQ(seen().endpoints.at(0).links, (std::vector<std::string>{"address:10.1.2.4"}));
  EXPECT_EQ(state(), EndpointState::kApproved);
  const Request move = as_alice(request(kPut, endpoints_ + "pe1", endpoint("10.1.2.10")));
  EXPECT_EQ(refusal(move), "PropertyChangeNotAllowed");
  EXPECT_NE(message(move).find("is for those who may approve the connection"), std::string::npos);
  ok(kDelete, endpoints_ + "pe1");
  EXPECT_TRUE(seen().endpoints.empty());
  assign(policy::kContributorRole, registry_, "00000000-1111-0000-0000-000000000004");
  ok(make);
  EXPECT_EQ(state(), EndpointState::kApproved);
}

TEST_F(PrivateEndpoints, TheOwnerOfTheRegistrySaysYesOrNo) {
  const char* manual = "manualPrivateLinkServiceConnections";
  ok(kPut, endpoints_ + "pe1", endpoint("10.1.2.4", "", manual));
  EXPECT_EQ(state(), EndpointState::kPending);
  const struct {
    const char *status, *code;
    EndpointState after;
  } steps[] = {{"Disconnected", "InvalidPrivateEndpointConnectionState", EndpointState::kPending},
               {"Rejected", "", EndpointState::kRejected},
               {"Pending", "InvalidPrivateEndpointConnectionState", EndpointState::kRejected},
               {"Approved", "", EndpointState::kApproved},
               {"Approved", "", EndpointState::kApproved},
               {"Pending", "InvalidPrivateEndpointConnectionState", EndpointState::kApproved},
               {"Rejected", "", EndpointState::kRejected}};
  for (const auto& [status, code, after] : steps) {
    EXPECT_EQ(refusal(verdict(status)), code) << status;
    EXPECT_EQ(state(), after) << status;
    EXPECT_EQ(shown_state(ok(kGet, endpoints_ + "pe1"), manual), policy::state_name(after));
  }
  EXPECT_EQ(message(verdict("Pending")),
            "A connection that is Rejected cannot become Pending: approve or reject it, or delete "
            "it, which disconnects its private endpoint.");
  Request other = verdict("Approved");
  other.body.replace(other.body.find("privateEndpoints/pe1"), 20, "privateEndpoints/pe2");
  EXPECT_EQ(refusal(other), "PropertyChangeNotAllowed");
  EXPECT_EQ(refusal(kPut, registry_ + "/privateEndpointConnections/none", "{}"),
            "PrivateEndpointConnectionNotFound");
  EXPECT_EQ(refusal(as_alice(verdict("Approved"))), "AuthorizationFailed");
}

TEST_F(PrivateEndpoints, WithoutItsConnectionAnEndpointIsDisconnected) {
  ok(kPut, endpoints_ + "pe1", endpoint("10.1.2.4"));
  ok(kDelete, std::string(text_at(connection(), "id")));
  EXPECT_EQ(state(), EndpointState::kDisconnected);
  EXPECT_EQ(shown_state(ok(kGet, endpoints_ + "pe1")), "Disconnected");
  EXPECT_FALSE(seen().data_endpoint);
  start();
  EXPECT_EQ(state(), EndpointState::kDisconnected);
  // Its way is free for another one.
  ok(kPut, endpoints_ + "pe2", endpoint("10.1.2.4"));
  EXPECT_EQ(seen().endpoints.back().state, EndpointState::kApproved);
  ok(kDelete, endpoints_ + "pe1");
  ok(kDelete, endpoints_ + "pe2");
  EXPECT_EQ(seen(), policy::NetworkRules());
}

// What the owners of the one before it said does not hold for it.
TEST_F(PrivateEndpoints, ARegistryMadeAnewKnowsNoEndpoint) {
  const std::string body = endpoint("10.1.2.4");
  ok(kPut, endpoints_ + "pe1", body);
  ok(kDelete, registry_);
  EXPECT_EQ(shown_state(ok(kGet, endpoints_ + "pe1")), "Disconnected");
  ok(kPut, endpoints_ + "pe1", body);  // no change
  const std::string moved = endpoint("10.1.2.5");
  EXPECT_EQ(refusal(kPut, endpoints_ + "pe1", moved), "PropertyChangeNotAllowed");
  EXPECT_NE(message(kPut, endpoints_ + "pe1", moved).find("which is gone"), std::string::npos);
  ok(kPut, registry_);
  EXPECT_EQ(seen(), policy::NetworkRules());
  ok(kPut, endpoints_ + "pe1", body);
  ok(kPut, endpoints_ + "pe1", moved);
  EXPECT_EQ(seen(), policy::NetworkRules());
  start();
  EXPECT_EQ(seen(), policy::NetworkRules());
}

// A PUT of a client that does not know them must not move the way.
TEST_F(PrivateEndpoints, AWayThatIsNotMentionedStays) {
  const auto links = [&] { return seen().endpoints.at(0).links; };
  ok(kPut, endpoints_ + "pe1",
     endpoint("10.1.2.4", R"(,"ingress":{"type":"Listener","id":"private"})"));
  ok(kPut, endpoints_ + "pe1", endpoint("10.1.2.4"));
  EXPECT_EQ(links(), (std::vector<std::string>{"listener:private"}));
  ok(kPut, endpoints_ + "pe1", endpoint("10.1.2.4", R"(,"ingress":null)"));
  EXPECT_EQ(links(), (std::vector<std::string>{"address:10.1.2.4"}));
}

TEST_F(PrivateEndpoints, AConnectionShowsWhatItWouldLetIn) {
  ok(kPut, endpoints_ + "pe1",
     endpoint("", addresses("10.1.2.4", "10.1.2.5"), "manualPrivateLinkServiceConnections"));
  const json::object shown = connection();
  EXPECT_EQ(json::serialize(shown.at("properties").at("links")),
            R"(["address:10.1.2.4","address:10.1.2.5"])");
  EXPECT_EQ(text_at(shown, "properties.subnet.id"), ends_);
  ok(verdict("Approved"));  // sends them back
  EXPECT_EQ(connection().at("properties").at("links"), shown.at("properties").at("links"));
}

TEST_F(PrivateEndpoints, APublicAddressIsNoPrivateWay) {
  options_.public_addresses = {"203.0.113.10", "2001:DB8:0::1"};
  start();
  for (const char* address : {"203.0.113.10", "2001:db8::1"}) {
    const std::string body = endpoint(address);
    EXPECT_EQ(refusal(kPut, endpoints_ + "pe1", body), "InvalidPrivateEndpointIngress");
    EXPECT_NE(message(kPut, endpoints_ + "pe1", body).find("is a public address of this server"),
              std::string::npos);
  }
  ok(kPut, endpoints_ + "pe1",
     endpoint("203.0.113.10", R"(,"ingress":{"type":"Listener","id":"private"})"));
}

TEST_F(PrivateEndpoints, WhoMayOnlyAskLeavesRoom) {
  options_.private_endpoints = 3;
  start();
  assign(policy::kContributorRole, group_, "00000000-1111-0000-0000-000000000001");
  const std::string closed = sub_ + "/resourceGroups/closed";
  ok(kPut, closed, R"({"location":"local"})");
  registry_ = closed + "/providers/Microsoft.ContainerRegistry/registries/team2";
  ok(kPut, registry_);
  const auto ask_for = [&](const std::string& name, const std::string& address) {
    return as_alice(request(kPut, endpoints_ + name, endpoint(address)));
  };
  ok(ask_for("pe1", "10.1.2.4"));
  ok(ask_for("pe2", "10.1.2.5"));
  EXPECT_EQ(refusal(ask_for("pe3", "10.1.2.6")), "TooManyPendingConnections");
  EXPECT_EQ(message(ask_for("pe3", "10.1.2.6")),
            "2 connections to the registry 'team2' wait for approval, and no more may wait: its "
            "owner approves, rejects or deletes some first.");
  ok(kPut, endpoints_ + "pe3", endpoint("10.1.2.6"));
}

TEST_F(PrivateEndpoints, OthersAreNamedToWhoMayReadThem) {
  ok(kPut, endpoints_ + "pe1", endpoint("10.1.2.4"));
  const std::string other = sub_ + "/resourceGroups/other";
  ok(kPut, other, R"({"location":"local"})");
  assign(policy::kContributorRole, other, "00000000-1111-0000-0000-000000000001");
  assign(policy::kContributorRole, ends_, "00000000-1111-0000-0000-000000000002");
  const std::string path = other + "/providers/Microsoft.Network/privateEndpoints/pe2";
  EXPECT_EQ(message(as_alice(request(kPut, path, endpoint("10.1.2.4")))),
            "'address:10.1.2.4' is a way of another private endpoint to the same registry already; "
            "give 'pe2' another.");
  ok(kDelete, endpoints_ + "pe1");
  patch(subnet_rule());
  EXPECT_NE(message(as_alice(request(kPut, path, endpoint("10.1.2.4"))))
                .find("has a virtual-network rule: private endpoints"),
            std::string::npos);
}

TEST_F(PrivateEndpoints, NotTogetherWithVirtualNetworkRules) {
  ok(kPut, endpoints_ + "pe1", endpoint("10.1.2.4"));
  const std::string body = rules(subnet_rule());
  EXPECT_EQ(refusal(kPatch, registry_, body), "PrivateEndpointWithVirtualNetworkRules");
  EXPECT_NE(message(kPatch, registry_, body)
                .find("connection '" + std::string(text_at(connection(), "name"))),
            std::string::npos);
  ok(verdict("Rejected"));
  ok(kPatch, registry_, body);
  EXPECT_EQ(refusal(verdict("Approved")), "PrivateEndpointWithVirtualNetworkRules");
  EXPECT_EQ(message(kPut, endpoints_ + "pe2", endpoint("10.1.2.5")),
            "The registry 'team1' has a virtual-network rule for the subnet '" + lower(hosts_) +
                "': private endpoints and virtual-network rules cannot be used together. Remove "
                "its virtual-network rules (properties.networkRuleSet.virtualNetworkRules) first.");
}

TEST_F(PrivateEndpoints, AUsedSubnetStays) {
  ok(kPut, endpoints_ + "pe1", endpoint("10.1.2.4"));
  EXPECT_NE(message(kDelete, ends_, "").find("in use by " + lower(endpoints_ + "pe1")),
            std::string::npos);
  ok(kDelete, group_);
  EXPECT_EQ(policy_->current()->subnets, nullptr);
  EXPECT_EQ(policy_of("team1"), nullptr);
}

}  // namespace
}  // namespace berth::control
