// What registries, virtual networks and private endpoints know of each other (docs/network.md 3).
// All functions are pure or read the table and the current policy snapshot; safe from any thread.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "control/types/types.h"

namespace berth::control {

// Claimed alone by every write of the kind: what one of them may hold depends on all others.
inline constexpr std::string_view kNetworksClaim = "virtual-networks";
inline constexpr std::string_view kEndpointsClaim = "private-endpoints";

// network_common.cpp
Result<void> check_network_name(const World& world, const ResourceId& id);
// That `id` and what it lies in stays while another resource begins to refer to it.
void claim_existing(const ResourceId& id, std::vector<Claims::Wanted>& wanted);
// An entry of a list that a client sent, at `path`: an object of these members.
Result<const json::object*> entry_at(const json::value& entry, std::string_view path,
                                     std::initializer_list<std::string_view> known);
// "The requested feature IP rule exceeds allowed quota 200 for the SKU Premium."
Error over_quota(std::string_view feature, std::size_t quota, std::string_view sku);
// A host name without the port that a URL needs.
std::string without_port(std::string_view server);
// Whether a refusal may name a resource of somebody else.
bool may_read(const May& may, const ResourceType& type, std::string_view key);

// network_rules.cpp: the network properties of a registry. Rules are normalised and what is past is
// dropped.
Result<void> complete_network(const World& world, Draft& draft);
std::vector<Needed> rules_need(const World& world, const ResourceId& registry,
                               const json::object& given);
void claim_rule_subnets(const json::object& given, std::vector<Claims::Wanted>& wanted);

// registry_network.cpp. As decisions use it.
policy::NetworkRules network_of(const Resource& registry,
                                std::vector<policy::EndpointRule> endpoints);
void set_network(policy::RegistryPolicy& policy, policy::NetworkRules rules);
std::vector<policy::EndpointRule> endpoints_in(const policy::RegistryPolicy* policy);
bool data_endpoint_on(const World& world, const Resource& registry);
void view_network(const World& world, const Resource& registry, json::object& properties);

// subnet_body.cpp
extern const Schema kSubnetSchema;
// Validates beyond the schema and normalises; `given` is what the client sent of the subnet.
Result<void> complete_subnet_body(const World& world, const json::object& given,
                                  json::object& body);
std::vector<IpPrefix> blocks_of(const json::object& subnet);
std::string_view listener_of(const json::object& subnet);  // empty: it has none
bool is_service_endpoint(const json::object& subnet);
// What a write of a subnet needs besides, if it says something about addresses that are the
// operator's: that its clients come to a listener, or from addresses beyond local networks (G0).
std::vector<Needed> operator_needs(const World& world, const ResourceId& subnet,
                                   const json::object& given, Writing writing);

// virtual_networks.cpp
std::vector<IpPrefix> space_of(const json::object& network);

// subnets.cpp. In refusals others are named to whoever may read them.
inline constexpr std::size_t kMaxSubnets = 1000;  // of one virtual network
// Of service endpoints, in one virtual network and in all: each write looks at all of them.
inline constexpr std::size_t kMaxNetworkBlocks = 2'000, kMaxServiceBlocks = 20'000;
struct SubnetBody {
  ResourceId id;
  const json::object* body;
  bool changed = true;
};
// Within the network's address space, apart from each other, and, what is changed, as service
// endpoints apart from those of other networks.
Result<void> check_layout(const World& world, const May& may, const std::vector<IpPrefix>& space,
                          const std::vector<SubnetBody>& subnets);
// That a subnet which stops being a service endpoint has no rule that relies on it.
Result<void> check_service_kept(const World& world, const May& may, const ResourceId& subnet,
                                const json::object& before, const json::object& after);
// InUseSubnetCannotBeDeleted, naming who uses a subnet that is `id` or lies below it. What lies
// below `id` itself goes with it and does not count.
Result<void> check_subnets_free(const World& world, const May& may, const ResourceId& id);

// providers.cpp: whether the subscription that `id` lies in has registered the provider (N7, N41).
inline constexpr std::string_view kRegistryProvider = "Microsoft.ContainerRegistry";
inline constexpr std::string_view kNetworkProvider = "Microsoft.Network";
bool is_registered(const World& world, const ResourceId& id, std::string_view provider);

}  // namespace berth::control
