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
// Whether `text`, as it was typed, means the resource: its id, its name, or the end of its id
// ("VNET/SUBNET"). Without regard to case, as ids are compared.
bool means(const std::string& text, const std::string& id);
// "VNET/SUBNET" of a subnet's id.
std::string short_subnet(std::string id);

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
};
Result<std::vector<ServedHost>> places_of(Job& job, const std::string& registry);
// Those with private addresses, and of these only the ones of --endpoint and --subnet, where the
// call has them.
std::vector<ServedHost> private_places(const Invocation& call,
                                       const std::vector<ServedHost>& places);
// Those of one endpoint. kResourceUnknown when there is none, kConflict when there are several in
// --subnet, both in ACR's words (E3); wrong usage when the call does not say which of several.
Result<std::vector<ServedHost>> places_of_one_endpoint(Job& job, const std::string& registry,
                                                       const std::vector<ServedHost>& places);

}  // namespace berth::cli
