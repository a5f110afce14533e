// Microsoft.Network/virtualNetworks: address spaces with subnets in them. A write may bring its
// subnets along, as az does; they are then the whole list, and written in the same transaction.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <map>
#include <set>

#include "base/ascii.h"
#include "control/types/network.h"

namespace berth::control {
namespace {

constexpr std::string_view kSpace = "properties.addressSpace.addressPrefixes";
constexpr std::string_view kList = "properties.subnets";
constexpr std::size_t kMaxPrefixes = 100;

constexpr Field without_effect(std::string_view path, Kind kind, std::string_view initial,
                               std::string_view feature) {
  return {.path = path,
          .kind = kind,
          .use = Use::kWithoutEffect,
          .initial = initial,
          .feature = feature};
}

constexpr std::array kFields = {
    Field{.path = "location", .kind = Kind::kText, .use = Use::kByType},
    Field{.path = "tags", .kind = Kind::kTags, .initial = "{}"},
    Field{.path = kSpace, .kind = Kind::kTextList, .required = true, .max_length = 64},
    Field{.path = kList, .use = Use::kByType},
    without_effect("extendedLocation", Kind::kAny, "", "An edge location"),
    without_effect("properties.dhcpOptions.dnsServers", Kind::kAny, "", "DNS servers of a network"),
    without_effect("properties.enableDdosProtection", Kind::kBool, "false", "DDoS protection"),
    without_effect("properties.enableVmProtection", Kind::kBool, "false", "VM protection"),
    without_effect("properties.ddosProtectionPlan", Kind::kAny, "", "DDoS protection"),
    without_effect("properties.encryption.enabled", Kind::kBool, "false", "Network encryption"),
    Field{.path = "properties.encryption.enforcement", .use = Use::kReadOnly},
    without_effect("properties.bgpCommunities", Kind::kAny, "", "BGP communities"),
    without_effect("properties.ipAllocations", Kind::kAny, "", "IP allocations"),
    without_effect("properties.virtualNetworkPeerings", Kind::kAny, "", "Peering of networks"),
    without_effect("properties.flowTimeoutInMinutes", Kind::kNumber, "0", "A flow timeout"),
    Field{.path = "properties.privateEndpointVNetPolicies", .use = Use::kReadOnly},
    Field{.path = "properties.resourceGuid", .use = Use::kReadOnly},
    Field{.path = "properties.provisioningState", .use = Use::kReadOnly},
};

Error invalid(std::string_view path, std::string message) {
  return bad_request("InvalidPropertyValue", std::move(message), path);
}

Result<void> complete_space(json::object& body) {
  json::array texts = at_path(body, kSpace)->get_array();
  if (texts.empty() || texts.size() > kMaxPrefixes) {
    return fail(invalid(kSpace, fmt::format("'{}' has {} blocks; it must have 1 to {}.", kSpace,
                                            texts.size(), kMaxPrefixes)));
  }
  std::vector<IpPrefix> blocks;
  for (json::value& text : texts) {
    const auto block = IpPrefix::parse(view(text.get_string()));
    if (!block) {
      return fail(invalid(kSpace, fmt::format("'{}' is no block of addresses; it is written as in "
                                              "10.0.0.0/16.",
                                              view(text.get_string()))));
    }
    for (const IpPrefix& other : blocks) {
      if (!block->overlaps(other)) continue;
      return fail(invalid(
          kSpace, fmt::format("'{}': {} and {} overlap.", kSpace, other.text(), block->text())));
    }
    blocks.push_back(*block);
    text = json::value(block->text());
  }
  set_path(body, kSpace, std::move(texts));
  return {};
}

std::vector<ResourcePtr> subnets_of(const World& world, const ResourceId& network) {
  return world.table.page(kSubnetType, network.key() + "/", {}, kMaxSubnets);
}

// The list that a write brings along; null: it leaves the subnets alone.
const json::array* given_list(const json::object& given) {
  const json::value* list = at_path(given, kList);
  return list == nullptr ? nullptr : list->if_array();
}

std::string_view name_in(const json::value& entry) {
  const auto* object = entry.if_object();
  return object == nullptr ? std::string_view() : text_at(*object, "name");
}

std::set<std::string> names_in(const json::array& list) {
  std::set<std::string> out;
  for (const json::value& one : list) out.insert(lower(name_in(one)));
  return out;
}

// One entry as a write of its own would be.
Result<std::shared_ptr<Resource>> read_subnet(const World& world, const Draft& draft,
                                              const json::value& entry, const std::string& path) {
  const std::string_view name = name_in(entry);
  if (name.empty()) return fail(invalid(path, fmt::format("'{}' must have a name.", path)));
  auto out = std::make_shared<Resource>();
  out->id = draft.id.child(kSubnetType, name);
  const ResourcePtr before = world.table.find(kSubnetType, out->id.key());
  if (before) out->id = before->id;
  TRY(check_network_name(world, out->id));
  const json::object& given = entry.get_object();
  TRY_ASSIGN(out->body,
             merge(kSubnetSchema, before ? &before->body : nullptr, given, Writing::kPut));
  TRY(complete_subnet_body(world, given, out->body));
  if (before) TRY(check_service_kept(world, draft.may, out->id, before->body, out->body));
  return out;
}

// As a whole list: what it does not name goes.
Result<void> add_subnets(const World& world, Draft& draft, const json::array& given,
                         std::vector<ResourcePtr>& all) {
  if (given.size() > kMaxSubnets) {
    return fail(invalid(kList, fmt::format("A virtual network may have {} subnets.", kMaxSubnets)));
  }
  std::map<std::string, ResourcePtr> before;
  for (ResourcePtr& one : subnets_of(world, draft.id)) before.emplace(one->id.key(), one);
  std::map<std::string, bool> seen;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::string path = fmt::format("{}[{}]", kList, i);
    TRY_ASSIGN(const auto subnet, read_subnet(world, draft, given[i], path));
    if (!seen.emplace(subnet->id.key(), true).second) {
      return fail(invalid(
          path, fmt::format("'{}' names '{}' for the second time.", path, subnet->id.name())));
    }
    all.push_back(subnet);
    const ResourcePtr there = before[subnet->id.key()];
    if (there) subnet->body["systemData"] = there->body.at("systemData");
    if (!there || there->body != subnet->body) draft.also.push_back({&kSubnets, there, subnet});
  }
  for (auto& [id, one] : before) {
    if (!one || seen.contains(id)) continue;
    TRY(check_subnets_free(world, draft.may, one->id));
    draft.also.push_back({&kSubnets, std::move(one), nullptr});
  }
  return {};
}

Result<void> complete(const World& world, Draft& draft) {
  TRY(check_location(world, draft));
  TRY(complete_space(draft.body));
  const json::value* given = at_path(draft.given, kList);
  if (given != nullptr && !given->is_array() && !given->is_null()) {
    return fail(invalid(kList, fmt::format("'{}' must be an array.", kList)));
  }
  std::vector<ResourcePtr> all;
  if (const json::array* list = given_list(draft.given)) {
    TRY(add_subnets(world, draft, *list, all));
  } else {
    all = subnets_of(world, draft.id);
  }
  std::vector<SubnetBody> bodies;
  bodies.reserve(all.size());
  std::set<ResourcePtr> changed;
  for (const Draft::Also& also : draft.also) changed.insert(also.after);
  for (const ResourcePtr& one : all) {
    bodies.push_back({one->id, &one->body, changed.contains(one)});
  }
  return check_layout(world, draft.may, space_of(draft.body), bodies);
}

// Writing and removing subnets this way needs what it needs the other way.
std::vector<Needed> subnet_needs(const World& world, const ResourceId& id,
                                 const json::object& given, Method) {
  std::vector<Needed> out;
  const json::array* list = given_list(given);
  if (list == nullptr) return out;
  if (!list->empty()) out.push_back({kSubnets.operation("write"), id.key()});
  const std::set<std::string> names = names_in(*list);
  const bool removes = std::ranges::any_of(subnets_of(world, id), [&](const ResourcePtr& one) {
    return !names.contains(lower(one->id.name()));
  });
  if (removes) out.push_back({kSubnets.operation("delete"), id.key()});
  for (const json::value& one : *list) {
    if (name_in(one).empty()) continue;
    const ResourceId subnet = id.child(kSubnetType, name_in(one));
    auto needs = operator_needs(world, subnet, one.get_object(), Writing::kPut);
    std::ranges::move(needs, std::back_inserter(out));
    if (!needs.empty()) break;  // all need the same
  }
  return out;
}

void claim(const ResourceId&, const json::object&, std::vector<Claims::Wanted>& wanted) {
  wanted.push_back({std::string(kNetworksClaim), true});
}

void view_network_resource(const World& world, const Resource& network, json::object& out) {
  show_state(network, out);
  json::array& subnets = out["properties"].get_object()["subnets"].emplace_array();
  for (const ResourcePtr& one : subnets_of(world, network.id)) {
    subnets.push_back(render(world, kSubnets, *one));
  }
}

Result<void> check_removal(const World& world, const Resource& network, const May& may) {
  return check_subnets_free(world, may, network.id);
}

}  // namespace

std::vector<IpPrefix> space_of(const json::object& network) {
  std::vector<IpPrefix> out;
  for (const json::value& text : at_path(network, kSpace)->get_array()) {
    if (const auto block = IpPrefix::parse(view(text.get_string()))) out.push_back(*block);
  }
  return out;
}

const ResourceType kVirtualNetworks = {.name = kVirtualNetworkType,
                                       .operations = kVirtualNetworkType,
                                       .schema = kFields,
                                       .check_name = check_network_name,
                                       .also_needs = subnet_needs,
                                       .claims = claim,
                                       .complete = complete,
                                       .view = view_network_resource,
                                       .check_removal = check_removal};

}  // namespace berth::control
