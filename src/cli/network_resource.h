// What the verbs of `berth network` share: resource ids of networks, subnets and endpoints from
// what people type, reading a registry to change it, and its reachable places. Blocking.
// docs/network.md §3.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "cli/job.h"

namespace berth::cli {

// The id of the registry of --registry; without it, of the only one.
Result<std::string> network_registry(Job& job);
// "/subscriptions/S/resourceGroups/G" of an id below it.
std::string group_part(const std::string& id);

// A call about a resource of Microsoft.Network.
Result<boost::json::value> network_call(Job& job, std::string_view method, const std::string& id,
                                        const boost::json::value& body);
// A network is looked for by its name in the subscription, unless -g says where it is.
Result<std::string> virtual_network_id(Job& job, const std::string& name);
// Of an id or "VNET/SUBNET".
Result<std::string> subnet_id(Job& job, const std::string& text);
// Its address blocks; none of one that the caller may not read, or that is gone.
std::vector<std::string> subnet_blocks(Job& job, const std::string& id);
// Whether `text`, as it was typed, means the resource: its id, its name, or the end of its id
// ("VNET/SUBNET"). Without regard to case, as ids are compared.
bool means(const std::string& text, const std::string& id);
// A name that several things have is wrong usage; `what`: "networks office".
Error ambiguous(const Invocation& call, const std::string& what,
                const std::vector<std::string>& ids);
// "VNET/SUBNET" of a subnet's id.
std::string short_subnet(std::string id);

// The state of a private endpoint connection. Only an approved one lets anybody in.
inline constexpr std::string_view kConnectionState =
    "properties.privateLinkServiceConnectionState.status";
inline constexpr std::string_view kApproved = "Approved";
bool is_approved(const boost::json::value& connection);
// The private endpoint connections of a registry.
Result<boost::json::array> connections_of(Job& job, const std::string& registry);
// By its name, or by that of its endpoint. kResourceUnknown names the nearest; wrong usage lists
// the ids when several endpoints have the name.
Result<boost::json::value> find_connection(Job& job, const std::string& registry,
                                           const std::string& name);

// An answer of listEndpoints.
struct PrivateAddress {
  std::string address;
  std::string endpoint, subnet;  // resource ids
};
struct ServedHost {
  std::string face;  // registry, data, management, login, graph
  std::string host;
  unsigned port = 443;
  std::vector<std::string> addresses;
  std::vector<PrivateAddress> private_addresses;
  bool looked_up = false;  // this machine found `addresses`, the server did not say them
};
Result<std::vector<ServedHost>> places_of(Job& job, const std::string& registry);
// Those with private addresses, and of these only the ones of --endpoint and --subnet, where the
// call has them.
std::vector<ServedHost> private_places(const Invocation& call,
                                       const std::vector<ServedHost>& places);
// Those of one endpoint. kResourceUnknown when there is none, or it has no address; kConflict when
// there are several in --subnet; in ACR's words (E3) where it has some. Wrong usage when the call
// does not say which of several.
Result<std::vector<ServedHost>> places_of_one_endpoint(Job& job, const std::string& registry,
                                                       const std::vector<ServedHost>& places);

}  // namespace berth::cli
