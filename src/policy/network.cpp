#include "policy/network.h"

#include <algorithm>
#include <limits>

#include "base/ascii.h"

namespace berth::policy {
namespace {

// The ways here but the address, in the order they are looked at. Where there is a private link, it
// counts alone: listener and address are then the proxy's, and all links through it share them.
struct Way {
  std::string_view prefix;  // of its links; what a proxy says has one of its own
  std::string Source::*name;
};
constexpr std::array<Way, 3> kWays = {
    {{"", &Source::link}, {kAuthorityWay, &Source::client_ca}, {kListenerWay, &Source::listener}}};
constexpr std::size_t kPrivateLink = 0;

// Among endpoints that share a way, which counts: the lowest.
int rank(EndpointState state) {
  return state == EndpointState::kApproved ? -1 : static_cast<int>(state);
}

std::int64_t end_of(const IpRule& rule) {
  return rule.expires == 0 ? std::numeric_limits<std::int64_t>::max() : rule.expires;
}

std::vector<IpPrefix> blocks_of(const std::vector<IpRule>& rules) {
  std::vector<IpPrefix> blocks;
  blocks.reserve(rules.size());
  for (const IpRule& rule : rules) blocks.push_back(rule.block);
  return blocks;
}

// Keys are lower case; what a request carries nearly always is, too, and then costs no copy.
template <class Map>
auto find_no_case(const Map& map, std::string_view key) {
  const bool as_is = std::ranges::all_of(key, [](char c) { return lower(c) == c; });
  return as_is || map.empty() ? map.find(key) : map.find(lower(key));
}

bool holds(const std::vector<std::string>& list, std::string_view text) {
  return !text.empty() && std::ranges::find(list, text) != list.end();
}

}  // namespace

Network::Network(NetworkRules rules) : rules_(std::move(rules)) {
  ip_ = PrefixTable(blocks_of(rules_.ip_rules), [&](std::span<const std::size_t> held_by) {
    return *std::ranges::max_element(
        held_by, {}, [&](std::size_t rule) { return end_of(rules_.ip_rules[rule]); });
  });
  for (const SubnetRule& rule : rules_.subnet_rules) {
    const auto [at, first] = subnets_.try_emplace(rule.subnet, rule);
    KindSet& kinds = at->second.kinds;
    if (!first) kinds = kinds == 0 || rule.kinds == 0 ? 0 : kinds | rule.kinds;
  }
  for (std::size_t i = 0; i < rules_.endpoints.size(); ++i) add_endpoint(i);
  index_arrivals();
}

void Network::add(Index& index, std::string_view key, std::size_t endpoint) {
  const auto [at, first] = index.try_emplace(key, endpoint);
  const auto rank_of = [&](std::size_t i) { return rank(rules_.endpoints[i].state); };
  if (!first && rank_of(endpoint) < rank_of(at->second)) at->second = endpoint;
}

void Network::add_endpoint(std::size_t endpoint) {
  add(ids_, rules_.endpoints[endpoint].id, endpoint);
  for (const std::string& link : rules_.endpoints[endpoint].links) {
    if (link.starts_with(kAddressWay)) continue;
    std::size_t way = kWays.size() - 1;
    while (!link.starts_with(kWays[way].prefix)) --way;  // the first takes any
    add(ways_[way], std::string_view(link).substr(kWays[way].prefix.size()), endpoint);
  }
}

void Network::index_arrivals() {
  std::vector<IpPrefix> addresses;
  std::vector<std::size_t> owners;
  for (std::size_t i = 0; i < rules_.endpoints.size(); ++i) {
    for (const std::string& link : rules_.endpoints[i].links) {
      if (!link.starts_with(kAddressWay)) continue;
      const auto address = IpAddress::parse(std::string_view(link).substr(kAddressWay.size()));
      if (!address) continue;
      addresses.emplace_back(*address, address->v4() ? 32 : 128);
      owners.push_back(i);
    }
  }
  arrivals_ = PrefixTable(addresses, [&](std::span<const std::size_t> same) {
    std::vector<std::size_t> endpoints;
    for (const std::size_t at : same) endpoints.push_back(owners[at]);
    std::ranges::sort(endpoints);
    return *std::ranges::min_element(
        endpoints, {}, [&](std::size_t i) { return rank(rules_.endpoints[i].state); });
  });
}

const IpRule* Network::ip_rule(const IpAddress& address, std::int64_t now) const {
  const auto at = ip_.find(address);
  if (!at) return nullptr;
  const IpRule& rule = rules_.ip_rules[*at];
  return now < end_of(rule) ? &rule : nullptr;
}

const SubnetRule* Network::subnet_rule(std::string_view subnet) const {
  if (subnet.empty()) return nullptr;
  const auto at = find_no_case(subnets_, subnet);
  return at == subnets_.end() ? nullptr : &at->second;
}

const EndpointRule* Network::endpoint_by_id(std::string_view id) const {
  if (id.empty()) return nullptr;
  const auto at = find_no_case(ids_, id);
  return at == ids_.end() ? nullptr : &rules_.endpoints[at->second];
}

const EndpointRule* Network::endpoint(const Source& source) const {
  if (rules_.endpoints.empty()) return nullptr;
  if (const EndpointRule* named = endpoint_by_id(source.private_endpoint)) return named;
  for (std::size_t way = 0; way < kWays.size(); ++way) {
    const std::string& name = source.*kWays[way].name;
    if (name.empty()) continue;
    const auto at = ways_[way].find(name);
    if (at != ways_[way].end()) return &rules_.endpoints[at->second];
    if (way == kPrivateLink) return nullptr;
  }
  const auto arrived_at = IpAddress::parse(source.destination);
  const auto at = arrived_at ? arrivals_.find(*arrived_at) : std::nullopt;
  return at ? &rules_.endpoints[*at] : nullptr;
}

KindSet Network::bypassing(KindSet kinds) const {
  if (!rules_.bypass || !rules_.subnet_rules.empty()) return 0;
  KindSet covered = 0;
  for (const ServiceKindRow& row : service_kinds()) {
    const bool passes = row.bypass == Bypass::kCovered ||
                        (row.bypass == Bypass::kWithFlag && rules_.bypass_for_tasks);
    if (passes) covered |= kinds_of(row.kind);
  }
  return kinds & covered;
}

Subnets::Subnets(std::vector<Subnet> subnets) : subnets_(std::move(subnets)) {
  for (const auto& [id, listener, block] : subnets_) {
    if (table(listener) != nullptr) continue;
    std::vector<IpPrefix> blocks;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < subnets_.size(); ++i) {
      if (subnets_[i].listener != listener) continue;
      blocks.push_back(subnets_[i].block);
      places.push_back(i);
    }
    by_listener_.emplace_back(listener,
                              PrefixTable(blocks, [&](std::span<const std::size_t> smallest_first) {
                                return places[smallest_first.front()];
                              }));
  }
}

const PrefixTable* Subnets::table(std::string_view listener) const {
  const auto at = std::ranges::find(by_listener_, listener,
                                    [](const auto& one) { return std::string_view(one.first); });
  return at == by_listener_.end() ? nullptr : &at->second;
}

const Subnet* Subnets::find(const IpAddress& address, std::string_view listener) const {
  for (const std::string_view name : {listener, std::string_view()}) {
    const PrefixTable* of_listener = table(name);
    if (of_listener == nullptr) continue;
    if (const auto at = of_listener->find(address)) return &subnets_[*at];
  }
  return nullptr;
}

TrustedIngresses::TrustedIngresses(std::vector<TrustedIngress> all) : all_(std::move(all)) {
  std::vector<IpPrefix> blocks;
  std::vector<KindSet> kinds;
  for (const TrustedIngress& ingress : all_) {
    for (const IpPrefix& block : ingress.networks) {
      blocks.push_back(block);
      kinds.push_back(kinds_of(ingress.kind));
    }
  }
  networks_ = PrefixTable(blocks, [&](std::span<const std::size_t> held_by) {
    KindSet together = 0;
    for (const std::size_t block : held_by) together |= kinds[block];
    sets_.push_back(together);
    return sets_.size() - 1;
  });
}

KindSet TrustedIngresses::kinds(const std::optional<IpAddress>& address,
                                const Source& source) const {
  KindSet found = 0;
  if (const auto at = address ? networks_.find(*address) : std::nullopt) found = sets_[*at];
  for (const TrustedIngress& ingress : all_) {
    if (holds(ingress.listeners, source.listener) || holds(ingress.client_cas, source.client_ca)) {
      found |= kinds_of(ingress.kind);
    }
  }
  return found;
}

}  // namespace berth::policy
