// The network decision against the slow one: more than a million ways to some thousand random
// registries. A disagreement prints the seed, the way and the rules; random_network() of that seed
// makes them again.
#include <gtest/gtest.h>

#include <iostream>
#include <map>

#include "random_network.h"

namespace berth::permissions {
namespace {

using policy::Admission;

constexpr std::uint64_t kNetworksPerShard = 2'600;
constexpr std::size_t kWaysPerNetwork = 200;
constexpr std::size_t kTraceEvery = 20;

using Seen = std::map<std::string, std::size_t>;

void expect_same(const Admission& admission, const SlowNetwork::Door& door,
                 const SlowNetwork::Seen& seen, const policy::Source& source) {
  const bool in = door.everybody || !door.kinds.empty();
  EXPECT_EQ(admission.allowed(), in);
  EXPECT_TRUE(in || admission.verdict == policy::Verdict::kDenyNetwork);
  EXPECT_EQ(admission.rule, door.rule);
  EXPECT_EQ(admission.only, to_kinds(door.kinds));
  EXPECT_EQ(admission.reason.empty(), in);
  EXPECT_EQ(admission.ingress, to_kinds(seen.declared));
  EXPECT_EQ(admission.subnet, seen.subnet);
  EXPECT_EQ(admission.endpoint_state.has_value(), seen.endpoint != nullptr);
  EXPECT_EQ(admission.private_endpoint,
            seen.endpoint != nullptr ? seen.endpoint->id : source.private_endpoint);
  if (admission.endpoint_state) {
    EXPECT_EQ(policy::state_name(*admission.endpoint_state), seen.endpoint->state);
  }
}

// The kinds that the trace names are those that get in, and the block is one that holds.
void expect_trace_tells(const policy::Snapshot& snapshot, const policy::Source& source,
                        std::int64_t now, const SlowNetwork::Door& door) {
  policy::Trace trace;
  const policy::Principal nobody;
  const auto name = oci::RepositoryName::parse("app").value();
  policy::decide(snapshot,
                 {source, nobody, policy::Action::kPull, "contoso", &name, from_micros(now)},
                 &trace);
  EXPECT_EQ(trace.steps.at(0).rule, door.rule);
  EXPECT_EQ(to_kinds(trace.network.only), to_kinds(door.kinds));
  EXPECT_EQ(trace.network.ip_rule.empty(), door.rule != "ip-rule");
  if (!trace.network.ip_rule.empty()) {
    EXPECT_TRUE(plain_block(trace.network.ip_rule).holds(*address_bits(source.address)));
  }
}

void compare_network(std::uint64_t seed, Seen& rules) {
  Random random(seed);
  const PlainNetwork plain = random_network(random);
  const SlowNetwork slow(plain);
  const policy::Snapshot snapshot = to_snapshot(plain);
  for (std::size_t i = 0; i < kWaysPerNetwork; ++i) {
    const policy::Source source = random_way(random);
    const std::int64_t now = random_moment(random);
    const auto seen = slow.look(source, now);
    const auto door = slow.door(seen);
    ++rules[door.rule];
    expect_same(policy::admit(snapshot, source, "contoso", from_micros(now)), door, seen, source);
    if (i % kTraceEvery == 0) expect_trace_tells(snapshot, source, now, door);
    // Whoever gets in without being a service does so as one, too.
    if (door.everybody) EXPECT_TRUE(slow.answer(seen, random.pick(kAllKinds)).in);
    if (::testing::Test::HasFailure()) {
      FAIL() << "seed " << seed << ", way " << i << ", at " << now << ": " << to_text(source)
             << "\nexpected: " << door.rule << "\n"
             << to_text(plain);
    }
  }
}

constexpr std::string_view kRules[] = {"private-endpoint",
                                       "private-endpoint-pending",
                                       "private-endpoint-rejected",
                                       "private-endpoint-disconnected",
                                       "public-access-disabled",
                                       "default-action",
                                       "ip-rule",
                                       "virtual-network-rule",
                                       "trusted-service",
                                       "no-network-rule",
                                       "bypass-off",
                                       "bypass-virtual-network-rules",
                                       "bypass-not-covered",
                                       "bypass-tasks"};

class NetworkDifferential : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(NetworkDifferential, TheDecisionIsTheReferences) {
  const std::uint64_t first = GetParam() * kNetworksPerShard;
  Seen seen;
  for (std::uint64_t seed = first; seed < first + kNetworksPerShard; ++seed) {
    compare_network(seed, seen);
    if (HasFatalFailure()) return;
  }
  for (const auto rule : kRules) {
    const std::size_t times = seen[std::string(rule)];
    EXPECT_GE(times, kNetworksPerShard * kWaysPerNetwork / 500) << rule;
    std::cout << rule << " " << times << (rule == kRules[13] ? "\n" : ", ");
  }
  EXPECT_EQ(seen.size(), std::size(kRules));
}

static_assert(2 * kNetworksPerShard * kWaysPerNetwork >= 1'000'000);
INSTANTIATE_TEST_SUITE_P(Seeds, NetworkDifferential, ::testing::Values(1, 2));

}  // namespace
}  // namespace berth::permissions
