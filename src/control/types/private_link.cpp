// What az reads around private endpoints and nobody writes: the endpoint's network interface, in
// which `check-health --vnet` finds its names and addresses (az-acr-wire 3), and what a registry
// offers to connect to.
#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "base/ascii.h"
#include "control/types/network.h"
#include "control/types/private_endpoint.h"

namespace berth::control {
namespace {

json::object ip_configuration(const ResourceId& interface, const Resource& endpoint,
                              const EndpointAddress& one, bool primary) {
  return {
      {"id", fmt::format("{}/ipConfigurations/{}", interface.text(), one.name)},
      {"name", one.name},
      {"type", "Microsoft.Network/networkInterfaces/ipConfigurations"},
      {"properties",
       {{"provisioningState", "Succeeded"},
        {"privateIPAddress", one.address},
        {"privateIPAllocationMethod", "Static"},
        {"privateIPAddressVersion", one.address.find(':') == std::string::npos ? "IPv4" : "IPv6"},
        {"primary", primary},
        {"subnet", {{"id", key(text_at(endpoint.body, "properties.subnet.id"))}}},
        {"privateLinkConnectionProperties",
         {{"groupId", key(kGroupId)},
          {"requiredMemberName", one.member},
          {"fqdns", json::array{json::value(one.fqdn)}}}}}}};
}

ResourcePtr interface_resource(const World& world, const Resource& endpoint) {
  auto out = std::make_shared<Resource>();
  out->id = interface_of(endpoint);
  out->body["location"] = key(text_at(endpoint.body, "location"));
  out->body["tags"] = json::object();
  json::array addresses;
  for (const EndpointAddress& one : addresses_of(world, endpoint)) {
    // az takes the first name without looking whether there is one.
    if (one.fqdn.empty()) continue;
    addresses.push_back(ip_configuration(out->id, endpoint, one, addresses.empty()));
  }
  out->body["properties"] = {{"ipConfigurations", std::move(addresses)},
                             {"privateEndpoint", {{"id", endpoint.id.text()}}}};
  return out;
}

std::vector<ResourcePtr> interfaces(const World& world, const ResourceId& parent) {
  std::vector<ResourcePtr> out;
  world.table.for_each(kPrivateEndpointType, parent.key() + "/", [&](const ResourcePtr& one) {
    out.push_back(interface_resource(world, *one));
  });
  return out;
}

ResourcePtr interface_at(const World& world, const ResourceId& id) {
  const std::string_view name = id.name();
  const ResourceId endpoint =
      id.parent().child(kPrivateEndpointType, name.substr(0, name.rfind(".nic.")));
  const ResourcePtr found = world.table.find(kPrivateEndpointType, endpoint.key());
  return found && interface_of(*found) == id ? interface_resource(world, *found) : nullptr;
}

void view_built_in(const World&, const Resource& resource, json::object& out) {
  show_state(resource, out);
}

std::vector<ResourcePtr> link_resources(const World& world, const ResourceId& parent) {
  const ResourcePtr registry = world.table.find(kRegistryType, parent.key());
  if (!registry) return {};
  auto out = std::make_shared<Resource>();
  out->id = registry->id.child(kLinkResourceType, kGroupId);
  json::array members, zones;
  for (const std::string& member : endpoint_members(world)) members.emplace_back(member);
  const std::string& domain = world.options.domain;
  if (!domain.empty()) zones.emplace_back("privatelink." + lower(domain));
  out->body["properties"] = {{"groupId", key(kGroupId)},
                             {"requiredMembers", std::move(members)},
                             {"requiredZoneNames", std::move(zones)}};
  return {out};
}

}  // namespace

const ResourceType kNetworkInterfaces = {.name = kNetworkInterfaceType,
                                         .operations = kNetworkInterfaceType,
                                         .fixed = "A network interface by itself",
                                         .view = view_built_in,
                                         .built_in = interfaces,
                                         .built_in_at = interface_at};

const ResourceType kLinkResources = {.name = kLinkResourceType,
                                     .operations = kLinkResourceType,
                                     .fixed = "Another private link resource",
                                     .built_in = link_resources,
                                     .read_at_parent = true};

}  // namespace berth::control
