// The doors that are offered to whoever the network refused: which, in what order, and that each
// line leads past it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "explain/operator_testing.h"
#include "explain/world_testing.h"

namespace berth::explain {
namespace {

using policy::Action;
using policy::EndpointState;
using policy::NetworkRules;
using policy::ServiceKind;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::string kSubnet =
    "/subscriptions/s/resourcegroups/g/providers/microsoft.network/virtualnetworks/v/subnets/a";
const std::string kEndpoint =
    "/subscriptions/s/resourcegroups/g/providers/microsoft.network/privateendpoints/pe1";

NetworkRules closed() {
  NetworkRules rules;
  rules.default_allow = false;
  return rules;
}

World pullers() {
  World world;
  world.user("ada").assign("ada", policy::kAcrPullRole);
  world.user("runner").assign("runner", policy::kAcrPullRole);
  return world;
}

Question pull(policy::Principal who, const std::string& address = "198.51.100.7") {
  Question question = ask(std::move(who), Action::kPull);
  question.source.address = address;
  return question;
}

// Each line is tried on a world of its own.
std::vector<std::string> offered(const World& world, const Question& question) {
  const Explanation said = explain(world.snapshot, question);
  EXPECT_FALSE(said.decision.allowed());
  std::vector<std::string> out;
  for (const Change& change : said.changes) {
    for (const std::string& command : change.commands) {
      policy::Snapshot snapshot = world.snapshot;
      Question again = question;
      paste(command, question.principal.id, snapshot, again);
      EXPECT_TRUE(allowed(snapshot, again)) << command;
      out.push_back(command);
    }
  }
  return out;
}

TEST(NetworkChanges, OneAddressFirstAndAllNetworksLast) {
  World world = pullers();
  world.network(closed());
  EXPECT_THAT(offered(world, pull(as_user("ada"))),
              ElementsAre("berth network allow 198.51.100.7 --registry team1",
                          "az acr network-rule add --name team1 --ip-address 198.51.100.7",
                          "berth network default allow --registry team1",
                          "az acr update --name team1 --default-action Allow"));
  const auto said = explain(world.snapshot, pull(as_user("ada")));
  EXPECT_THAT(said.changes.back().what, StartsWith("As a last resort, open the registry to all "));
}

// Nothing is proposed that the control plane refuses for the quota.
TEST(NetworkChanges, AFullListNeedsRoomFirst) {
  World world = pullers();
  NetworkRules rules = closed();
  rules.ip_rules = {{World::block_of("192.0.2.1")}, {World::block_of("192.0.2.2"), 1}};
  world.network(rules);
  Question question = pull(as_user("ada"));
  question.now = TimePoint(std::chrono::seconds(1));
  question.most_ip_rules = 2;  // the second is past, and goes with the next write
  EXPECT_THAT(explain(world.snapshot, question).changes.front().commands.front(),
              "berth network allow 198.51.100.7 --registry team1");
  question.most_ip_rules = 1;
  const auto said = explain(world.snapshot, question);
  EXPECT_THAT(
      said.changes.front().what,
      StartsWith("The registry's IP rules are as many as its quota allows (1): remove one first. "
                 "Add an IP rule for 198.51.100.7: "));
  EXPECT_THAT(said.changes.front().commands, ElementsAre("berth network show --registry team1"));
  EXPECT_THAT(said.changes.back().commands.front(), StartsWith("berth network default allow"));
}

TEST(NetworkChanges, AFullListOfSubnetsNeedsRoomFirst) {
  World world = pullers();
  NetworkRules rules = closed();
  rules.subnet_rules.push_back({kSubnet + "-other"});
  world.network(rules).subnet(kSubnet, "198.51.100.0/24");
  Question question = pull(as_user("ada"));
  EXPECT_THAT(offered(world, question),
              testing::Contains("berth network allow --subnet " + kSubnet + " --registry team1"));
  question.most_subnet_rules = 1;
  std::vector<std::string> whats, commands;
  for (const Change& change : explain(world.snapshot, question).changes) {
    whats.push_back(change.what);
    commands.insert(commands.end(), change.commands.begin(), change.commands.end());
  }
  EXPECT_THAT(whats,
              testing::Contains(StartsWith(
                  "The registry's virtual-network rules are as many as its quota allows (1): "
                  "remove one first. Add a rule for the subnet '")));
  EXPECT_THAT(commands, testing::Not(testing::Contains(HasSubstr("--subnet"))));
}

TEST(NetworkChanges, TheLastResortSaysWhatAnonymousPullOpens) {
  World world = pullers();
  world.network(closed());
  world.edit([](policy::RegistryPolicy& registry) { registry.anonymous_pull = true; });
  EXPECT_THAT(explain(world.snapshot, pull(as_user("ada"))).changes.back().what,
              HasSubstr("pull every image without it"));
}

TEST(NetworkChanges, PublicAccessComesBackForOneAddress) {
  World world = pullers();
  NetworkRules off = closed();
  off.public_access = false;
  world.network(off);
  EXPECT_THAT(offered(world, pull(as_user("ada"))),
              ElementsAre("berth network allow 198.51.100.7 --registry team1 && "
                          "berth network public on --registry team1",
                          testing::_,
                          "berth network default allow --registry team1 && "
                          "berth network public on --registry team1",
                          testing::_));
  // Where it would open to all networks, these are closed first.
  off.default_allow = true;
  world.network(off);
  const auto lines = offered(world, pull(as_user("ada")));
  EXPECT_THAT(lines,
              ElementsAre(StartsWith("berth network default deny --registry team1 && "), testing::_,
                          "berth network public on --registry team1", testing::_));
}

TEST(NetworkChanges, RulesThatNameItCountAgain) {
  World world = pullers();
  NetworkRules off = closed();
  off.public_access = false;
  off.ip_rules.push_back({World::block_of("198.51.100.0/24")});
  world.network(off);
  const auto said = explain(world.snapshot, pull(as_user("ada")));
  ASSERT_EQ(said.changes.size(), 1U);  // and not that with all networks besides
  EXPECT_THAT(said.changes[0].what, StartsWith("Turn on public access: then the registry's rules"));
  EXPECT_THAT(said.changes[0].commands,
              ElementsAre("berth network public on --registry team1",
                          "az acr update --name team1 --public-network-enabled true"));
}

TEST(NetworkChanges, ARuleThatExpiredIsMadeAnew) {
  World world = pullers();
  NetworkRules rules = closed();
  rules.ip_rules.push_back({World::block_of("198.51.100.7"), 5});
  world.network(rules);
  Question question = pull(as_user("ada"));
  EXPECT_TRUE(allowed(world.snapshot, question));
  question.now = from_micros(6);
  EXPECT_THAT(offered(world, question).front(), StartsWith("berth network allow 198.51.100.7 "));
}

TEST(NetworkChanges, APrivateEndpointIsApprovedAndNothingElseHelps) {
  World world = pullers();
  for (const auto state : {EndpointState::kPending, EndpointState::kRejected}) {
    NetworkRules rules = closed();
    rules.endpoints.push_back({kEndpoint, {}, state, {"address:10.10.9.4"}});
    world.network(rules);
    Question question = pull(as_user("ada"));
    question.source.destination = "10.10.9.4";
    EXPECT_THAT(offered(world, question),
                ElementsAre("berth network private-endpoint approve pe1 --registry team1"));
    rules.endpoints[0].state = EndpointState::kDisconnected;
    world.network(rules);
    EXPECT_THAT(offered(world, question), IsEmpty());
  }
}

TEST(NetworkChanges, ASubnetThatIsDeclaredGetsARule) {
  World world = pullers();
  world.network(closed()).subnet(kSubnet, "10.1.0.0/24");
  const auto said = explain(world.snapshot, pull(as_user("ada"), "10.1.0.9"));
  ASSERT_EQ(said.changes.size(), 3U);
  EXPECT_THAT(said.changes[1].what, EndsWith("Trusted services do not get past the network rules "
                                             "of a registry that has such a rule."));
  EXPECT_THAT(offered(world, pull(as_user("ada"), "10.1.0.9"))[2],
              "berth network allow --subnet " + kSubnet + " --registry team1");
}

// Both at once are refused (N32): beside one that is approved or may be.
TEST(NetworkChanges, ASubnetGetsNoRuleBesideALiveEndpoint) {
  World world = pullers();
  world.subnet(kSubnet, "10.1.0.0/24");
  const std::string line = "berth network allow --subnet " + kSubnet + " --registry team1";
  for (const auto state : {EndpointState::kPending, EndpointState::kApproved,
                           EndpointState::kRejected, EndpointState::kDisconnected}) {
    NetworkRules rules = closed();
    rules.endpoints.push_back({kEndpoint, {}, state, {"address:10.10.9.4"}});
    world.network(rules);
    const auto lines = offered(world, pull(as_user("ada"), "10.1.0.9"));
    const bool gone = state == EndpointState::kRejected || state == EndpointState::kDisconnected;
    EXPECT_EQ(std::ranges::count(lines, line), gone ? 1 : 0) << policy::state_name(state);
  }
}

TEST(NetworkChanges, NoEndpointIsApprovedBesideSubnetRules) {
  World world = pullers();
  NetworkRules rules = closed();
  rules.endpoints.push_back({kEndpoint, {}, EndpointState::kRejected, {"address:10.10.9.4"}});
  rules.subnet_rules.push_back({kSubnet});
  world.network(rules);
  Question question = pull(as_user("ada"));
  question.source.destination = "10.10.9.4";
  EXPECT_THAT(offered(world, question), IsEmpty());
}

TEST(NetworkChanges, WhoMayComeThroughAnEndpointNeedsItsNamesFirst) {
  World world = pullers();
  for (const bool public_access : {true, false}) {
    NetworkRules rules = closed();
    rules.public_access = public_access;
    rules.endpoints.push_back({kEndpoint + "-old", {}, EndpointState::kRejected, {"aws:vpce-1"}});
    rules.endpoints.push_back({kEndpoint, {}, EndpointState::kApproved, {"address:10.10.9.4"}});
    world.network(rules);
    EXPECT_EQ(offered(world, pull(as_user("ada"))).front(), "berth network dns --registry team1");
    EXPECT_EQ(explain(world.snapshot, pull(as_user("ada"))).changes.front().what,
              "Come through the private endpoint 'pe1': its records are printed by `berth network "
              "dns -r team1`.");
    // Its own address is where clients go to.
    EXPECT_THAT(explain(world.snapshot, pull(as_user("ada"), "10.10.9.4")).changes.front().what,
                EndsWith(" 10.10.9.4 is its own address, a destination: clients connect to it and "
                         "come from others. Ask with --via-endpoint pe1."));
    rules.endpoints.back().state = EndpointState::kPending;
    world.network(rules);
    EXPECT_THAT(offered(world, pull(as_user("ada"))).front(), StartsWith("berth network allow "));
  }
}

TEST(NetworkChanges, ATrustedServiceNeedsTheBypassOrItsKind) {
  World world = pullers();
  world.network(closed()).expect(ServiceKind::kContainerInstances, "10.20.0.0/16");
  const Question question = pull(as_program("runner"), "10.20.0.5");
  const std::string say = "berth sp update {principal} --service-kind container-instances";
  EXPECT_THAT(offered(world, question).front(), say);
  // A person is no service.
  EXPECT_THAT(offered(world, pull(as_user("ada"), "10.20.0.5")).front(),
              StartsWith("berth network allow 10.20.0.5 "));
  world.snapshot.principals.set("runner",
                                {true, false, ServiceKind::kContainerInstances, {"runner-1"}, {}});
  NetworkRules rules = closed();
  rules.bypass = false;
  world.network(rules);
  EXPECT_THAT(offered(world, question).front(),
              "berth network trusted-services on --registry team1");
}

TEST(NetworkChanges, TasksHaveAFlagOfTheirOwn) {
  World world = pullers();
  world.network(closed()).expect(ServiceKind::kTasks, "10.20.0.0/16");
  world.snapshot.principals.set("runner", {true, false, ServiceKind::kTasks, {"runner-1"}, {}});
  EXPECT_THAT(offered(world, pull(as_program("runner"), "10.20.0.5")).front(),
              "berth network trusted-services on --tasks on --registry team1");
}

TEST(NetworkChanges, WhereARoleIsMissingTooTheDoorIsToldAlone) {
  World world = pullers();
  world.user("bob").network(closed());
  const auto said = explain(world.snapshot, pull(as_user("bob")));
  ASSERT_EQ(said.changes.size(), 2U);
  EXPECT_THAT(said.changes[0].commands.front(), StartsWith("berth network allow 198.51.100.7 "));
  for (const Change& change : said.changes) {
    EXPECT_THAT(change.what, HasSubstr(" Then it is refused for another reason: "));
  }
}

TEST(NetworkChanges, WithoutAnAddressThereIsNoRuleForIt) {
  World world = pullers();
  world.network(closed());
  EXPECT_THAT(offered(world, pull(as_user("ada"), "")).front(),
              "berth network default allow --registry team1");
}

}  // namespace
}  // namespace berth::explain
