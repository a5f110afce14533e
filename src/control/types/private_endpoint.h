// What a Microsoft.Network/privateEndpoints resource says (docs/network.md 3): which registry it
// leads to, how requests through it are recognised, and by what addresses it is reached. Its state
// is its connection's, a resource of the registry; one whose connection is gone is Disconnected.
// Reads the table; safe from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/types/types.h"

namespace berth::control {

inline constexpr std::string_view kGroupId = "registry";  // acr-access-model A5
inline constexpr std::string_view kConnectionState = "properties.privateLinkServiceConnectionState";

// "registry", "registry_data_<region>": what one private endpoint has an address for each of.
std::vector<std::string> endpoint_members(const World& world);
// The name that clients use for a member; empty: it has none.
std::string member_fqdn(const World& world, const ResourceId& registry, std::string_view member);

// Where the endpoint keeps the service it leads to: the list that has an entry.
inline constexpr std::string_view kConnections = "properties.privateLinkServiceConnections";
inline constexpr std::string_view kManualConnections =
    "properties.manualPrivateLinkServiceConnections";

// Whoever makes an endpoint says how its requests are recognised, and requests through one that is
// not approved are refused. So that nobody cuts off a registry's clients by claiming their way,
// ways count once somebody who may approve the connection made the endpoint or approved it. Kept is
// the storage key of the registry: another one of the same name did not vouch.
inline constexpr std::string_view kVouchedFor = "hidden.vouchedFor";
inline constexpr std::string_view kApproval =
    "Microsoft.ContainerRegistry/registries/privateEndpointConnectionsApproval/action";
// One way leads to one endpoint of a registry, and what is open to all is no private way.
Result<void> check_ways(const World& world, const May& may, const ResourceId& endpoint,
                        const std::vector<std::string>& ways, const ResourceId& registry);

ResourceId connection_of(const Resource& endpoint);
inline ResourceId registry_of(const Resource& endpoint) {
  return connection_of(endpoint).parent();
}
ResourceId interface_of(const Resource& endpoint);

struct EndpointAddress {
  std::string name, member, address;
  std::string fqdn;  // empty: there is no domain
};
std::vector<EndpointAddress> addresses_of(const World& world, const Resource& endpoint);

// endpoint_links.cpp: `ingress` and the addresses, checked, as policy::EndpointRule has them.
// kInvalidRequest says what is wrong, or what to give when there is none.
Result<std::vector<std::string>> read_links(const World& world, const json::object& body);
policy::EndpointRule endpoint_rule(const World& world, const Resource& endpoint);

// endpoint_connections.cpp
struct ConnectionState {
  policy::EndpointState state = policy::EndpointState::kDisconnected;
  std::string description;
};
ConnectionState state_of(const World& world, const Resource& endpoint);
std::shared_ptr<Resource> new_connection(const ResourceId& id, const ResourceId& endpoint,
                                         bool approved, std::string_view message);
// Of an endpoint whose ways count and that is Pending or Approved; null: there is none.
ResourcePtr live_connection(const World& world, const ResourceId& registry);
struct ConnectionCount {
  std::size_t all = 0, pending = 0;
};
ConnectionCount count_connections(const World& world, const ResourceId& registry);
json::array shown_connections(const World& world, const ResourceId& registry);
// That the registry has no virtual-network rules (N32).
Result<void> check_no_subnet_rules(const World& world, const May& may, const ResourceId& registry);

// Calls edit(endpoints, change) on the endpoints of the registry that a change has to do with, and
// puts the result into the snapshot.
using EndpointsEdit = void (*)(const World&, std::vector<policy::EndpointRule>&, const Change&);
using RegistryKey = std::string (*)(const Change&);
void publish_endpoints(const World& world, policy::Snapshot& snapshot,
                       std::span<const Change> changes, RegistryKey registry, EndpointsEdit edit);

}  // namespace berth::control
