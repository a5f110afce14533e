// The rules of a registry's firewall (acr-access-model A3, A4), as clients write them: whole lists,
// often read before and sent back by clients that do not know all members. So a member that a rule
// does not mention keeps what is stored for the same address or subnet.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <map>
#include <set>

#include "base/ascii.h"
#include "control/time_text.h"
#include "control/types/network.h"
#include "control/types/private_endpoint.h"

namespace berth::control {
namespace {

constexpr std::string_view kIpRules = "properties.networkRuleSet.ipRules";
constexpr std::string_view kSubnetRules = "properties.networkRuleSet.virtualNetworkRules";
constexpr std::string_view kJoin =
    "Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action";
constexpr std::size_t kMaxTextBytes = 64;

Error wrong(const std::string& path, std::string_view what) {
  return bad_request("InvalidPropertyValue", fmt::format("'{}' {}.", path, what), path);
}

const json::array& stored_at(const Draft& draft, std::string_view path) {
  static const json::object nothing;
  return list_at(draft.before ? draft.before->body : nothing, path);
}

Result<void> check_list(const Draft& draft, std::string_view path) {
  const json::value* list = at_path(draft.body, path);
  if (list != nullptr && list->is_array()) return {};
  return fail(wrong(std::string(path), "must be an array"));
}

// A quota that was lowered since takes nothing away and hinders no other change.
Result<void> check_quota(const Draft& draft, std::string_view path, const json::array& rules,
                         std::string_view feature, std::size_t quota) {
  if (rules.size() <= std::max(quota, stored_at(draft, path).size())) return {};
  return fail(over_quota(feature, quota, text_at(draft.body, "sku.name")));
}

Result<void> check_action(const json::object& rule, const std::string& path) {
  const json::value* action = rule.if_contains("action");
  if (action == nullptr || action->is_null()) return {};
  if (equal_no_case(text_at(rule, "action"), "Allow")) return {};
  return fail(wrong(path + ".action", "must be Allow: what no rule allows is denied"));
}

Result<IpPrefix> read_block(const json::object& rule, const std::string& path) {
  std::string_view text = text_at(rule, "value");
  if (text.empty()) text = text_at(rule, "ipAddressOrRange");
  const auto block = text.size() <= kMaxTextBytes ? IpPrefix::parse(text) : std::nullopt;
  if (block) return *block;
  return fail(wrong(path + ".value",
                    fmt::format("must be an IPv4 or IPv6 address or a block of them, as in "
                                "203.0.113.0/24, not '{}'",
                                text.substr(0, kMaxTextBytes))));
}

// One address or block, as all entries that name it say together.
struct IpWish {
  std::string value, path;
  std::optional<std::string> expires;  // empty: none; nullopt: not mentioned
  int times = 0;
};

Result<std::optional<std::string>> read_expiry(const json::object& rule, const std::string& path) {
  const json::value* given = rule.if_contains("expiresOn");
  if (given == nullptr) return std::nullopt;
  if (given->is_null()) return std::string();
  const std::string text(text_at(rule, "expiresOn"));
  if (text.size() <= kMaxTextBytes && parse_time(text)) return text;
  return fail(wrong(path + ".expiresOn", "must be a time, as in 2030-01-31T12:00:00Z"));
}

Result<std::vector<IpWish>> read_ip_rules(const json::array& given) {
  std::vector<IpWish> out;
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::string path = fmt::format("{}[{}]", kIpRules, i);
    TRY_ASSIGN(const auto* rule,
               entry_at(given[i], path, {"action", "value", "ipAddressOrRange", "expiresOn"}));
    TRY(check_action(*rule, path));
    TRY_ASSIGN(const IpPrefix block, read_block(*rule, path));
    TRY_ASSIGN(auto expires, read_expiry(*rule, path));
    const auto [at, added] = places.try_emplace(block.text(), out.size());
    if (added) out.push_back({block.text(), path, {}});
    IpWish& wish = out[at->second];
    ++wish.times;
    if (expires) wish.expires = std::move(expires);
  }
  return out;
}

bool is_past(const World& world, std::string_view expires) {
  const auto end = expires.empty() ? std::nullopt : parse_time(expires);
  return end && *end <= world.now();
}

// When the rule ends; nullopt when it has ended and goes.
Result<std::optional<std::string>> expiry_of(const World& world, const IpWish& wish,
                                             const std::string& stored) {
  if (!wish.expires) {
    if (!is_past(world, stored)) return stored;
    // Sent back once it has ended; named once more it is a new rule.
    return wish.times > 1 ? std::optional<std::string>("") : std::nullopt;
  }
  if (!is_past(world, *wish.expires)) return wish.expires;
  if (*wish.expires == stored) return std::nullopt;
  return fail(wrong(wish.path + ".expiresOn", fmt::format("is in the past ({}); it is {} now",
                                                          *wish.expires, to_rfc3339(world.now()))));
}

json::object ip_rule(const std::string& value, const std::string& expires) {
  json::object rule = {{"action", "Allow"}, {"value", value}};
  if (!expires.empty()) rule["expiresOn"] = expires;
  return rule;
}

Result<void> complete_ip_rules(const World& world, Draft& draft) {
  std::map<std::string, std::string> stored;  // → expiresOn
  for (const json::value& one : stored_at(draft, kIpRules)) {
    const json::object& rule = one.get_object();
    stored.emplace(text_at(rule, "value"), text_at(rule, "expiresOn"));
  }
  TRY(check_list(draft, kIpRules));
  TRY_ASSIGN(const auto wishes, read_ip_rules(list_at(draft.body, kIpRules)));
  json::array rules;
  for (const IpWish& wish : wishes) {
    const auto at = stored.find(wish.value);
    TRY_ASSIGN(const auto expires,
               expiry_of(world, wish, at == stored.end() ? std::string() : at->second));
    if (expires) rules.push_back(ip_rule(wish.value, *expires));
  }
  TRY(check_quota(draft, kIpRules, rules, "IP rule", world.options.ip_rules));
  set_path(draft.body, kIpRules, std::move(rules));
  return {};
}

Result<ResourceId> read_subnet(const json::object& rule, const std::string& path) {
  for (const char* member : {"id", "virtualNetworkResourceId", "virtualNetworkSubnetResourceId"}) {
    const std::string_view text = text_at(rule, member);
    if (text.empty()) continue;
    auto id = ResourceId::parse(text);
    if (id && id->type() == kSubnetType) return std::move(*id);
    return fail(wrong(path + "." + member,
                      fmt::format("must be the id of a subnet: …/virtualNetworks/<name>/subnets/"
                                  "<name>, not '{}'",
                                  text.substr(0, 256))));
  }
  return fail(wrong(path + ".id", "is required: the id of a subnet"));
}

std::string kinds_with_networks() {
  std::vector<std::string_view> names;
  for (const auto& row : policy::service_kinds()) {
    if (row.in_virtual_networks) names.push_back(row.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

// Only hosts of a network come from it (A4).
Result<json::array> read_kinds(const json::value& given, const std::string& path) {
  const auto refuse = [&] {
    return fail(wrong(path + ".serviceKinds",
                      fmt::format("must be a list of these kinds, or null for everybody: {}",
                                  kinds_with_networks())));
  };
  const auto* list = given.if_array();
  if (list == nullptr || list->empty()) return refuse();
  std::set<std::string_view> names;
  for (const json::value& one : *list) {
    const auto* text = one.if_string();
    const auto* row = text == nullptr ? nullptr : policy::find_service_kind(view(*text));
    if (row == nullptr || !row->in_virtual_networks) return refuse();
    names.insert(row->name);
  }
  json::array out;
  for (const auto name : names) out.emplace_back(key(name));
  return out;
}

Result<void> set_kinds(json::object& rule, const json::object& given, const std::string& path) {
  const json::value* kinds = given.if_contains("serviceKinds");
  if (kinds == nullptr) return {};
  rule.erase("serviceKinds");
  if (kinds->is_null()) return {};
  TRY_ASSIGN(rule["serviceKinds"], read_kinds(*kinds, path));
  return {};
}

// N7, N41, in ACR's words; the end says what to run.
Error not_registered(const Draft& draft, const ResourceId& network) {
  const policy::Principal& who = draft.actor.principal;
  const auto subscription = network.subscription();
  return bad_request(
      "VirtualNetworkRuleValidationFailed",
      fmt::format(
          "Failed to save firewall and virtual network settings for container registry '{0}'. "
          "Error: Could not validate network rule - The client '{1}' with object id '{2}' does not "
          "have authorization to perform action 'Microsoft.Network/virtualNetworks/"
          "taggedTrafficConsumers/validate/action' over scope '{3}/taggedTrafficConsumers/{4}' or "
          "the scope is invalid. If access was recently granted, please refresh your credentials. "
          "The network's subscription has not registered the resource provider; run: az provider "
          "register --namespace {4} --subscription {5}",
          draft.id.name(), who.name.empty() ? who.id : who.name, who.id, network.text(),
          kRegistryProvider, subscription ? subscription->name() : ""),
      kSubnetRules);
}

Result<ResourcePtr> usable_subnet(const World& world, const Draft& draft, const ResourceId& id) {
  ResourcePtr subnet = world.table.find(kSubnetType, id.key());
  if (!subnet) {
    return fail(bad_request(
        "VirtualNetworkRuleValidationFailed",
        fmt::format("There is no subnet '{}'; make it before the rule.", id.text()), kSubnetRules));
  }
  const ResourceId network = subnet->id.parent();
  if (!is_registered(world, id, kRegistryProvider)) return fail(not_registered(draft, network));
  if (is_service_endpoint(subnet->body)) return subnet;
  return fail(bad_request(
      "SubnetsHaveNoServiceEndpointsConfigured",
      fmt::format("Subnets {} of virtual network {} do not have ServiceEndpoints for {} resources "
                  "configured. Add {} to subnet's ServiceEndpoints collection before trying to ACL "
                  "{} resources to these subnets.",
                  subnet->id.name(), network.text(), kRegistryProvider, kRegistryProvider,
                  kRegistryProvider),
      kSubnetRules));
}

// Rules by the subnet's key.
using SubnetRules = std::map<std::string, json::object>;
SubnetRules by_subnet(const json::array& rules) {
  SubnetRules out;
  for (const json::value& one : rules) {
    const json::object& rule = one.get_object();
    out.emplace(lower(text_at(rule, "id")), rule);
  }
  return out;
}

// N32: service endpoints and private endpoints do not go together.
Result<void> check_no_endpoint(const World& world, const Draft& draft) {
  const ResourcePtr connection = live_connection(world, draft.id);
  if (!connection) return {};
  return fail(conflict(
      "PrivateEndpointWithVirtualNetworkRules",
      fmt::format("The registry '{}' has the private endpoint connection '{}': virtual-network "
                  "rules and private endpoints cannot be used together. Remove the private "
                  "endpoint connection first, or leave out the virtual-network rules.",
                  draft.id.name(), connection->id.name())));
}

// The rule that is there. One whose subnet is gone since does no harm, and must not hinder other
// changes; what is new is looked at.
Result<json::object> rule_for(const World& world, const Draft& draft, const SubnetRules& stored,
                              const ResourceId& id) {
  if (const auto at = stored.find(id.key()); at != stored.end()) return at->second;
  TRY_ASSIGN(const ResourcePtr subnet, usable_subnet(world, draft, id));
  return json::object{{"action", "Allow"}, {"id", subnet->id.text()}};
}

Result<void> complete_subnet_rules(const World& world, Draft& draft) {
  TRY(check_list(draft, kSubnetRules));
  const json::array& given = list_at(draft.body, kSubnetRules);
  const SubnetRules stored = by_subnet(stored_at(draft, kSubnetRules));
  json::array rules;
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::string path = fmt::format("{}[{}]", kSubnetRules, i);
    TRY_ASSIGN(const auto* rule,
               entry_at(given[i], path,
                        {"id", "virtualNetworkResourceId", "virtualNetworkSubnetResourceId",
                         "action", "state", "serviceKinds"}));
    TRY(check_action(*rule, path));
    TRY_ASSIGN(const ResourceId id, read_subnet(*rule, path));
    const auto [at, added] = places.try_emplace(id.key(), rules.size());
    if (added) {
      TRY_ASSIGN(json::object next, rule_for(world, draft, stored, id));
      rules.push_back(std::move(next));
    }
    TRY(set_kinds(rules[at->second].get_object(), *rule, path));
  }
  TRY(check_quota(draft, kSubnetRules, rules, "virtual network rule",
                  world.options.virtual_network_rules));
  if (!rules.empty()) TRY(check_no_endpoint(world, draft));
  set_path(draft.body, kSubnetRules, std::move(rules));
  return {};
}

// On by itself while there is an endpoint: a client that writes back what it read did not ask.
void keep_forced(const World& world, Draft& draft, std::string_view member) {
  const auto policy = registry_policy(world, draft.id);
  const bool forced = policy && policy->network && policy->network->rules().data_endpoint;
  if (forced) set_path(draft.body, member, false);
}

Result<void> complete_data_endpoint(const World& world, Draft& draft) {
  constexpr std::string_view kMember = "properties.dataEndpointEnabled";
  const bool before = draft.before && true_at(draft.before->body, kMember);
  if (before || !true_at(draft.body, kMember)) return {};
  if (!world.options.domain.empty()) {
    if (draft.before) keep_forced(world, draft, kMember);
    return {};
  }
  return fail(bad_request("DataEndpointNeedsDomain",
                          "A data endpoint is a host of its own, and the server has no domain "
                          "(server.domain, --domain) for one.",
                          kMember));
}

// The subnets that a request names, each once.
std::vector<ResourceId> given_subnets(const json::object& given) {
  std::map<std::string, ResourceId> out;
  for (const json::value& one : list_at(given, kSubnetRules)) {
    const auto* rule = one.if_object();
    const auto id = rule == nullptr ? Result<ResourceId>() : read_subnet(*rule, "");
    if (id && !id->tenant()) out.emplace(id->key(), *id);
  }
  std::vector<ResourceId> ids;
  ids.reserve(out.size());
  for (auto& [name, id] : out) ids.push_back(std::move(id));
  return ids;
}

}  // namespace

Result<void> complete_network(const World& world, Draft& draft) {
  TRY(complete_data_endpoint(world, draft));
  TRY(complete_ip_rules(world, draft));
  return complete_subnet_rules(world, draft);
}

std::vector<Needed> rules_need(const World& world, const ResourceId& registry,
                               const json::object& given) {
  const ResourcePtr before = world.table.find(kRegistryType, registry.key());
  const auto stored = before ? by_subnet(list_at(before->body, kSubnetRules)) : SubnetRules();
  std::vector<Needed> out;
  for (const ResourceId& subnet : given_subnets(given)) {
    if (!stored.contains(subnet.key())) out.push_back({std::string(kJoin), subnet.key()});
  }
  return out;
}

void claim_rule_subnets(const json::object& given, std::vector<Claims::Wanted>& wanted) {
  for (const ResourceId& subnet : given_subnets(given)) claim_existing(subnet, wanted);
}

}  // namespace berth::control
