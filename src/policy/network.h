// Who may reach a registry (acr-access-model A2 to A6), compiled so that one decision costs two
// binary searches, whatever the number of rules. Immutable values; shared between snapshots.
//
// A request comes from a Source (source.h). What of it counts is found here: the private endpoint
// that it came through, the declared subnet that its address lies in, the trusted services that the
// operator declared for its way here.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ip.h"
#include "policy/prefix_table.h"
#include "policy/service_kind.h"
#include "policy/source.h"

namespace berth::policy {

// `privateLinkServiceConnectionState.status`. A connection that was taken away is Disconnected.
enum class EndpointState { kPending, kApproved, kRejected, kDisconnected };
inline constexpr std::array<std::string_view, 4> kEndpointStateNames = {"Pending", "Approved",
                                                                        "Rejected", "Disconnected"};
constexpr std::string_view state_name(EndpointState state) {
  return kEndpointStateNames[static_cast<std::size_t>(state)];
}

struct IpRule {
  IpPrefix block;
  std::int64_t expires = 0;  // microseconds since 1970; 0: never
  bool operator==(const IpRule&) const = default;
};
struct SubnetRule {
  std::string subnet;  // resource id, lower case
  KindSet kinds = 0;   // 0: whoever comes from there; else only identities of these kinds
  bool operator==(const SubnetRule&) const = default;
};
// How an endpoint is recognised: any of its links, each the name of a way here (docs/network.md
// §3): one of these, or a private link (base/private_link.h). "address:10.10.9.4" is the address
// that the connection arrived at, in any spelling.
inline constexpr std::string_view kAddressWay = "address:", kListenerWay = "listener:",
                                  kAuthorityWay = "ca:";
struct EndpointRule {
  std::string id;      // of the Microsoft.Network/privateEndpoints resource, lower case
  std::string subnet;  // that it stands in, resource id, lower case; may be empty
  EndpointState state = EndpointState::kPending;
  std::vector<std::string> links;
  bool operator==(const EndpointRule&) const = default;
};

// The network part of one registry, as its properties say it.
struct NetworkRules {
  bool public_access = true;      // publicNetworkAccess
  bool default_allow = true;      // networkRuleSet.defaultAction
  bool bypass = true;             // networkRuleBypassOptions
  bool bypass_for_tasks = false;  // networkRuleBypassAllowedForTasks
  bool data_endpoint = false;     // dataEndpointEnabled, or there is a private endpoint
  std::vector<IpRule> ip_rules;
  std::vector<SubnetRule> subnet_rules;
  std::vector<EndpointRule> endpoints;
  bool operator==(const NetworkRules&) const = default;
};

// Not copied, because its indexes point into its rules.
class Network {
 public:
  explicit Network(NetworkRules rules);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  const NetworkRules& rules() const { return rules_; }
  // The rule that lets the address in now; null: none does. Of rules that overlap, the one that
  // lasts longest.
  const IpRule* ip_rule(const IpAddress& address, std::int64_t now) const;
  // Of the rules for this subnet (any case) together: without kinds if one of them is.
  const SubnetRule* subnet_rule(std::string_view subnet) const;
  // The endpoint that the source names, else the one that its way belongs to: the private link that
  // its proxy says, and then nothing else; without one its certificate, its listener, the address
  // it arrived at. Of endpoints that share a way, one that is approved, else one that may be.
  const EndpointRule* endpoint(const Source& source) const;
  const EndpointRule* endpoint_by_id(std::string_view id) const;  // any case
  // Those of `kinds` that the bypass lets in; none where there are virtual-network rules (A4).
  KindSet bypassing(KindSet kinds) const;

 private:
  using Index = std::unordered_map<std::string_view, std::size_t>;
  void add_endpoint(std::size_t endpoint);
  void add(Index& index, std::string_view key, std::size_t endpoint);
  void index_arrivals();

  const NetworkRules rules_;
  PrefixTable ip_;        // → index into ip_rules
  PrefixTable arrivals_;  // addresses connected to → index into endpoints
  std::unordered_map<std::string_view, SubnetRule> subnets_;
  Index ids_;
  std::array<Index, 3> ways_;  // by kWays, without its prefix
};

// The declared subnets that are a service endpoint for registries, of all virtual networks.
struct Subnet {
  std::string id;        // lower case
  std::string listener;  // not empty: only connections to this listener come from it
  IpPrefix block;
  bool operator==(const Subnet&) const = default;
};
class Subnets {
 public:
  explicit Subnets(std::vector<Subnet> subnets);
  const std::vector<Subnet>& all() const { return subnets_; }
  // The smallest that holds the address; one for the listener goes before the others.
  const Subnet* find(const IpAddress& address, std::string_view listener) const;

 private:
  const PrefixTable* table(std::string_view listener) const;

  std::vector<Subnet> subnets_;
  std::vector<std::pair<std::string, PrefixTable>> by_listener_;  // few; → index into subnets_
};

// Where trusted services come from, as the operator declared it (configuration,
// [[trusted_service]]).
struct TrustedIngress {
  ServiceKind kind = ServiceKind::kNone;
  std::vector<IpPrefix> networks;
  std::vector<std::string> listeners, client_cas;
  bool operator==(const TrustedIngress&) const = default;
};
class TrustedIngresses {
 public:
  explicit TrustedIngresses(std::vector<TrustedIngress> all);
  // Of every ingress that the way here is part of: its network, its listener or its authority.
  KindSet kinds(const std::optional<IpAddress>& address, const Source& source) const;

 private:
  std::vector<TrustedIngress> all_;
  PrefixTable networks_;  // → index into sets_: the kinds of every block that holds it
  std::vector<KindSet> sets_;
};

}  // namespace berth::policy
