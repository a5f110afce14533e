#include "random_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "pools.h"

namespace berth::permissions {
namespace {

using policy::Source;

constexpr std::array<std::string_view, 4> kSubnetIds = {"/net/v/subnets/a", "/net/v/subnets/b",
                                                        "/net/v/subnets/c", "/net/w/subnets/a"};
constexpr std::array<std::string_view, 3> kListenerNames = {"public", "private", "services"};
constexpr std::array<std::string_view, 2> kAuthorities = {"partner", "services"};
constexpr std::array<std::string_view, 4> kProxyLinks = {"azure:1", "azure:12", "aws:vpce-1",
                                                         "gcp:1"};
constexpr std::array<std::string_view, 4> kArrivals = {"10.9.0.4", "10.9.0.5", "2001:db8:9::4",
                                                       "::ffff:10.9.0.4"};
constexpr std::array<std::string_view, 4> kStates = {"Approved", "Pending", "Rejected",
                                                     "Disconnected"};
constexpr std::array<std::string_view, 4> kNoAddresses = {"", "fe80::1%eth0", "localhost",
                                                          "10.0.0"};

std::string random_v4(Random& random) {
  return fmt::format("10.{}.{}.{}", random.below(3), random.below(4) * 64, random.below(256));
}
std::string random_v6(Random& random) {
  const auto at = random.below(4) * 0x4000;
  if (random.chance(50)) return fmt::format("2001:db8:{}::{:x}", random.below(3), at);
  return fmt::format("2001:DB8:{:04x}:{:x}:0:0:0:{}", random.below(3), at, random.below(10));
}
std::string random_address(Random& random) {
  if (random.chance(30)) return random_v6(random);
  return (random.chance(15) ? "::ffff:" : "") + random_v4(random);
}

std::string random_block(Random& random) {
  constexpr std::array<unsigned, 12> v4 = {8, 12, 16, 17, 18, 20, 22, 24, 25, 31, 32, 0};
  constexpr std::array<unsigned, 9> v6 = {16, 32, 46, 47, 48, 49, 50, 64, 0};
  if (random.chance(20)) return random_address(random);
  if (random.chance(30)) return fmt::format("{}/{}", random_v6(random), random.pick(v6));
  const bool wide = random.chance(10);
  const unsigned length = wide ? random.pick(v4) : 18 + static_cast<unsigned>(random.below(13));
  if (random.chance(15)) return fmt::format("::ffff:{}/{}", random_v4(random), 96 + length);
  return fmt::format("{}/{}", random_v4(random), length);
}

template <class List>
std::vector<std::string> some_of(Random& random, const List& list, unsigned percent) {
  std::vector<std::string> out;
  for (const auto one : list) {
    if (random.chance(percent)) out.emplace_back(one);
  }
  return out;
}

PlainEndpoint random_endpoint(Random& random, std::size_t place) {
  PlainEndpoint endpoint{fmt::format("/net/privateendpoints/pe{}", place),
                         std::string(random.pick(kStates)), some_of(random, kProxyLinks, 25)};
  for (const auto& name : some_of(random, kListenerNames, 6)) {
    endpoint.links.push_back("listener:" + name);
  }
  for (const auto& name : some_of(random, kAuthorities, 15)) endpoint.links.push_back("ca:" + name);
  for (const auto& name : some_of(random, kArrivals, 20)) {
    endpoint.links.push_back("address:" + name);
  }
  return endpoint;
}

void declare_subnets(Random& random, PlainNetwork& network) {
  for (std::size_t i = random.below(7); i > 0; --i) {
    PlainSubnet one{std::string(random.pick(kSubnetIds)), "", random_block(random)};
    if (random.chance(25)) one.listener = random.pick(kListenerNames);
    const auto block = plain_block(one.block);
    // Two of the same block are not told apart.
    if (std::ranges::none_of(network.subnets, [&](const PlainSubnet& other) {
          const auto theirs = plain_block(other.block);
          return other.listener == one.listener && theirs.begins == block.begins &&
                 theirs.family == block.family;
        })) {
      network.subnets.push_back(std::move(one));
    }
  }
}

void declare_services(Random& random, PlainNetwork& network) {
  for (std::size_t i = random.below(5); i > 0; --i) {
    // Only tasks have a switch of their own.
    const auto kind = random.chance(25) ? std::string_view("tasks") : random.pick(kAllKinds);
    PlainIngress ingress{std::string(kind), {}, {}, {}};
    for (std::size_t n = random.below(3); n > 0; --n) {
      ingress.networks.push_back(random_block(random));
    }
    ingress.listeners = some_of(random, kListenerNames, 15);
    ingress.client_cas = some_of(random, kAuthorities, 20);
    network.ingresses.push_back(std::move(ingress));
  }
}

std::int64_t random_expiry(Random& random) {
  return random.chance(50) ? 0 : random.pick(pools::kTimes);
}

policy::EndpointState to_state(std::string_view name) {
  const auto& names = policy::kEndpointStateNames;
  return static_cast<policy::EndpointState>(std::ranges::find(names, name) - names.begin());
}
IpPrefix to_block(const std::string& text) {
  return IpPrefix::parse(text).value();
}

}  // namespace

PlainIpRule random_ip_rule(Random& random) {
  return {random_block(random), random_expiry(random)};
}

PlainSubnetRule random_subnet_rule(Random& random) {
  PlainSubnetRule rule{std::string(random.pick(kSubnetIds)), {}};
  if (random.chance(60)) rule.kinds = some_of(random, std::array{"vm", "kubernetes"}, 60);
  return rule;
}

PlainNetwork random_network(Random& random) {
  PlainNetwork network;
  network.public_access = random.chance(75);
  network.default_allow = random.chance(20);
  network.bypass = random.chance(65);
  network.bypass_for_tasks = random.chance(40);
  const std::size_t rules = random.chance(3) ? 60 : 10;
  for (std::size_t i = random.below(rules); i > 0; --i) {
    network.ip_rules.push_back(random_ip_rule(random));
  }
  if (random.chance(45)) {
    for (std::size_t i = random.below(5); i > 0; --i) {
      network.subnet_rules.push_back(random_subnet_rule(random));
    }
  }
  for (std::size_t i = random.below(4); i > 0; --i) {
    network.endpoints.push_back(random_endpoint(random, i));
  }
  declare_subnets(random, network);
  declare_services(random, network);
  return network;
}

Source random_way(Random& random) {
  Source source;
  source.tls = true;
  source.address = random.chance(4) ? random.pick(kNoAddresses) : random_address(random);
  source.listener = random.pick(kListenerNames);
  source.destination = random.chance(20) ? random.pick(kArrivals) : std::string_view("10.9.0.1");
  if (random.chance(10)) source.link = random.pick(kProxyLinks);
  if (random.chance(12)) source.client_ca = random.pick(kAuthorities);
  if (random.chance(4)) {
    source.private_endpoint = fmt::format("/net/privateEndpoints/pe{}", random.below(6));
  }
  if (random.chance(10)) source.subnet = random.pick(kSubnetIds);
  if (random.chance(3)) source.subnet = "/Net/V/Subnets/A";
  return source;
}

std::int64_t random_moment(Random& random) {
  return random.pick(pools::kTimes);
}

std::string to_text(const Source& source) {
  return fmt::format(
      "from '{}' to '{}', listener '{}', link '{}', ca '{}', endpoint '{}', subnet '{}'",
      source.address, source.destination, source.listener, source.link, source.client_ca,
      source.private_endpoint, source.subnet);
}

policy::KindSet to_kinds(const std::vector<std::string>& names) {
  policy::KindSet kinds = 0;
  for (const auto& name : names) kinds |= policy::kinds_of(policy::find_service_kind(name)->kind);
  return kinds;
}

policy::Snapshot to_snapshot(const PlainNetwork& network) {
  policy::NetworkRules rules;
  rules.public_access = network.public_access;
  rules.default_allow = network.default_allow;
  rules.bypass = network.bypass;
  rules.bypass_for_tasks = network.bypass_for_tasks;
  for (const auto& [block, expires] : network.ip_rules) {
    rules.ip_rules.push_back({to_block(block), expires});
  }
  for (const auto& [subnet, kinds] : network.subnet_rules) {
    rules.subnet_rules.push_back({subnet, to_kinds(kinds)});
  }
  for (const auto& [id, state, links] : network.endpoints) {
    rules.endpoints.push_back({id, "", to_state(state), links});
  }
  std::vector<policy::Subnet> subnets;
  for (const auto& [id, listener, block] : network.subnets) {
    subnets.push_back({id, listener, to_block(block)});
  }
  std::vector<policy::TrustedIngress> ingresses;
  for (const auto& [kind, networks, listeners, authorities] : network.ingresses) {
    policy::TrustedIngress ingress{
        policy::find_service_kind(kind)->kind, {}, listeners, authorities};
    for (const auto& text : networks) ingress.networks.push_back(to_block(text));
    ingresses.push_back(std::move(ingress));
  }
  policy::Snapshot snapshot;
  policy::RegistryPolicy registry;
  registry.key = registry.name = "contoso";
  registry.anonymous_pull = true;
  registry.network = std::make_shared<const policy::Network>(std::move(rules));
  snapshot.registries.set("contoso", std::move(registry));
  snapshot.subnets = std::make_shared<const policy::Subnets>(std::move(subnets));
  snapshot.ingresses = std::make_shared<const policy::TrustedIngresses>(std::move(ingresses));
  return snapshot;
}

}  // namespace berth::permissions
