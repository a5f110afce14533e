#include "explain/preview_network.h"

#include <gtest/gtest.h>

#include "explain/world_testing.h"

namespace berth::explain {
namespace {

using policy::NetworkRules;
using policy::ServiceKind;
using policy::Verdict;

policy::Source from(const std::string& address) {
  policy::Source source;
  source.tls = true;
  source.address = address;
  return source;
}

NetworkRules closed(const std::vector<std::string>& blocks = {}) {
  NetworkRules rules;
  rules.default_allow = false;
  for (const std::string& block : blocks) rules.ip_rules.push_back({World::block_of(block)});
  return rules;
}

std::vector<std::size_t> places(const std::vector<CallerChange>& changes) {
  std::vector<std::size_t> out;
  for (const CallerChange& change : changes) out.push_back(change.caller);
  return out;
}
using Places = std::vector<std::size_t>;

TEST(PreviewNetwork, SaysWhoIsLockedOutAndWhoIsLetIn) {
  World world;
  world.network(closed({"10.0.0.0/8"}));
  const std::vector<Caller> callers = {
      {from("10.1.2.3")}, {from("198.51.100.7")}, {from("10.9.9.9")}, {from("203.0.113.1")}};
  const auto preview = preview_network(world.snapshot, "team1",
                                       closed({"10.9.0.0/16", "198.51.100.7"}), callers, {});
  EXPECT_EQ(places(preview.locked_out), Places{0});
  EXPECT_EQ(places(preview.let_in), Places{1});
  EXPECT_EQ(preview.unchanged, 2U);
  EXPECT_EQ(preview.locked_out[0].before.rule, "ip-rule");
  EXPECT_EQ(preview.locked_out[0].after.rule, "no-network-rule");
  EXPECT_EQ(preview.locked_out[0].after.verdict, Verdict::kDenyNetwork);
  EXPECT_FALSE(preview.locked_out[0].after.reason.empty());
}

// Whoever may not pull today is not locked out by a closed network.
TEST(PreviewNetwork, AsksForPermissionWhereSomebodyIsNamed) {
  World world;
  world.user("ada").assign("ada", policy::kAcrPullRole).user("bob");
  const policy::Principal ada = as_user("ada");
  const policy::Principal bob = as_user("bob");
  const auto app = oci::RepositoryName::parse("app").value();
  const auto source = from("198.51.100.7");
  const std::vector<Caller> callers = {{source, &ada, {}, &app},
                                       {source, &bob, {}, &app},
                                       {source, &ada, policy::Action::kPush, &app},
                                       {source, &ada}};
  const auto preview = preview_network(world.snapshot, "team1", closed(), callers, {});
  EXPECT_EQ(places(preview.locked_out), (Places{0, 3}));
  EXPECT_EQ(preview.unchanged, 2U);
}

TEST(PreviewNetwork, SomebodyWithoutANameIsNoTrustedService) {
  World world;
  world.user("runner").assign("runner", policy::kAcrPullRole);
  world.snapshot.principals.set("runner",
                                {true, false, ServiceKind::kContainerInstances, {"runner-1"}, {}});
  world.expect(ServiceKind::kContainerInstances, "10.20.0.0/16");
  const policy::Principal runner = as_program("runner");
  const auto app = oci::RepositoryName::parse("app").value();
  const auto source = from("10.20.0.5");
  const auto preview = preview_network(world.snapshot, "team1", closed(),
                                       {{source}, {source, &runner, {}, &app}}, {});
  EXPECT_EQ(places(preview.locked_out), Places{0});
  EXPECT_EQ(preview.locked_out[0].after.rule, "service-kind");
  EXPECT_EQ(preview.unchanged, 1U);
}

TEST(PreviewNetwork, OfAnUnknownRegistryNothingChanges) {
  const World world;
  const auto preview =
      preview_network(world.snapshot, "team9", closed(), {{from("198.51.100.7")}}, {});
  EXPECT_EQ(preview.unchanged, 1U);
}

}  // namespace
}  // namespace berth::explain
