#include "policy/network.h"

#include <gtest/gtest.h>

namespace berth::policy {
namespace {

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}
IpPrefix block(std::string_view text) {
  return IpPrefix::parse(text).value();
}
Source to(std::string destination) {
  Source source;
  source.destination = std::move(destination);
  return source;
}

TEST(PrefixTable, FindsTheLongestPrefix) {
  const std::vector<IpPrefix> blocks = {
      block("10.0.0.0/8"), block("10.1.0.0/16"), block("10.1.2.3"),        block("0.0.0.0/0"),
      block("::/0"),       block("ffff::/16"),   block("255.255.255.255"), block("10.255.0.0/16")};
  const PrefixTable table(blocks);
  struct Row {
    std::string_view address;
    std::size_t expected;
  };
  for (const Row& row :
       std::initializer_list<Row>{{"9.255.255.255", 3},
                                  {"10.0.0.0", 0},
                                  {"10.1.0.0", 1},
                                  {"10.1.2.2", 1},
                                  {"10.1.2.3", 2},
                                  {"10.1.2.4", 1},
                                  {"10.2.0.0", 0},
                                  {"10.255.255.255", 7},
                                  {"11.0.0.0", 3},
                                  {"255.255.255.254", 3},
                                  {"255.255.255.255", 6},
                                  {"::", 4},
                                  {"fffe:ffff::", 4},
                                  {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 5}}) {
    EXPECT_EQ(table.find(ip(row.address)), row.expected) << row.address;
  }
}

TEST(PrefixTable, FindsNothingBesideItsBlocks) {
  const std::vector<IpPrefix> blocks = {block("10.1.0.0/16"), block("10.3.0.0/16"), block("::/0")};
  const PrefixTable table(blocks);
  for (const auto* text : {"10.0.255.255", "10.2.0.0", "10.4.0.0", "0.0.0.0"}) {
    EXPECT_EQ(table.find(ip(text)), std::nullopt) << text;
  }
  EXPECT_EQ(PrefixTable().find(ip("10.1.0.0")), std::nullopt);
}

TEST(Network, AnIpRuleHoldsUntilItExpiresAndTheLongestLastingCounts) {
  NetworkRules rules;
  rules.ip_rules = {
      {block("10.0.0.0/8"), 100}, {block("10.1.0.0/16"), 50}, {block("10.2.0.0/16"), 0}};
  const Network network(rules);
  const auto found = [&](std::string_view address, std::int64_t now) {
    const IpRule* rule = network.ip_rule(ip(address), now);
    return rule == nullptr ? "" : rule->block.text();
  };
  EXPECT_EQ(found("10.1.0.1", 49), "10.0.0.0/8");
  EXPECT_EQ(found("10.1.0.1", 99), "10.0.0.0/8");
  EXPECT_EQ(found("10.1.0.1", 100), "");
  EXPECT_EQ(found("10.2.0.1", 100), "10.2.0.0/16");
  EXPECT_EQ(found("11.0.0.1", 0), "");
}

TEST(Network, SubnetRulesForOneSubnetGoTogether) {
  const KindSet vm = kinds_of(ServiceKind::kVm);
  const KindSet kubernetes = kinds_of(ServiceKind::kKubernetes);
  NetworkRules rules;
  rules.subnet_rules = {{"/net/a", vm}, {"/net/b", vm}, {"/net/a", kubernetes}, {"/net/b", 0}};
  const Network network(rules);
  EXPECT_EQ(network.subnet_rule("/net/A")->kinds, vm | kubernetes);
  EXPECT_EQ(network.subnet_rule("/net/b")->kinds, 0U);
  EXPECT_EQ(network.subnet_rule("/net/c"), nullptr);
  EXPECT_EQ(network.subnet_rule(""), nullptr);
}

TEST(Network, AnEndpointIsKnownByItsNameOrAnyOfItsWaysTheSurestFirst) {
  NetworkRules rules;
  const auto add = [&](std::string id, std::vector<std::string> links) {
    rules.endpoints.push_back({std::move(id), "", EndpointState::kApproved, std::move(links)});
  };
  add("/pe/address", {"address:10.10.9.4", "address:2001:DB8:0::4"});
  add("/pe/listener", {"listener:private"});
  add("/pe/ca", {"ca:partner"});
  add("/pe/azure", {"azure:1234"});
  const Network network(rules);
  const auto found = [&](const Source& source) {
    const EndpointRule* endpoint = network.endpoint(source);
    return endpoint == nullptr ? "" : endpoint->id;
  };
  EXPECT_EQ(found({}), "");
  Source source = to("10.10.9.5");
  EXPECT_EQ(found(source), "");
  source.destination = "::ffff:10.10.9.4";
  EXPECT_EQ(found(source), "/pe/address");
  source.destination = "2001:db8::4";
  EXPECT_EQ(found(source), "/pe/address");
  source.listener = "private";
  EXPECT_EQ(found(source), "/pe/listener");
  source.client_ca = "partner";
  EXPECT_EQ(found(source), "/pe/ca");
  source.link = "azure:12345";  // a link that nobody here knows leads to no endpoint at all
  EXPECT_EQ(found(source), "");
  source.link = "azure:1234";
  EXPECT_EQ(found(source), "/pe/azure");
  source.private_endpoint = "/PE/Listener";
  EXPECT_EQ(found(source), "/pe/listener");
  source.private_endpoint = "/pe/of-another-registry";
  EXPECT_EQ(found(source), "/pe/azure");
  source.link.clear();
  EXPECT_EQ(found(source), "/pe/ca");
}

TEST(Network, WhatAProxySaysIsNoOtherKindOfWay) {
  NetworkRules rules;
  rules.endpoints = {
      {"/pe", "", EndpointState::kApproved, {"listener:private", "address:10.0.0.1"}}};
  const Network network(rules);
  Source source;
  for (const auto* link : {"listener:private", "private", "address:10.0.0.1", "10.0.0.1"}) {
    source.link = source.client_ca = link;
    EXPECT_EQ(network.endpoint(source), nullptr) << link;
  }
}

TEST(Network, OfEndpointsThatShareAWayAnApprovedOneCounts) {
  for (const std::string link : {"azure:1", "address:10.0.0.1"}) {
    NetworkRules rules;
    rules.endpoints = {{"/pe/old", "", EndpointState::kDisconnected, {link}},
                       {"/pe/new", "", EndpointState::kPending, {link}}};
    Source source = to("10.0.0.1");
    if (link.starts_with("azure")) source.link = link;
    EXPECT_EQ(Network(rules).endpoint(source)->id, "/pe/new");
    rules.endpoints.push_back({"/pe/good", "", EndpointState::kApproved, {link}});
    EXPECT_EQ(Network(rules).endpoint(source)->id, "/pe/good");
  }
}

TEST(Subnets, TheSmallestOfTheListenerThenTheSmallest) {
  const Subnets subnets({{"/wide", "", block("10.0.0.0/8")},
                         {"/small", "", block("10.1.0.0/16")},
                         {"/vlan", "vlan7", block("10.0.0.0/8")}});
  const auto found = [&](std::string_view address, std::string_view listener) {
    const Subnet* subnet = subnets.find(ip(address), listener);
    return subnet == nullptr ? "" : subnet->id;
  };
  EXPECT_EQ(found("10.1.0.1", ""), "/small");
  EXPECT_EQ(found("10.2.0.1", "public"), "/wide");
  EXPECT_EQ(found("10.1.0.1", "vlan7"), "/vlan");
  EXPECT_EQ(found("11.0.0.1", "vlan7"), "");
}

TEST(TrustedIngresses, NetworksListenersAndAuthoritiesAddUp) {
  const TrustedIngresses ingresses({{ServiceKind::kScanner, {block("10.0.0.0/8")}, {}, {}},
                                    {ServiceKind::kTasks, {block("10.1.0.0/16")}, {"services"}, {}},
                                    {ServiceKind::kImport, {}, {}, {"partner"}}});
  Source source;
  const auto kinds = [&](std::string_view address) {
    return kinds_text(ingresses.kinds(IpAddress::parse(address), source));
  };
  EXPECT_EQ(kinds(""), "");
  EXPECT_EQ(kinds("10.2.0.1"), "scanner");
  EXPECT_EQ(kinds("10.1.0.1"), "scanner, tasks");
  source.listener = "services";
  EXPECT_EQ(kinds(""), "tasks");
  source.client_ca = "partner";
  EXPECT_EQ(kinds("10.2.0.1"), "scanner, import, tasks");
}

TEST(ServiceKinds, AreTheTableOfTheReference) {
  std::string covered, hosts;
  NetworkRules rules;
  KindSet all = 0;
  for (const ServiceKindRow& row : service_kinds()) {
    all |= kinds_of(row.kind);
    EXPECT_EQ(find_service_kind(row.name), &row);
    EXPECT_EQ(service_kind_name(row.kind), row.name);
    EXPECT_EQ(row.instead.empty(), row.bypass != Bypass::kUncovered) << row.name;
    if (row.in_virtual_networks) hosts += std::string(row.name) + " ";
  }
  EXPECT_EQ(service_kinds().size(), 9U);
  EXPECT_EQ(hosts, "vm kubernetes ");
  EXPECT_EQ(find_service_kind(""), nullptr);
  EXPECT_EQ(service_kind_name(ServiceKind::kNone), "");
  EXPECT_EQ(kinds_text(Network(rules).bypassing(all)),
            "container-instances, machine-learning, scanner, import");
  rules.bypass_for_tasks = true;
  EXPECT_EQ(kinds_text(Network(rules).bypassing(all)),
            "container-instances, machine-learning, scanner, import, tasks");
  rules.subnet_rules = {{"/net/a", 0}};
  EXPECT_EQ(Network(rules).bypassing(all), 0U);
}

}  // namespace
}  // namespace berth::policy
