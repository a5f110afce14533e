#include "network_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <string>

#include "explain/preview_network.h"
#include "policy/decision.h"

namespace berth::bench {
namespace {

constexpr int kIpRules = 200;
constexpr int kSubnetRules = 100;  // of twice as many subnets
constexpr int kSources = 8192;
constexpr int kCallers = 10'000;
constexpr int kRuns = 51;
constexpr const char* kRegistry = "contoso";

using Clock = std::chrono::steady_clock;

class Random {
 public:
  unsigned below(unsigned end) { return static_cast<unsigned>(random_() % end); }
  // One in four is IPv6. A few networks, so that about half of the addresses lie in some rule.
  std::string address() {
    if (below(4) == 0) return fmt::format("2001:db8:{:x}::{:x}", below(256), below(65536));
    return fmt::format("10.{}.{}.{}", below(4), below(256), below(256));
  }
  IpPrefix block() {
    const IpAddress address = *IpAddress::parse(this->address());
    return {address, address.v4() ? 22 + below(11) : 44 + below(21)};
  }

 private:
  std::mt19937 random_{7};  // the same every time
};

policy::Subnet subnet(int i) {
  return {fmt::format("/subscriptions/s/resourcegroups/g/providers/microsoft.network/"
                      "virtualnetworks/office/subnets/{:03}",
                      i),
          {},
          IpPrefix::parse(fmt::format("10.3.{}.0/24", i)).value()};
}

policy::Snapshot closed_world(Random& random) {
  policy::NetworkRules rules;
  rules.default_allow = false;
  for (int i = 0; i < kIpRules; ++i) rules.ip_rules.push_back({random.block()});
  std::vector<policy::Subnet> subnets;
  for (int i = 0; i < 2 * kSubnetRules; ++i) {
    subnets.push_back(subnet(i));
    if (i % 2 == 0) rules.subnet_rules.push_back({subnets.back().id});
  }
  policy::RegistryPolicy registry;
  registry.key = registry.name = kRegistry;
  registry.network = std::make_shared<const policy::Network>(std::move(rules));
  policy::Snapshot snapshot;
  snapshot.registries.set(kRegistry, std::move(registry));
  snapshot.subnets = std::make_shared<const policy::Subnets>(std::move(subnets));
  snapshot.ingresses =
      std::make_shared<const policy::TrustedIngresses>(std::vector<policy::TrustedIngress>{
          {policy::ServiceKind::kScanner, {*IpPrefix::parse("192.168.0.0/16")}, {}, {}}});
  return snapshot;
}

// Rule by rule, without any index.
bool let_in(const policy::NetworkRules& rules, const std::vector<policy::Subnet>& subnets,
            const std::string& text) {
  const IpAddress address = *IpAddress::parse(text);
  const bool by_ip = std::ranges::any_of(
      rules.ip_rules, [&](const auto& rule) { return rule.block.contains(address); });
  return by_ip || std::ranges::any_of(subnets, [&](const policy::Subnet& one) {
           return one.block.contains(address) &&
                  std::ranges::any_of(rules.subnet_rules,
                                      [&](const auto& rule) { return rule.subnet == one.id; });
         });
}

// Median microseconds of one admit(); below 0 when one of them was wrong.
double admit_micros(const policy::Snapshot& snapshot, const std::vector<policy::Source>& sources) {
  const policy::NetworkRules& rules = snapshot.registries.find(kRegistry)->network->rules();
  std::ptrdiff_t wanted = 0;
  for (const auto& source : sources) {
    wanted += let_in(rules, snapshot.subnets->all(), source.address) ? 1 : 0;
  }
  std::vector<double> runs;
  for (int run = 0; run < kRuns; ++run) {
    const auto start = Clock::now();
    const auto allowed = std::ranges::count_if(sources, [&](const policy::Source& source) {
      return policy::admit(snapshot, source, kRegistry, {}).allowed();
    });
    const std::chrono::duration<double, std::micro> took = Clock::now() - start;
    runs.push_back(took.count() / static_cast<double>(sources.size()));
    if (allowed != wanted || allowed == 0) return -1;
  }
  std::ranges::sort(runs);
  return runs[runs.size() / 2];
}

double preview_millis(const policy::Snapshot& snapshot,
                      const std::vector<policy::Source>& sources) {
  std::vector<explain::Caller> callers;
  for (std::size_t i = 0; i < kCallers; ++i) callers.push_back({sources[i % sources.size()]});
  policy::NetworkRules after = snapshot.registries.find(kRegistry)->network->rules();
  after.ip_rules.resize(after.ip_rules.size() / 2);
  const auto start = Clock::now();
  const auto preview = explain::preview_network(snapshot, kRegistry, after, callers, {});
  const std::chrono::duration<double, std::milli> took = Clock::now() - start;
  return preview.locked_out.empty() || !preview.let_in.empty() ? -1 : took.count();
}

}  // namespace

std::vector<Figure> network_figures() {
  Random random;
  const policy::Snapshot snapshot = closed_world(random);
  std::vector<policy::Source> sources(kSources);
  for (policy::Source& source : sources) {
    source.tls = true;
    source.listener = "tls";
    source.address = random.address();
    source.destination = "203.0.113.10";
  }
  const double admit = admit_micros(snapshot, sources);
  const double preview = preview_millis(snapshot, sources);
  if (admit < 0 || preview < 0) return {};
  return {{"network_decision_300_rules", "us", admit, 1, false},
          {"network_preview_10000_callers", "ms", preview, 500, false}};
}

}  // namespace berth::bench
