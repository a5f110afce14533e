// Microsoft.Network/virtualNetworks/subnets: networks by name, for rules and private endpoints. One
// with the service endpoint Microsoft.ContainerRegistry says which addresses are in it, so these
// may not overlap; two that use the same addresses are told apart by the listeners they come to.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/ascii.h"
#include "control/types/block_index.h"
#include "control/types/network.h"

namespace berth::control {
namespace {

// `key` is the scope or lies below it.
bool is_within(std::string_view key, std::string_view scope) {
  return key.starts_with(scope) && (key.size() == scope.size() || key[scope.size()] == '/');
}

std::string texts(const std::vector<IpPrefix>& blocks) {
  std::vector<std::string> out;
  out.reserve(blocks.size());
  for (const IpPrefix& block : blocks) out.push_back(block.text());
  return fmt::format("{}", fmt::join(out, ", "));
}

// The lowest owner of a block that meets one of these, and which.
struct Meeting {
  std::size_t owner;
  const IpPrefix* block;
};
std::optional<Meeting> first_meeting(const BlockIndex& index, const std::vector<IpPrefix>& blocks) {
  std::optional<Meeting> first;
  for (const IpPrefix& block : blocks) {
    const auto owner = index.first_overlap(block);
    if (owner && (!first || *owner < first->owner)) first = {*owner, &block};
  }
  return first;
}

// A virtual network's space; its blocks lie apart, so that one which meets a subnet is the only.
class Space {
 public:
  explicit Space(const std::vector<IpPrefix>& blocks) : blocks_(blocks) {
    for (std::size_t i = 0; i < blocks.size(); ++i) index_.add(blocks[i], i);
  }

  Result<void> check(const ResourceId& subnet, const std::vector<IpPrefix>& blocks) const {
    for (const IpPrefix& block : blocks) {
      const auto at = index_.first_overlap(block);
      if (at && blocks_[*at].contains(block)) continue;
      return fail(bad_request(
          "NetcfgInvalidSubnet",
          fmt::format("Subnet '{}' is not valid in virtual network '{}': {} lies outside its "
                      "address space, {}.",
                      subnet.name(), subnet.parent().name(), block.text(), texts(blocks_))));
    }
    return {};
  }

 private:
  const std::vector<IpPrefix>& blocks_;
  BlockIndex index_;
};

// The service endpoints of all other networks, by listener.
class OtherServices {
 public:
  OtherServices(const World& world, std::string_view network)
      : known_(world.parts.policy.current()->subnets) {
    if (!known_) return;
    for (std::size_t i = 0; i < known_->all().size(); ++i) {
      const policy::Subnet& other = known_->all()[i];
      if (is_within(other.id, network)) continue;
      by_listener_[other.listener].add(other.block, i);
      ++count_;
    }
  }

  std::size_t count() const { return count_; }
  Result<void> check(const May& may, const SubnetBody& subnet,
                     const std::vector<IpPrefix>& blocks) const {
    const auto at = first(listener_of(*subnet.body), blocks);
    if (!at) return {};
    const std::string& other = known_->all()[at->owner].id;
    return fail(conflict(
        "ServiceEndpointSubnetsOverlap",
        fmt::format("The service-endpoint subnets '{}' and {} both hold {}: an address must tell "
                    "which one it is in. Give each of them a properties.ingress.listener of its "
                    "own, the [[listener]] that its clients connect to.",
                    subnet.id.text(),
                    may_read(may, kSubnets, other) ? "'" + other + "'" : "another",
                    at->block->text())));
  }

 private:
  // Two are told apart by their listeners. One with a listener is looked at before one without,
  // and would take addresses away from it.
  std::optional<Meeting> first(std::string_view listener,
                               const std::vector<IpPrefix>& blocks) const {
    std::optional<Meeting> out;
    for (const auto& [other, index] : by_listener_) {
      if (!listener.empty() && !other.empty() && listener != other) continue;
      const auto at = first_meeting(index, blocks);
      if (at && (!out || at->owner < out->owner)) out = at;
    }
    return out;
  }

  const std::shared_ptr<const policy::Subnets> known_;
  std::map<std::string_view, BlockIndex> by_listener_;
  std::size_t count_ = 0;
};

Error too_many(std::string_view whose, std::size_t blocks, std::size_t most) {
  return bad_request("InvalidPropertyValue",
                     fmt::format("The service-endpoint subnets of {} would have {} blocks of "
                                 "addresses, and may not have more than {}.",
                                 whose, blocks, most));
}

// Half of what there is stays for whoever administers the whole server.
Result<void> check_count(const May& may, const ResourceId& network, std::size_t own,
                         std::size_t others) {
  if (own > kMaxNetworkBlocks) {
    return fail(
        too_many(fmt::format("the virtual network '{}'", network.name()), own, kMaxNetworkBlocks));
  }
  const std::size_t most =
      may(kSubnets.operation("write"), "/") ? kMaxServiceBlocks : kMaxServiceBlocks / 2;
  if (own + others <= most) return {};
  return fail(too_many("this server", own + others, most));
}

struct SubnetUse {
  std::string user, subnet;
  const ResourceType* type;  // of the user
};

// A registry, not below `scope`, with a rule for a subnet at or below it.
std::optional<SubnetUse> use_by_rule(const World& world, std::string_view scope) {
  std::optional<SubnetUse> out;
  const auto look = [&](const std::string&, const policy::RegistryPolicy& registry) {
    if (out || !registry.network || is_within(registry.resource_id, scope)) return;
    for (const policy::SubnetRule& rule : registry.network->rules().subnet_rules) {
      if (is_within(rule.subnet, scope)) {
        out = {registry.resource_id, rule.subnet, &kRegistries};
      }
    }
  };
  world.parts.policy.current()->registries.for_each(look);
  return out;
}

std::optional<SubnetUse> use_by_endpoint(const World& world, std::string_view scope) {
  const auto subnet_of = [](const Resource& endpoint) {
    return lower(text_at(endpoint.body, "properties.subnet.id"));
  };
  const ResourcePtr user =
      world.table.find_if(kPrivateEndpointType, "/", [&](const ResourcePtr& one) {
        return is_within(subnet_of(*one), scope) && !is_within(one->id.key(), scope);
      });
  if (!user) return std::nullopt;
  return SubnetUse{user->id.key(), subnet_of(*user), &kPrivateEndpoints};
}

Error in_use(const May& may, const SubnetUse& use) {
  return bad_request(
      "InUseSubnetCannotBeDeleted",
      fmt::format("Subnet {} is in use by {} and cannot be deleted. In order to delete the subnet, "
                  "remove that private endpoint, or the registry's virtual-network rule for it, "
                  "first.",
                  use.subnet, may_read(may, *use.type, use.user) ? use.user : "another resource"));
}

Result<void> complete(const World& world, Draft& draft) {
  TRY(complete_subnet_body(world, draft.given, draft.body));
  const ResourceId network = draft.id.parent();
  const ResourcePtr parent = world.table.find(kVirtualNetworkType, network.key());
  if (!parent) return fail(not_found(network));
  if (draft.before) {
    TRY(check_service_kept(world, draft.may, draft.id, draft.before->body, draft.body));
  }
  std::vector<ResourcePtr> siblings;
  world.table.for_each(kSubnetType, network.key() + "/", [&](const ResourcePtr& one) {
    if (!(one->id == draft.id)) siblings.push_back(one);
  });
  if (!draft.before && siblings.size() >= kMaxSubnets) {
    return fail(bad_request("InvalidPropertyValue",
                            fmt::format("The virtual network '{}' has {} subnets, and may not have "
                                        "more.",
                                        network.name(), siblings.size()),
                            "name"));
  }
  std::vector<SubnetBody> all = {{draft.id, &draft.body}};
  for (const ResourcePtr& one : siblings) all.push_back({one->id, &one->body, false});
  return check_layout(world, draft.may, space_of(parent->body), all);
}

std::vector<Needed> also_needs(const World& world, const ResourceId& id, const json::object& given,
                               Method method) {
  if (method == Method::kDelete) return {};
  return operator_needs(world, id, given,
                        method == Method::kPatch ? Writing::kPatch : Writing::kPut);
}

void claim(const ResourceId&, const json::object&, std::vector<Claims::Wanted>& wanted) {
  wanted.push_back({std::string(kNetworksClaim), true});
}

Result<void> check_removal(const World& world, const Resource& subnet, const May& may) {
  return check_subnets_free(world, may, subnet.id);
}

void view_subnet(const World&, const Resource& subnet, json::object& out) {
  show_state(subnet, out);
}

void publish(const World&, policy::Snapshot& snapshot, std::span<const Change> changes) {
  std::set<std::string_view> changed;
  for (const Change& change : changes) changed.insert(change.either().id.key());
  std::vector<policy::Subnet> subnets;
  if (snapshot.subnets) subnets = snapshot.subnets->all();
  std::erase_if(subnets, [&](const policy::Subnet& one) { return changed.contains(one.id); });
  for (const Change& change : changes) {
    if (!change.after || !is_service_endpoint(change.after->body)) continue;
    for (const IpPrefix& block : blocks_of(change.after->body)) {
      subnets.push_back(
          {change.after->id.key(), std::string(listener_of(change.after->body)), block});
    }
  }
  snapshot.subnets =
      subnets.empty() ? nullptr : std::make_shared<const policy::Subnets>(std::move(subnets));
}

}  // namespace

Result<void> check_layout(const World& world, const May& may, const std::vector<IpPrefix>& space,
                          const std::vector<SubnetBody>& subnets) {
  const auto is_new_service = [](const SubnetBody& one) {
    return one.changed && is_service_endpoint(*one.body);
  };
  std::vector<std::vector<IpPrefix>> blocks;
  blocks.reserve(subnets.size());
  std::size_t of_services = 0;
  for (const SubnetBody& subnet : subnets) {
    blocks.push_back(blocks_of(*subnet.body));
    if (is_service_endpoint(*subnet.body)) of_services += blocks.back().size();
  }
  std::optional<OtherServices> others;
  if (std::ranges::any_of(subnets, is_new_service)) {
    const ResourceId network = subnets.front().id.parent();
    others.emplace(world, network.key());
    TRY(check_count(may, network, of_services, others->count()));
  }
  const Space whole(space);
  BlockIndex siblings;
  for (std::size_t i = 0; i < subnets.size(); ++i) {
    const ResourceId& id = subnets[i].id;
    TRY(whole.check(id, blocks[i]));
    if (is_new_service(subnets[i])) TRY(others->check(may, subnets[i], blocks[i]));
    if (const auto at = first_meeting(siblings, blocks[i])) {
      return fail(bad_request(
          "NetcfgSubnetRangesOverlap",
          fmt::format("Subnet '{}' is not valid because its IP address range overlaps with that of "
                      "an existing subnet in virtual network '{}': '{}'.",
                      subnets[at->owner].id.name(), id.parent().name(), id.name())));
    }
    for (const IpPrefix& block : blocks[i]) siblings.add(block, i);
  }
  return {};
}

Result<void> check_service_kept(const World& world, const May& may, const ResourceId& subnet,
                                const json::object& before, const json::object& after) {
  if (!is_service_endpoint(before) || is_service_endpoint(after)) return {};
  const auto use = use_by_rule(world, subnet.key());
  if (!use) return {};
  return fail(conflict(
      "ServiceEndpointInUse",
      fmt::format(
          "{} has a virtual-network rule for the subnet '{}'; remove the "
          "rule before the service endpoint.",
          may_read(may, kRegistries, use->user) ? "The registry '" + use->user + "'" : "A registry",
          subnet.text())));
}

Result<void> check_subnets_free(const World& world, const May& may, const ResourceId& id) {
  const bool any = id.type() == kSubnetType || world.table.any(kSubnetType, id.key() + "/");
  if (!any) return {};
  if (const auto use = use_by_rule(world, id.key())) return fail(in_use(may, *use));
  if (const auto use = use_by_endpoint(world, id.key())) return fail(in_use(may, *use));
  return {};
}

const ResourceType kSubnets = {.name = kSubnetType,
                               .operations = kSubnetType,
                               .schema = kSubnetSchema,
                               .check_name = check_network_name,
                               .also_needs = also_needs,
                               .claims = claim,
                               .complete = complete,
                               .view = view_subnet,
                               .check_removal = check_removal,
                               .publish = publish};

}  // namespace berth::control
