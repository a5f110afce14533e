// What holds for every registry and every way to it, whatever its network rules are: each law is
// asked before and after one change of random rules.
#include <gtest/gtest.h>

#include "random_network.h"

namespace berth::permissions {
namespace {

using policy::Admission;
using policy::Snapshot;
using policy::Verdict;

constexpr std::uint64_t kNetworks = 300;
constexpr std::size_t kWays = 150;
constexpr std::uint64_t kFirstSeed = 3'000'000;

struct Way {
  policy::Source source;
  TimePoint now;
};

// Who gets in: a bit for whoever is no service, and one for each kind.
policy::KindSet who(const Admission& admission) {
  if (!admission.allowed()) return 0;
  return admission.only == 0 ? ~policy::KindSet{0} : admission.only;
}
bool part_of(policy::KindSet some, policy::KindSet all) {
  return (some & ~all) == 0;
}

// Calls `change(random, network)` on many networks, and for each way `law(before, after)`, which
// tells whether it was put to the test. Returns how often.
template <class Change, class Law>
std::size_t in_many_networks(Change change, Law law) {
  std::size_t tested = 0;
  for (std::uint64_t seed = kFirstSeed; seed < kFirstSeed + kNetworks; ++seed) {
    Random random(seed);
    PlainNetwork network = random_network(random);
    const Snapshot before = to_snapshot(network);
    change(random, network);
    const Snapshot after = to_snapshot(network);
    for (std::size_t i = 0; i < kWays; ++i) {
      const Way way{random_way(random), from_micros(random_moment(random))};
      const auto was = policy::admit(before, way.source, "contoso", way.now);
      const auto is = policy::admit(after, way.source, "contoso", way.now);
      if (law(was, is)) ++tested;
      if (::testing::Test::HasFailure()) {
        ADD_FAILURE() << "seed " << seed << ": " << to_text(way.source) << "\n" << to_text(network);
        return tested;
      }
    }
  }
  return tested;
}

TEST(NetworkProperties, WithoutPublicAccessNobodyMoreGetsIn) {
  const auto disable = [](Random&, PlainNetwork& network) { network.public_access = false; };
  EXPECT_GE(in_many_networks(disable,
                             [](const Admission& was, const Admission& is) {
                               // Whoever was let in as a service of the network or by a rule is
                               // out, or stays in as what he is.
                               EXPECT_TRUE(part_of(who(is), who(was)));
                               return who(is) != who(was);
                             }),
            1'000);
}

TEST(NetworkProperties, IpRulesNeverMatterToPrivateEndpoints) {
  const auto others = [](Random& random, PlainNetwork& network) {
    network.ip_rules.clear();
    for (std::size_t i = random.below(8); i > 0; --i) {
      network.ip_rules.push_back(random_ip_rule(random));
    }
    if (random.chance(50)) network.ip_rules.push_back({"0.0.0.0/0", 0});
  };
  EXPECT_GE(in_many_networks(others,
                             [](const Admission& was, const Admission& is) {
                               if (!was.endpoint_state) return false;
                               EXPECT_EQ(was.rule, is.rule);
                               EXPECT_EQ(who(was), who(is));
                               return true;
                             }),
            1'000);
}

TEST(NetworkProperties, AnIpRuleMoreLocksNobodyOut) {
  const auto add = [](Random& random, PlainNetwork& network) {
    network.ip_rules.push_back(random_ip_rule(random));
  };
  EXPECT_GE(in_many_networks(add,
                             [](const Admission& was, const Admission& is) {
                               EXPECT_TRUE(part_of(who(was), who(is)));
                               return who(is) != who(was);
                             }),
            100);
}

// N30: with a service endpoint, disabling public access disables it too.
TEST(NetworkProperties, SubnetRulesLetNobodyInWithoutPublicAccess) {
  const auto add = [](Random& random, PlainNetwork& network) {
    const bool off = !network.public_access;
    for (std::size_t i = 0; off && i < 3; ++i) {
      network.subnet_rules.push_back(random_subnet_rule(random));
    }
  };
  std::size_t out_of_a_subnet = 0;
  const auto law = [&](const Admission& was, const Admission& is) {
    const bool off = is.rule == "public-access-disabled";
    if (off && !is.subnet.empty()) ++out_of_a_subnet;
    if (off) EXPECT_TRUE(was.rule == "public-access-disabled" || was.rule == "trusted-service");
    if (was.rule == "public-access-disabled") EXPECT_EQ(is.rule, was.rule);
    return off;
  };
  EXPECT_GE(in_many_networks(add, law), 1'000);
  EXPECT_GE(out_of_a_subnet, 200);
}

TEST(NetworkProperties, AWayForSomeKindsIsNoneForTheAnonymousNorForOtherKinds) {
  const policy::Principal nobody;
  const auto name = oci::RepositoryName::parse("app").value();
  policy::Principal service;
  service.kind = policy::PrincipalKind::kManagedIdentity;
  service.id = "service";
  service.credential = "c";
  std::size_t tested = 0;
  for (std::uint64_t seed = kFirstSeed; seed < kFirstSeed + kNetworks; ++seed) {
    Random random(seed);
    Snapshot snapshot = to_snapshot(random_network(random));
    const auto& kind = random.pick(policy::service_kinds());
    snapshot.principals.set("service",
                            {.service = kind.kind, .credentials = {"c"}, .member_of = {}});
    for (std::size_t i = 0; i < kWays; ++i) {
      const Way way{random_way(random), from_micros(random_moment(random))};
      const auto admission = policy::admit(snapshot, way.source, "contoso", way.now);
      const auto pull = [&](const policy::Principal& principal) {
        return policy::decide(
            snapshot, {way.source, principal, policy::Action::kPull, "contoso", &name, way.now});
      };
      // The registry is open to anonymous pulls, so only the network stands in the way.
      const bool everybody = admission.allowed() && admission.only == 0;
      EXPECT_EQ(pull(nobody).allowed(), everybody);
      EXPECT_EQ(pull(service).allowed(), (who(admission) & policy::kinds_of(kind.kind)) != 0);
      if (admission.only == 0) continue;
      ++tested;
      EXPECT_EQ(pull(nobody).verdict, Verdict::kDenyPermission);
    }
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
  EXPECT_GE(tested, 1'000U);
}

TEST(NetworkProperties, ALinkOpensNoWayThatIsNotOpen) {
  std::size_t good = 0, other_way = 0, other_kind = 0;
  for (std::uint64_t seed = kFirstSeed; seed < kFirstSeed + kNetworks; ++seed) {
    Random random(seed);
    const Snapshot snapshot = to_snapshot(random_network(random));
    for (std::size_t i = 0; i < kWays; ++i) {
      const Way way{random_way(random), from_micros(random_moment(random))};
      const std::string given =
          random.chance(50) ? "/net/privateendpoints/pe" + std::to_string(random.below(4)) : "";
      const auto kind = random.pick(policy::service_kinds()).kind;
      const auto admission = policy::admit(snapshot, way.source, "contoso", way.now);
      const auto decision =
          policy::admit_link(snapshot, {way.source, "contoso", given, kind, way.now});
      const bool same_way =
          given.empty() || (admission.endpoint_state && given == admission.private_endpoint);
      const bool of_the_kind = (who(admission) & policy::kinds_of(kind)) != 0;
      EXPECT_EQ(decision.allowed(), admission.allowed() && same_way && of_the_kind);
      if (decision.allowed()) ++good;
      if (decision.rule == "data-link-other-way") ++other_way;
      if (decision.rule == "service-kind") ++other_kind;
    }
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
  EXPECT_GE(good, 500U);
  EXPECT_GE(other_way, 500U);
  EXPECT_GE(other_kind, 200U);
}

}  // namespace
}  // namespace berth::permissions
