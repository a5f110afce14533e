// What the body of a subnet may hold: by itself, or within its virtual network as az sends it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "base/ascii.h"
#include "control/types/network.h"

namespace berth::control {
namespace {

constexpr std::string_view kPrefix = "properties.addressPrefix";
constexpr std::string_view kPrefixes = "properties.addressPrefixes";
constexpr std::string_view kServices = "properties.serviceEndpoints";
constexpr std::string_view kListener = "properties.ingress.listener";
constexpr std::size_t kMaxPrefixes = 16;
constexpr std::array<std::string_view, 4> kPolicies = {
    "Disabled", "Enabled", "NetworkSecurityGroupEnabled", "RouteTableEnabled"};
constexpr std::array<std::string_view, 2> kSwitch = {"Enabled", "Disabled"};

constexpr Field without_effect(std::string_view path, std::string_view feature) {
  return {.path = path, .use = Use::kWithoutEffect, .feature = feature};
}

constexpr std::array kFields = {
    Field{.path = kPrefix, .kind = Kind::kText, .max_length = 64},
    Field{.path = kPrefixes, .kind = Kind::kTextList, .max_length = 64},
    Field{.path = kServices, .initial = "[]"},
    Field{.path = kListener, .kind = Kind::kText, .keeps = true, .max_length = 64},
    // There are no such policies here, so that either is right.
    Field{.path = "properties.privateEndpointNetworkPolicies",
          .kind = Kind::kEnum,
          .initial = R"("Disabled")",
          .values = kPolicies},
    Field{.path = "properties.privateLinkServiceNetworkPolicies",
          .kind = Kind::kEnum,
          .initial = R"("Enabled")",
          .values = kSwitch},
    without_effect("properties.delegations", "Delegation of a subnet"),
    without_effect("properties.networkSecurityGroup", "Network security groups"),
    without_effect("properties.routeTable", "Route tables"),
    without_effect("properties.natGateway", "NAT gateways"),
    without_effect("properties.serviceEndpointPolicies", "Service endpoint policies"),
    without_effect("properties.ipAllocations", "IP allocations"),
    without_effect("properties.applicationGatewayIPConfigurations", "Application gateways"),
    Field{.path = "properties.defaultOutboundAccess", .use = Use::kReadOnly},
    Field{.path = "properties.privateEndpoints", .use = Use::kReadOnly},
    Field{.path = "properties.ipConfigurations", .use = Use::kReadOnly},
    Field{.path = "properties.purpose", .use = Use::kReadOnly},
    Field{.path = "properties.provisioningState", .use = Use::kReadOnly},
};

Error invalid(std::string_view path, std::string message) {
  return bad_request("InvalidPropertyValue", std::move(message), path);
}

// Both spellings of az; what is stored is the first for one block, the second for several.
Result<void> complete_prefixes(const json::object& given, json::object& body) {
  json::array texts;
  const json::value* single = at_path(given, kPrefix);
  const json::value* several = at_path(given, kPrefixes);
  const bool listed = several != nullptr && several->is_array() && !several->get_array().empty();
  const bool named = single != nullptr && !single->is_null();
  if (listed && !named) {
    texts = several->get_array();
  } else if (const auto text = text_at(body, kPrefix); !text.empty()) {
    texts.emplace_back(key(text));
  } else if (const json::value* stored = at_path(body, kPrefixes)) {
    if (stored->is_array()) texts = stored->get_array();
  }
  if (texts.empty() || texts.size() > kMaxPrefixes) {
    return fail(invalid(kPrefix, fmt::format("A subnet needs '{}': a block of addresses, as in "
                                             "10.0.1.0/24, or up to {} of them in '{}'.",
                                             kPrefix, kMaxPrefixes, kPrefixes)));
  }
  for (json::value& one : texts) {
    const std::string_view text = view(one.get_string());
    const auto block = IpPrefix::parse(text);
    if (!block) {
      return fail(invalid(kPrefix, fmt::format("'{}' is no block of addresses; it is written as in "
                                               "10.0.1.0/24.",
                                               text)));
    }
    one = json::value(block->text());
  }
  erase_path(body, kPrefix);
  erase_path(body, kPrefixes);
  if (texts.size() == 1) {
    set_path(body, kPrefix, std::move(texts.front()));
  } else {
    set_path(body, kPrefixes, std::move(texts));
  }
  return {};
}

Result<void> complete_services(json::object& body) {
  const json::value* given = at_path(body, kServices);
  const auto* list = given == nullptr ? nullptr : given->if_array();
  if (list == nullptr) {
    return fail(invalid(kServices, fmt::format("'{}' must be an array.", kServices)));
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string path = fmt::format("{}[{}]", kServices, i);
    TRY_ASSIGN(const auto* entry,
               entry_at((*list)[i], path,
                        {"service", "locations", "provisioningState", "networkIdentifier"}));
    const std::string_view service = text_at(*entry, "service");
    if (!equal_no_case(service, kRegistryProvider)) {
      return fail(not_available(fmt::format("The service endpoint '{}' (only {} is)",
                                            service.substr(0, 64), kRegistryProvider),
                                path));
    }
  }
  json::array kept;
  if (!list->empty()) kept.push_back(json::object{{"service", key(kRegistryProvider)}});
  set_path(body, kServices, std::move(kept));
  return {};
}

// The listener that tells two networks with the same addresses apart.
Result<void> check_listener(const World& world, const json::object& body) {
  const std::string_view name = text_at(body, kListener);
  const auto& known = world.options.listeners;
  if (name.empty() || std::ranges::find(known, name) != known.end()) return {};
  return fail(invalid(kListener, fmt::format("'{}' must be the name of a [[listener]] of the "
                                             "server's configuration ({}), not '{}'.",
                                             kListener, fmt::join(known, ", "), name)));
}

// Whether all of it is for networks of one's own. What lies elsewhere is somebody's, and declared
// once for the whole server; a block that is wider than these lies elsewhere, too.
bool is_local(const IpPrefix& block) {
  static const std::vector<IpPrefix> local = [] {
    std::vector<IpPrefix> out;
    for (const std::string_view text :
         {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8",
          "169.254.0.0/16", "fc00::/7", "fe80::/10", "::1/128"}) {
      out.push_back(IpPrefix::parse(text).value());
    }
    return out;
  }();
  return std::ranges::any_of(local, [&](const IpPrefix& one) { return one.contains(block); });
}

}  // namespace

const Schema kSubnetSchema = kFields;

Result<void> complete_subnet_body(const World& world, const json::object& given,
                                  json::object& body) {
  TRY(complete_prefixes(given, body));
  TRY(complete_services(body));
  return check_listener(world, body);
}

bool is_service_endpoint(const json::object& subnet) {
  const json::value* list = at_path(subnet, kServices);
  return list != nullptr && list->is_array() && !list->get_array().empty();
}

std::string_view listener_of(const json::object& subnet) {
  return text_at(subnet, kListener);
}

std::vector<Needed> operator_needs(const World& world, const ResourceId& subnet,
                                   const json::object& given, Writing writing) {
  const ResourcePtr before = world.table.find(kSubnetType, subnet.key());
  auto body = merge(kSubnetSchema, before ? &before->body : nullptr, given, writing);
  // What cannot be written is refused as such.
  if (!body || !complete_subnet_body(world, given, *body)) return {};
  const bool same = before && listener_of(before->body) == listener_of(*body) &&
                    is_service_endpoint(before->body) == is_service_endpoint(*body) &&
                    blocks_of(before->body) == blocks_of(*body);
  const bool with_listener = !listener_of(*body).empty();
  const bool far = is_service_endpoint(*body) && !std::ranges::all_of(blocks_of(*body), is_local);
  if (same || (!with_listener && !far)) return {};
  return {{kSubnets.operation("write"), "/"}};
}

std::vector<IpPrefix> blocks_of(const json::object& subnet) {
  std::vector<IpPrefix> out;
  if (const auto block = IpPrefix::parse(text_at(subnet, kPrefix))) out.push_back(*block);
  const json::value* several = at_path(subnet, kPrefixes);
  if (several == nullptr || !several->is_array()) return out;
  for (const json::value& one : several->get_array()) {
    if (const auto block = IpPrefix::parse(view(one.get_string()))) out.push_back(*block);
  }
  return out;
}

}  // namespace berth::control
