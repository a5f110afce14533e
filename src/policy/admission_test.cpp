// Each row of docs/network.md §4.
#include "policy/admission.h"

#include <gmock/gmock.h>

#include <functional>

#include "policy/policy_testing.h"

namespace berth::policy {
namespace {

using testing::ElementsAre;

constexpr KindSet kInstances = kinds_of(ServiceKind::kContainerInstances);
constexpr KindSet kHosts = kinds_of(ServiceKind::kVm) | kinds_of(ServiceKind::kKubernetes);

// "contoso" lets in selected networks: 203.0.113.0/24 and two private endpoints. Subnets a
// (10.1.0.0/16) and b (10.2.0.0/16) are declared, and 10.20.0.0/16 as that of container instances,
// 10.21.0.0/16 of tasks, 10.22.0.0/16 of pipelines.
struct NetworkWorld : World {
  NetworkRules rules;

  NetworkWorld() {
    rules.default_allow = false;
    rules.ip_rules = {{IpPrefix::parse("203.0.113.0/24").value(), 1'000}};
    rules.endpoints = {{"/pe/1", "/net/a", EndpointState::kApproved, {"address:10.9.0.4"}},
                       {"/pe/2", "/net/a", EndpointState::kPending, {"azure:7"}}};
    using List = std::vector<Subnet>;
    snapshot.subnets = std::make_shared<const Subnets>(
        List{{"/net/a", "", IpPrefix::parse("10.1.0.0/16").value()},
             {"/net/b", "", IpPrefix::parse("10.2.0.0/16").value()}});
    const auto from = [](ServiceKind kind, std::string_view network) {
      return TrustedIngress{kind, {IpPrefix::parse(network).value()}, {}, {}};
    };
    snapshot.ingresses = std::make_shared<const TrustedIngresses>(std::vector<TrustedIngress>{
        from(ServiceKind::kContainerInstances, "10.20.0.0/16"),
        from(ServiceKind::kTasks, "10.21.0.0/16"), from(ServiceKind::kTasks, "10.20.0.0/24"),
        from(ServiceKind::kDevOps, "10.22.0.0/16")});
    apply();
  }
  void apply() {
    edit([&](RegistryPolicy& registry) { registry.network = std::make_shared<Network>(rules); });
  }
  void serve(ServiceKind kind) {
    PrincipalRecord record = *snapshot.principals.find("ada");
    record.service = kind;
    snapshot.principals.set("ada", record);
  }
  Admission enter(std::string address) {
    apply();
    source.address = std::move(address);
    return admit(snapshot, source, "contoso", now);
  }
};

struct Row {
  std::string_view name;
  std::function<void(NetworkWorld&)> change;
  std::string address;
  std::string_view rule;
  KindSet only = 0;
};

std::vector<Row> rows() {
  const auto off = [](NetworkWorld& w) { w.rules.public_access = false; };
  const auto none = [](NetworkWorld&) {};
  const auto all = [](NetworkWorld& w) { w.rules.default_allow = true; };
  const auto let_in_b = [](NetworkWorld& w) { w.rules.subnet_rules = {{"/net/b", 0}}; };
  const auto let_in_hosts = [](NetworkWorld& w) { w.rules.subnet_rules = {{"/net/b", kHosts}}; };
  const auto through = [](EndpointState state) {
    return [state](NetworkWorld& w) {
      w.rules.endpoints[0].state = state;
      w.source.destination = "10.9.0.4";
    };
  };
  const auto no_bypass = [](NetworkWorld& w) { w.rules.bypass = false; };
  const auto for_tasks = [](NetworkWorld& w) { w.rules.bypass_for_tasks = true; };
  const auto both = [](auto f, auto g) { return [f, g](NetworkWorld& w) { f(w), g(w); }; };
  const auto approved = through(EndpointState::kApproved);
  return {
      {"approved", approved, "198.51.100.1", "private-endpoint"},
      {"approved, public off", both(approved, off), "198.51.100.1", "private-endpoint"},
      {"pending", through(EndpointState::kPending), "203.0.113.1", "private-endpoint-pending"},
      {"pending, all", both(through(EndpointState::kPending), all), "203.0.113.1",
       "private-endpoint-pending"},
      {"rejected", through(EndpointState::kRejected), "203.0.113.1", "private-endpoint-rejected"},
      {"disconnected", through(EndpointState::kDisconnected), "203.0.113.1",
       "private-endpoint-disconnected"},
      {"off", off, "203.0.113.1", "public-access-disabled"},
      {"off, all", both(off, all), "198.51.100.1", "public-access-disabled"},
      {"off, subnet", both(off, let_in_b), "10.2.0.1", "public-access-disabled"},
      {"off, hosts", both(off, let_in_hosts), "10.2.0.1", "public-access-disabled"},
      {"off, trusted", off, "10.20.1.1", "trusted-service", kInstances},
      {"off, no bypass", both(off, no_bypass), "10.20.1.1", "public-access-disabled"},
      {"all", all, "198.51.100.1", "default-action"},
      {"all, trusted way", all, "10.20.1.1", "default-action"},
      {"ip rule", none, "203.0.113.255", "ip-rule"},
      {"mapped", none, "::ffff:203.0.113.255", "ip-rule"},
      {"expired", [](NetworkWorld& w) { w.now = from_micros(1'000); }, "203.0.113.1",
       "no-network-rule"},
      {"no rule", none, "198.51.100.1", "no-network-rule"},
      {"no address", none, "", "no-network-rule"},
      {"zone", none, "fe80::1%eth0", "no-network-rule"},
      {"unknown link", [](NetworkWorld& w) { w.source.link = "azure:9"; }, "203.0.113.1",
       "no-network-rule"},
      {"unknown link, trusted address", [](NetworkWorld& w) { w.source.link = "azure:9"; },
       "10.20.1.1", "no-network-rule"},
      {"unknown link, address of an endpoint",
       both([](NetworkWorld& w) { w.source.link = "azure:9"; }, approved), "203.0.113.1",
       "no-network-rule"},
      {"unknown link, off",
       both([](NetworkWorld& w) { w.source.link = "azure:9"; }, both(approved, off)), "203.0.113.1",
       "public-access-disabled"},
      {"link of a pending one", [](NetworkWorld& w) { w.source.link = "azure:7"; }, "203.0.113.1",
       "private-endpoint-pending"},
      {"subnet", let_in_b, "10.2.0.1", "virtual-network-rule"},
      {"other subnet", let_in_b, "10.1.0.1", "no-network-rule"},
      {"hosts", let_in_hosts, "10.2.0.1", "virtual-network-rule", kHosts},
      {"named subnet",
       [&](NetworkWorld& w) {
         w.rules.subnet_rules = {{"/net/b", 0}};
         w.source.subnet = "/Net/B";
       },
       "10.1.0.1", "virtual-network-rule"},
      {"trusted", none, "10.20.1.1", "trusted-service", kInstances},
      {"two kinds, flag off", none, "10.20.0.1", "trusted-service", kInstances},
      {"two kinds", for_tasks, "10.20.0.1", "trusted-service",
       kInstances | kinds_of(ServiceKind::kTasks)},
      {"tasks", none, "10.21.0.1", "bypass-tasks"},
      {"tasks, flag", for_tasks, "10.21.0.1", "trusted-service", kinds_of(ServiceKind::kTasks)},
      {"bypass off", no_bypass, "10.20.1.1", "bypass-off"},
      {"virtual network", let_in_b, "10.20.1.1", "bypass-virtual-network-rules"},
      {"not covered", none, "10.22.0.1", "bypass-not-covered"},
      {"not covered, off", no_bypass, "10.22.0.1", "bypass-not-covered"},
  };
}

TEST(Admit, EachRowOfTheDecision) {
  for (const Row& row : rows()) {
    NetworkWorld world;
    row.change(world);
    const Admission admission = world.enter(row.address);
    EXPECT_EQ(admission.rule, row.rule) << row.name;
    EXPECT_EQ(admission.only, row.only) << row.name;
    EXPECT_EQ(admission.reason.empty(), admission.allowed()) << row.name;
    EXPECT_TRUE(admission.allowed() || admission.verdict == Verdict::kDenyNetwork);
  }
}

TEST(Admit, TellsTheWayHere) {
  NetworkWorld world;
  world.rules.bypass = false;
  world.rules.public_access = false;
  Admission found = world.enter("10.20.0.1");
  EXPECT_EQ(kinds_text(found.ingress), "container-instances, tasks");
  EXPECT_EQ(found.bypass_reason, "the registry does not let trusted services bypass its rules");
  found = world.enter("10.1.0.1");
  EXPECT_EQ(found.subnet, "/net/a");
  EXPECT_EQ(found.bypass_reason, "");
  world.source.link = "azure:7";
  found = world.enter("10.2.0.1");
  EXPECT_EQ(found.private_endpoint, "/pe/2");
  EXPECT_EQ(found.subnet, "/net/a");  // that the endpoint stands in, whatever the address says
  EXPECT_EQ(found.endpoint_state, EndpointState::kPending);
  world.source.private_endpoint = "/PE/1";
  found = world.enter("10.1.0.1");
  EXPECT_EQ(found.private_endpoint, "/pe/1");
  EXPECT_TRUE(found.allowed());
}

TEST(Admit, TheOwnSocketAndARegistryWithoutRulesAreOpen) {
  NetworkWorld world;
  world.rules.public_access = false;
  world.source.own_socket = true;
  world.source.uid = 0;
  EXPECT_EQ(world.enter("").rule, "own-socket");
  world.source = {};
  world.source.loopback = true;
  EXPECT_EQ(world.enter("127.0.0.1").rule, "public-access-disabled");
  EXPECT_EQ(admit(world.snapshot, world.source, {}, world.now).rule, "loopback");
  world.edit([](RegistryPolicy& registry) { registry.network = nullptr; });
  EXPECT_EQ(admit(world.snapshot, world.source, "contoso", world.now).rule, "loopback");
}

TEST(Decide, LetsInOnlyServicesOfTheKindsThatWereLetIn) {
  NetworkWorld world;
  world.give(kAcrPullRole);
  world.enter("10.20.0.1");
  EXPECT_EQ(world.ask(Action::kPull).verdict, Verdict::kDenyNetwork);
  EXPECT_EQ(world.ask(Action::kPull).rule, "service-kind");
  world.serve(ServiceKind::kContainerInstances);
  EXPECT_TRUE(world.ask(Action::kPull).allowed());
  EXPECT_EQ(world.ask(Action::kPush).verdict, Verdict::kDenyPermission);
  world.serve(ServiceKind::kTasks);
  EXPECT_EQ(world.ask(Action::kPull).verdict, Verdict::kDenyNetwork);
  EXPECT_THAT(world.ask(Action::kPull).reason,
              testing::HasSubstr("networkRuleBypassAllowedForTasks"));
  world.enter("203.0.113.1");
  EXPECT_TRUE(world.ask(Action::kPull).allowed());
}

TEST(Decide, AnonymousPullDoesNotOpenAWayThatIsForSome) {
  NetworkWorld world;
  world.edit([](RegistryPolicy& registry) { registry.anonymous_pull = true; });
  world.ada = {};
  world.enter("10.20.0.1");
  EXPECT_EQ(world.ask(Action::kPull).verdict, Verdict::kDenyPermission);
  EXPECT_EQ(world.ask(Action::kPull).rule, "service-kind");
  world.enter("203.0.113.1");
  EXPECT_TRUE(world.ask(Action::kPull).allowed());
}

TEST(Decide, ABadCredentialIsRefusedBeforeItsKind) {
  NetworkWorld world;
  world.enter("10.20.0.1");
  world.ada.credential = "old";
  EXPECT_EQ(world.ask(Action::kPull).verdict, Verdict::kDenyCredential);
}

TEST(Decide, ConditionsSeeTheWayThatWasFound) {
  const std::string endpoint = "@Environment[Microsoft.Network/privateEndpoints]";
  const std::string subnet = "@Environment[Microsoft.Network/virtualNetworks/subnets]";
  NetworkWorld world;
  world.rules.default_allow = true;
  world.define({.id = "mover", .name = {}, .description = {}, .actions = {"A/*"}});
  world.give("mover", condition(endpoint + " StringEqualsIgnoreCase '/pe/1'"));
  world.assign("/", "ada", "mover", condition(subnet + " StringEqualsIgnoreCase '/net/a'"));
  world.give(kAcrPullRole, condition(endpoint + " StringEqualsIgnoreCase '/pe/1' OR " + subnet +
                                     " StringEqualsIgnoreCase '/net/a'"));
  world.enter("198.51.100.1");
  EXPECT_FALSE(world.may(Action::kPull));
  EXPECT_FALSE(world.operates("A/move", kRegistryId));
  world.enter("10.1.0.1");
  EXPECT_TRUE(world.may(Action::kPull));
  EXPECT_TRUE(world.operates("A/move", kRegistryId));
  world.source.destination = "10.9.0.4";
  world.enter("198.51.100.1");
  EXPECT_TRUE(world.may(Action::kPull));
  // The control plane is of no registry, so no endpoint belongs to it; it takes what is named.
  EXPECT_FALSE(world.operates("A/move", kRegistryId));
  world.source.private_endpoint = "/pe/1";
  EXPECT_TRUE(world.operates("A/move", kRegistryId));
}

TEST(AdmitLink, IsGoodOnTheWayItWasGivenOn) {
  struct LinkRow {
    std::string_view given_through;
    ServiceKind given_to;
    std::string_view address, destination, rule;
  };
  using enum ServiceKind;
  const std::string_view outside = "198.51.100.1";
  for (const LinkRow& row : std::initializer_list<LinkRow>{
           {"", kNone, "203.0.113.1", "", "ip-rule"},
           {"", kNone, outside, "", "no-network-rule"},
           {"", kNone, outside, "10.9.0.4", "private-endpoint"},
           {"/pe/1", kNone, outside, "10.9.0.4", "private-endpoint"},
           {"/PE/1", kNone, outside, "10.9.0.4", "private-endpoint"},
           {"/pe/1", kNone, "203.0.113.1", "", "data-link-other-way"},
           {"/pe/2", kNone, outside, "10.9.0.4", "data-link-other-way"},
           {"/pe/1", kNone, outside, "", "no-network-rule"},
           {"", kContainerInstances, "10.20.1.1", "", "trusted-service"},
           {"", kTasks, "10.20.1.1", "", "service-kind"},
           {"", kNone, "10.20.1.1", "", "service-kind"},
           {"", kContainerInstances, outside, "", "no-network-rule"},
       }) {
    NetworkWorld world;
    world.source.address = row.address;
    world.source.destination = row.destination;
    const Decision decision = admit_link(
        world.snapshot, {world.source, "contoso", row.given_through, row.given_to, world.now});
    EXPECT_EQ(decision.rule, row.rule) << row.given_through << " " << row.address;
    EXPECT_EQ(decision.reason.empty(), decision.allowed());
    EXPECT_TRUE(decision.allowed() || decision.verdict == Verdict::kDenyNetwork);
  }
}

TEST(Trace, TellsWhatTheNetworkDecisionSaw) {
  NetworkWorld world;
  world.source.proxy = "10.0.0.9";
  world.source.listener = "public";
  world.enter("203.0.113.7");
  Trace trace;
  world.ask(Action::kPull, "team/app", &trace);
  EXPECT_EQ(trace.network.address, "203.0.113.7");
  EXPECT_EQ(trace.network.proxy, "10.0.0.9");
  EXPECT_EQ(trace.network.listener, "public");
  EXPECT_EQ(trace.network.ip_rule, "203.0.113.0/24");
  EXPECT_EQ(trace.steps[0].rule, "ip-rule");

  world.enter("10.20.0.1");
  trace = {};
  world.ask(Action::kPull, "team/app", &trace);
  EXPECT_THAT(trace.network.ingress, ElementsAre("container-instances", "tasks"));
  EXPECT_THAT(trace.network.only, ElementsAre("container-instances"));
  EXPECT_EQ(trace.network.ip_rule, "");
  EXPECT_EQ(trace.steps[2].rule, "service-kind");
  EXPECT_FALSE(trace.steps[2].passed);

  world.source.link = "azure:7";
  world.enter("10.1.0.1");
  trace = {};
  world.ask(Action::kPull, "team/app", &trace);
  EXPECT_EQ(trace.network.link, "azure:7");
  EXPECT_EQ(trace.network.private_endpoint, "/pe/2");
  EXPECT_EQ(trace.network.endpoint_state, "Pending");
  EXPECT_EQ(trace.network.subnet, "/net/a");
}

}  // namespace
}  // namespace berth::policy
