// Over random small worlds: whatever is offered helps, done by an operator who only has the text.
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "explain/operator_testing.h"
#include "explain/world_testing.h"

namespace berth::explain {
namespace {

using policy::Action;

const std::string kNetworks = "/subscriptions/s/resourcegroups/g/providers/microsoft.network";
const std::string kSubnet = kNetworks + "/virtualnetworks/v/subnets/a";
const std::string kEndpoint = kNetworks + "/privateendpoints/pe1";

class RandomWorld {
 public:
  explicit RandomWorld(std::uint32_t seed)
      : random_(seed), world(one_of({0, 1}) == 0 ? kByRegistry : kByRepository) {
    world.group("g1", maybe({"g2"})).group("g2");
    for (const std::string id : {"ada", "bob"}) {
      world.user(id, maybe({one_of<std::string>({"g1", "g2"})}));
      if (chance(10))
        world.snapshot.principals.set(id,
                                      {false, false, policy::ServiceKind::kNone, {id + "-1"}, {}});
    }
    for (int i = random(5); i > 0; --i) assign();
    for (int i = random(4); i > 0; --i) rules_.push_back({repository(true), rule_action()});
    world.scope_map("builders", rules_);
    for (const std::string name : {"ci-one", "ci-two"}) {
      world.token(name,
                  one_of<std::string>({"builders", "_repositories_pull", "_repositories_push"}),
                  !chance(15));
    }
    world.edit([&](policy::RegistryPolicy& registry) {
      registry.admin_enabled = chance(20);
      registry.anonymous_pull = chance(10);
    });
    if (chance(10)) world.deny(maybe({"*/read"}), maybe({"*/write", "*/delete"}), maybe({"bob"}));
  }

  // Rules, private endpoints, a subnet and trusted services; and where the question comes from.
  Question network_question() {
    policy::NetworkRules rules;
    rules.public_access = chance(70);
    rules.default_allow = chance(20);
    rules.bypass = chance(60);
    rules.bypass_for_tasks = chance(30);
    for (int i = random(3); i > 0; --i) {
      rules.ip_rules.push_back({World::block_of(block()), one_of({0, 0, 5, 50})});
    }
    if (chance(40)) {
      const auto state = static_cast<policy::EndpointState>(random(4));
      rules.endpoints.push_back({kEndpoint, {}, state, {"address:10.10.9.4"}});
    }
    const bool live = !rules.endpoints.empty() &&
                      rules.endpoints.front().state < policy::EndpointState::kRejected;
    if (!live && chance(40)) {
      const auto vm = kinds_of(policy::ServiceKind::kVm);
      rules.subnet_rules.push_back({chance(50) ? kSubnet : kSubnet + "-two", chance(50) ? vm : 0});
    }
    world.network(std::move(rules)).subnet(kSubnet, block()).expect(kind(), block());
    for (const std::string id : {"ada", "bob"}) {
      policy::PrincipalRecord record = *world.snapshot.principals.find(id);
      record.service = chance(50) ? kind() : policy::ServiceKind::kNone;
      world.snapshot.principals.set(id, std::move(record));
    }
    Question out = question();
    out.now = from_micros(10);
    out.source.address = one_of<std::string>({"", "10.0.0.5", "10.0.1.6", "2001:db8::1"});
    if (chance(30)) out.source.destination = "10.10.9.4";
    if (out.principal.in_directory() && chance(60)) {
      out.principal.kind = policy::PrincipalKind::kServicePrincipal;
    }
    return out;
  }

  Question question() {
    std::array who = {policy::Principal{}, as_user("ada"), as_user("bob"), as_token("ci-one"),
                      as_admin()};
    policy::Principal principal = who[static_cast<std::size_t>(random(who.size()))];
    if (!principal.anonymous() && chance(10)) principal.credential = "old";
    const auto action = static_cast<Action>(random(8));
    return ask(std::move(principal), action,
               action < Action::kCatalogRead ? repository(false) : std::string());
  }

 private:
  std::mt19937 random_;

  int random(std::size_t below) {
    return std::uniform_int_distribution<int>(0, static_cast<int>(below) - 1)(random_);
  }
  bool chance(int percent) { return random(100) < percent; }
  template <class T>
  T one_of(std::vector<T> all) {
    return all[static_cast<std::size_t>(random(all.size()))];
  }
  int one_of(std::initializer_list<int> all) { return one_of(std::vector<int>(all)); }
  std::vector<std::string> maybe(std::vector<std::string> all) {
    return chance(50) ? all : std::vector<std::string>();
  }
  std::string repository(bool pattern) {
    if (pattern && chance(40)) return one_of<std::string>({"*", "team/*", "a/b/*"});
    return one_of<std::string>({"app", "team/app", "team/tool", "a/b/c"});
  }
  std::string block() {
    return one_of<std::string>({"10.0.0.0/24", "10.0.0.5", "10.0.0.0/8", "2001:db8::/32"});
  }
  policy::ServiceKind kind() {
    using policy::ServiceKind;
    return one_of<ServiceKind>({ServiceKind::kContainerInstances, ServiceKind::kTasks,
                                ServiceKind::kAppService, ServiceKind::kVm});
  }
  std::string rule_action() {
    return one_of<std::string>({"content/read", "content/write", "content/delete", "metadata/read",
                                "metadata/write", "catalog/read"});
  }
  std::string condition() {
    std::string text = kNameAttribute + one_of<std::string>({" StringEquals ", " StringLike "}) +
                       "'" + repository(true) + "'";
    if (chance(30)) text = "!(" + text + ")";
    if (chance(30)) text += " AND @Environment[isPrivateLink] BoolEquals true";
    return text;
  }
  void assign() {
    const auto& roles = policy::built_in_roles();
    const policy::RoleDefinition& role = roles[static_cast<std::size_t>(random(roles.size()))];
    // The conditions here are about repositories: such as roles of repositories can have.
    const bool conditional = policy::conditionable(role) && !role.data_actions.empty();
    world.assign(one_of<std::string>({"ada", "bob", "g1", "g2"}), role.id,
                 one_of<std::string>({kRegistryId, kGroupId, kElsewhereId, "/"}),
                 conditional && chance(60) ? condition() : "");
  }

  std::vector<policy::ScopeMapRule> rules_;

 public:
  World world;
};

TEST(Property, WhateverIsOfferedHelps) {
  std::size_t refused = 0;
  std::size_t tried = 0;
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    RandomWorld random(seed);
    const Question question = random.question();
    const Explanation said = explain(random.world.snapshot, question);
    ASSERT_EQ(said.decision.allowed(), allowed(random.world.snapshot, question)) << seed;
    if (said.decision.allowed()) {
      ASSERT_TRUE(said.changes.empty()) << seed;
      continue;
    }
    ++refused;
    ASSERT_LE(said.changes.size(), 5U);
    for (const Change& change : said.changes) {
      for (const std::string& command : change.commands) {
        policy::Snapshot snapshot = random.world.snapshot;
        Question again = question;
        ASSERT_NO_THROW(paste(command, question.principal.id, snapshot, again)) << command;
        ASSERT_TRUE(allowed(snapshot, again)) << seed << ": " << command;
        ++tried;
      }
    }
  }
  EXPECT_GT(refused, 800U);
  EXPECT_GT(tried, 2000U);
}

policy::Verdict verdict(const policy::Snapshot& snapshot, const Question& question) {
  const auto* repository = question.repository ? &*question.repository : nullptr;
  return policy::decide(snapshot, {question.source, question.principal, question.action,
                                   question.registry, repository, question.now})
      .verdict;
}

// Whatever the network refuses, an offered line leads past it, and where it says no more, it is
// allowed.
TEST(Property, WhateverIsOfferedLeadsPastTheNetwork) {
  std::size_t refused = 0;
  std::size_t tried = 0;
  std::size_t doors = 0;  // with another one behind
  for (std::uint32_t seed = 0; seed < 3000; ++seed) {
    RandomWorld random(seed);
    const Question question = random.network_question();
    const Explanation said = explain(random.world.snapshot, question);
    ASSERT_EQ(said.decision.verdict, verdict(random.world.snapshot, question)) << seed;
    if (said.decision.verdict == policy::Verdict::kDenyNetwork) ++refused;
    for (const Change& change : said.changes) {
      const bool half = change.what.find(" Then it is refused for another") != std::string::npos;
      ASSERT_LE(half, said.decision.verdict == policy::Verdict::kDenyNetwork) << seed;
      for (const std::string& command : change.commands) {
        policy::Snapshot snapshot = random.world.snapshot;
        Question again = question;
        ASSERT_NO_THROW(paste(command, question.principal.id, snapshot, again)) << command;
        ASSERT_NE(verdict(snapshot, again), policy::Verdict::kDenyNetwork)
            << seed << ": " << command;
        ASSERT_EQ(allowed(snapshot, again), !half) << seed << ": " << command;
        ++(half ? doors : tried);
      }
    }
  }
  EXPECT_GT(refused, 1000U);
  EXPECT_GT(tried, 1000U);
  EXPECT_GT(doors, 1000U);
}

// Who is listed may, and who may is listed.
TEST(Property, WhoCanAgreesWithTheDecision) {
  for (std::uint32_t seed = 0; seed < 1000; ++seed) {
    RandomWorld random(seed);
    Question question = random.question();
    random.world.edit([](policy::RegistryPolicy& registry) { registry.anonymous_pull = false; });
    const Everybody found = who_can(random.world.snapshot, question);
    for (const auto& who : {as_user("ada"), as_user("bob"), as_token("ci-one"), as_admin()}) {
      question.principal = who;
      const bool listed = std::ranges::any_of(found.holders, [&](const Holder& holder) {
        return holder.id == who.id && !holder.group;
      });
      ASSERT_EQ(listed, allowed(random.world.snapshot, question)) << seed << " " << who.id;
    }
  }
}

}  // namespace
}  // namespace berth::explain
