// How requests through a private endpoint are recognised (policy::EndpointRule::links).
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <set>

#include "base/ascii.h"
#include "base/private_link.h"
#include "control/types/network.h"
#include "control/types/private_endpoint.h"
#include "control/types/questions.h"

namespace berth::control {
namespace {

constexpr std::string_view kAddresses = "properties.ipConfigurations";
constexpr std::string_view kIngressId = "properties.ingress.id";

// The ways besides addresses; `prefix` is the decision's word. An id has a form, or is one of the
// names that the configuration has.
struct Way {
  std::string_view type, prefix, wanted;
  bool (*has_form)(std::string_view id) = nullptr;
  std::vector<std::string> EngineOptions::*known = nullptr;
};
constexpr std::array<Way, 5> kWays = {{
    {"Listener", policy::kListenerWay, "the name of a [[listener]] of the server's configuration",
     nullptr, &EngineOptions::listeners},
    {"AzurePrivateLink", kAzurePrivateLink.prefix, "the LinkID of the private endpoint, a number",
     kAzurePrivateLink.is_id},
    {"AwsPrivateLink", kAwsPrivateLink.prefix,
     "the id of the VPC endpoint, as in vpce-0123456789abcdef0", kAwsPrivateLink.is_id},
    {"GooglePrivateServiceConnect", kGooglePrivateLink.prefix, "the PSC connection id, a number",
     kGooglePrivateLink.is_id},
    {"ClientCertificate", policy::kAuthorityWay,
     "the name of an authority in the client_cas of a [[listener]]", nullptr,
     &EngineOptions::client_cas},
}};

bool is_good(const World& world, const Way& way, std::string_view id) {
  if (way.has_form != nullptr) return way.has_form(id);
  const auto& known = world.options.*way.known;
  return std::ranges::find(known, id) != known.end();
}

std::string known_names(const World& world, const Way& way) {
  if (way.known == nullptr) return {};
  return fmt::format(" ({})", names_there(world.options.*way.known));
}

Error wrong(std::string_view code, std::string_view path, std::string message) {
  return bad_request(code, std::move(message), path);
}

// One of ipConfigurations: its member, its address.
Result<std::pair<std::string, std::string>> read_address(const World& world,
                                                         const json::value& entry,
                                                         const std::string& path) {
  TRY_ASSIGN(const auto* configuration,
             entry_at(entry, path, {"id", "name", "type", "etag", "properties"}));
  const json::value none = json::object();
  const json::value* inner = configuration->if_contains("properties");
  TRY_ASSIGN(const auto* properties,
             entry_at(inner == nullptr ? none : *inner, path + ".properties",
                      {"groupId", "memberName", "privateIPAddress"}));
  const std::string_view group = text_at(*properties, "groupId");
  if (!group.empty() && group != kGroupId) {
    return fail(wrong("InvalidPropertyValue", path + ".properties.groupId",
                      fmt::format("'{}.properties.groupId' must be '{}'.", path, kGroupId)));
  }
  const auto members = endpoint_members(world);
  std::string member(text_at(*properties, "memberName"));
  if (std::ranges::find(members, member) == members.end()) {
    return fail(wrong("InvalidPropertyValue", path + ".properties.memberName",
                      fmt::format("'{}.properties.memberName' must be '{}' or '{}'.", path,
                                  members.front(), members.back())));
  }
  const std::string_view text = text_at(*properties, "privateIPAddress");
  const auto address = IpAddress::parse(text.substr(0, 64));
  if (address) return std::pair{std::move(member), address->text()};
  return fail(wrong("InvalidPropertyValue", path + ".properties.privateIPAddress",
                    fmt::format("'{}.properties.privateIPAddress' must be an IP address, not '{}'.",
                                path, text.substr(0, 64))));
}

Result<std::vector<std::string>> address_links(const World& world, const json::object& body) {
  std::vector<std::string> out;
  const json::value* value = at_path(body, kAddresses);
  if (value == nullptr || value->is_null()) return out;
  const auto* list = value->if_array();
  if (list == nullptr) {
    return fail(
        wrong("InvalidRequestContent", kAddresses,
              fmt::format("The request content is invalid: '{}' must be an array.", kAddresses)));
  }
  std::set<std::string> members;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string path = fmt::format("{}[{}]", kAddresses, i);
    TRY_ASSIGN(const auto read, read_address(world, (*list)[i], path));
    if (!members.insert(read.first).second) {
      return fail(
          wrong("InvalidPropertyValue", path,
                fmt::format("'{}': the member '{}' has an address already.", path, read.first)));
    }
    std::string link = std::string(policy::kAddressWay) + read.second;
    if (std::ranges::find(out, link) == out.end()) out.push_back(std::move(link));
  }
  return out;
}

// Through an address that everybody reaches, everybody would come in.
Result<void> check_private(const World& world, std::string_view way) {
  if (!way.starts_with(policy::kAddressWay)) return {};
  const auto address = IpAddress::parse(way.substr(policy::kAddressWay.size()));
  const bool open = std::ranges::any_of(world.options.public_addresses, [&](const auto& one) {
    return IpAddress::parse(one) == address;
  });
  if (!open) return {};
  return fail(wrong(
      "InvalidPrivateEndpointIngress", kAddresses,
      fmt::format("{} is a public address of this server (network.public_addresses, or where it "
                  "listens): the private endpoint would let in whoever connects to it. Give an "
                  "address that only its network reaches; or another way in "
                  "properties.ingress.{{type, id}}.",
                  address->text())));
}

}  // namespace

// The addresses are looked at in every case: DNS records are made of them.
Result<std::vector<std::string>> read_links(const World& world, const json::object& body) {
  TRY_ASSIGN(auto addresses, address_links(world, body));
  const std::string_view type = text_at(body, "properties.ingress.type");
  const std::string_view id = text_at(body, kIngressId);
  const auto way = std::ranges::find(kWays, type, &Way::type);
  if (way != kWays.end()) {
    if (is_good(world, *way, id)) return std::vector{fmt::format("{}{}", way->prefix, id)};
    return fail(
        wrong("InvalidPrivateEndpointIngress", kIngressId,
              fmt::format("'{}' must be {}{}, for the ingress type {}; it is '{}'.", kIngressId,
                          way->wanted, known_names(world, *way), type, id.substr(0, 64))));
  }
  if (!addresses.empty()) return addresses;
  return fail(
      wrong("PrivateEndpointWithoutLink", kAddresses,
            fmt::format("Nothing tells which requests come through this private endpoint. Give the "
                        "addresses of this server that its clients connect to: {}[].properties "
                        "{{groupId: {}, memberName: {}, privateIPAddress}}; or another way in "
                        "properties.ingress.{{type, id}}.",
                        kAddresses, kGroupId, fmt::join(endpoint_members(world), " or "))));
}

policy::EndpointRule endpoint_rule(const World& world, const Resource& endpoint) {
  policy::EndpointRule out;
  out.id = endpoint.id.key();
  out.subnet = lower(text_at(endpoint.body, "properties.subnet.id"));
  out.state = state_of(world, endpoint).state;
  const ResourcePtr registry = world.table.find(kRegistryType, registry_of(endpoint).key());
  if (!registry || text_at(endpoint.body, kVouchedFor) != storage_key(*registry)) return out;
  // A listener or authority that the configuration has no more recognises nothing.
  if (auto links = read_links(world, endpoint.body)) out.links = std::move(*links);
  return out;
}

Result<void> check_ways(const World& world, const May& may, const ResourceId& endpoint,
                        const std::vector<std::string>& ways, const ResourceId& registry) {
  for (const std::string& way : ways) TRY(check_private(world, way));
  for (const policy::EndpointRule& other : endpoints_in(registry_policy(world, registry).get())) {
    // What was taken away holds no way for ever.
    if (other.id == endpoint.key() || other.state == policy::EndpointState::kDisconnected) continue;
    for (const std::string& way : ways) {
      if (std::ranges::find(other.links, way) == other.links.end()) continue;
      return fail(conflict(
          "PrivateEndpointLinkInUse",
          fmt::format("'{}' is a way of {} to the same registry already; give '{}' another.", way,
                      may_read(may, kPrivateEndpoints, other.id)
                          ? "the private endpoint '" + other.id + "'"
                          : "another private endpoint",
                      endpoint.name())));
    }
  }
  return {};
}

std::vector<EndpointAddress> addresses_of(const World& world, const Resource& endpoint) {
  std::vector<EndpointAddress> out;
  const ResourceId registry = registry_of(endpoint);
  for (const json::value& one : list_at(endpoint.body, kAddresses)) {
    const json::object& configuration = one.get_object();
    EndpointAddress next;
    next.name = text_at(configuration, "name");
    next.member = text_at(configuration, "properties.memberName");
    next.address = text_at(configuration, "properties.privateIPAddress");
    next.fqdn = member_fqdn(world, registry, next.member);
    out.push_back(std::move(next));
  }
  return out;
}

std::vector<std::string> endpoint_members(const World& world) {
  return {std::string(kGroupId), "registry_data_" + world.options.region};
}

std::string member_fqdn(const World& world, const ResourceId& registry, std::string_view member) {
  if (world.options.domain.empty()) return {};
  return without_port(member == kGroupId ? login_server_of(world.options, registry.name())
                                         : data_endpoint_of(world.options, registry.name()));
}

}  // namespace berth::control
