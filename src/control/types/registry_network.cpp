// The network part of a registry, for the decision and for clients.
#include <algorithm>
#include <boost/json/array.hpp>
#include <map>

#include "base/ascii.h"
#include "control/time_text.h"
#include "control/types/network.h"
#include "control/types/private_endpoint.h"

namespace berth::control {
namespace {

constexpr std::string_view kRules = "properties.networkRuleSet.";

const json::array& rules_at(const Resource& registry, std::string_view name) {
  return list_at(registry.body, std::string(kRules).append(name));
}

std::vector<policy::IpRule> ip_rules(const Resource& registry) {
  std::vector<policy::IpRule> out;
  for (const json::value& one : rules_at(registry, "ipRules")) {
    const json::object& rule = one.get_object();
    const auto block = IpPrefix::parse(text_at(rule, "value"));
    if (!block) continue;
    const auto end = parse_time(text_at(rule, "expiresOn"));
    out.push_back({*block, end ? to_micros(*end) : 0});
  }
  return out;
}

std::vector<policy::SubnetRule> subnet_rules(const Resource& registry) {
  std::vector<policy::SubnetRule> out;
  for (const json::value& one : rules_at(registry, "virtualNetworkRules")) {
    const json::object& rule = one.get_object();
    policy::SubnetRule next{lower(text_at(rule, "id"))};
    const json::value* kinds = rule.if_contains("serviceKinds");
    for (const json::value& kind : kinds == nullptr ? json::array() : kinds->get_array()) {
      const auto* row = policy::find_service_kind(view(kind.get_string()));
      if (row != nullptr) next.kinds |= policy::kinds_of(row->kind);
    }
    // Kinds that this version does not know: the rule must not become one for everybody.
    if (kinds != nullptr && next.kinds == 0) continue;
    out.push_back(std::move(next));
  }
  return out;
}

}  // namespace

policy::NetworkRules network_of(const Resource& registry,
                                std::vector<policy::EndpointRule> endpoints) {
  const json::object& body = registry.body;
  policy::NetworkRules out;
  out.public_access = text_at(body, "properties.publicNetworkAccess") != "Disabled";
  out.default_allow = text_at(body, "properties.networkRuleSet.defaultAction") != "Deny";
  out.bypass = text_at(body, "properties.networkRuleBypassOptions") != "None";
  out.bypass_for_tasks = true_at(body, "properties.networkRuleBypassAllowedForTasks");
  out.ip_rules = ip_rules(registry);
  out.subnet_rules = subnet_rules(registry);
  // Only with an approved one: whoever asks for a connection must not move a registry's blobs.
  out.data_endpoint = true_at(body, "properties.dataEndpointEnabled") ||
                      std::ranges::any_of(endpoints, [](const policy::EndpointRule& one) {
                        return one.state == policy::EndpointState::kApproved;
                      });
  out.endpoints = std::move(endpoints);
  return out;
}

// Most registries are open to all: these share one value.
void set_network(policy::RegistryPolicy& policy, policy::NetworkRules rules) {
  static const auto open = std::make_shared<const policy::Network>(policy::NetworkRules());
  if (policy.network && policy.network->rules() == rules) return;
  policy.network =
      rules == open->rules() ? open : std::make_shared<const policy::Network>(std::move(rules));
}

std::vector<policy::EndpointRule> endpoints_in(const policy::RegistryPolicy* policy) {
  if (policy == nullptr || !policy->network) return {};
  return policy->network->rules().endpoints;
}

bool data_endpoint_on(const World& world, const Resource& registry) {
  if (world.options.domain.empty()) return false;
  if (true_at(registry.body, "properties.dataEndpointEnabled")) return true;
  const auto policy = registry_policy(world, registry.id);
  return policy && policy->network && policy->network->rules().data_endpoint;
}

void view_network(const World& world, const Resource& registry, json::object& properties) {
  // Both names of the same member: clients read one or the other.
  json::array subnets = rules_at(registry, "virtualNetworkRules");
  for (json::value& one : subnets) {
    json::object& rule = one.get_object();
    rule["virtualNetworkSubnetResourceId"] = key(text_at(rule, "id"));
  }
  set_path(properties, "networkRuleSet.virtualNetworkRules", std::move(subnets));
  const bool data = data_endpoint_on(world, registry);
  properties["dataEndpointEnabled"] = data;
  json::array& hosts = properties["dataEndpointHostNames"].emplace_array();
  if (data) hosts.emplace_back(data_endpoint_of(world.options, registry.id.name()));
  properties["privateEndpointConnections"] = shown_connections(world, registry.id);
}

void publish_endpoints(const World& world, policy::Snapshot& snapshot,
                       std::span<const Change> changes, RegistryKey registry, EndpointsEdit edit) {
  std::map<std::string, std::vector<const Change*>> by_registry;
  for (const Change& change : changes) by_registry[registry(change)].push_back(&change);
  for (const auto& [id, of_registry] : by_registry) {
    const ResourcePtr resource = world.table.find(kRegistryType, id);
    const std::string name = id.substr(id.rfind('/') + 1);
    const policy::RegistryPolicy* now = snapshot.registries.find(name);
    if (!resource || now == nullptr) continue;
    policy::RegistryPolicy next = *now;
    auto endpoints = endpoints_in(now);
    for (const Change* change : of_registry) edit(world, endpoints, *change);
    set_network(next, network_of(*resource, std::move(endpoints)));
    snapshot.registries.set(name, std::move(next));
  }
}

}  // namespace berth::control
