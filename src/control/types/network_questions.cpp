// Questions about a registry's network, each a POST on it (docs/network.md 3): what a change of its
// rules would do to callers, and where it is reached. Nothing is written.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>
#include <deque>
#include <map>

#include "base/ascii.h"
#include "control/types/actions.h"
#include "control/types/network.h"
#include "control/types/principal_text.h"
#include "control/types/private_endpoint.h"
#include "control/types/questions.h"
#include "control/types/registry_schema.h"
#include "explain/explain.h"
#include "explain/preview_network.h"

namespace berth::control {
namespace {

constexpr std::string_view kReadRegistry = "Microsoft.ContainerRegistry/registries/read";
constexpr std::string_view kWriteRegistry = "Microsoft.ContainerRegistry/registries/write";
constexpr std::size_t kMaxCallers = 10'000;
constexpr std::string_view kDeleted = "Deleted";  // besides the states of a connection

// The callers of a question. What they refer to lies here, too.
class Callers {
 public:
  Callers(const World& world, const ActionCall& call, const policy::RegistryPolicy& registry)
      : world_(world), call_(call), registry_(registry) {}

  Result<void> read() {
    const json::value* given = call_.given.if_contains("callers");
    const auto* list = given == nullptr ? nullptr : given->if_array();
    if (given != nullptr && !given->is_null() && list == nullptr) {
      return fail(invalid_member("callers", "must be an array"));
    }
    if (list != nullptr && list->size() > kMaxCallers) {
      return fail(invalid_member(
          "callers", fmt::format("has {} entries; {} are allowed", list->size(), kMaxCallers)));
    }
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
      TRY(add((*list)[i], fmt::format("callers[{}].", i)));
    }
    if (true_at(call_.given, "includeCaller")) add_self();
    return {};
  }
  const std::vector<explain::Caller>& all() const { return callers_; }
  const json::object& shown(std::size_t caller) const { return shown_[caller]; }
  bool self(std::size_t caller) const { return caller == self_; }

 private:
  Result<void> add(const json::value& entry, const std::string& path) {
    TRY_ASSIGN(const auto* given,
               entry_at(entry, path.substr(0, path.size() - 1),
                        {"address", "identity", "repository", "action", BERTH_WAY_MEMBERS}));
    explain::Caller caller;
    TRY_ASSIGN(auto way, read_way(world_, *given, "address", path));
    if (!way) return fail(invalid_member(path + "address", "is required"));
    caller.source = std::move(*way);
    TRY_ASSIGN(const auto identity, text_of(*given, "identity", path));
    if (identity) {
      TRY_ASSIGN(caller.principal, find(*identity, path));
    }
    TRY(read_wish(*given, path, caller));
    callers_.push_back(std::move(caller));
    shown_.push_back(*given);
    return {};
  }

  Result<void> read_wish(const json::object& given, const std::string& path,
                         explain::Caller& caller) {
    TRY_ASSIGN(const auto repository, text_of(given, "repository", path));
    if (repository) {
      auto name = oci::RepositoryName::parse(*repository);
      if (!name) return fail(invalid_member(path + "repository", name.error().message));
      caller.repository = &repositories_.emplace_back(std::move(*name));
    }
    TRY_ASSIGN(const auto word, text_of(given, "action", path));
    if (!word) return {};
    auto action = explain::action_of(*word);
    if (!action) {
      return fail(
          bad_request("InvalidRequestContent", action.error().message + ".", path + "action"));
    }
    caller.action = *action;
    const bool of_registry =
        *action == policy::Action::kCatalogRead || *action == policy::Action::kRegistryRead;
    if (of_registry == (caller.repository == nullptr)) return {};
    return fail(invalid_member(
        path + "repository",
        fmt::format("{} for the action '{}'", of_registry ? "has no meaning" : "is required",
                    explain::word_of(*action))));
  }

  // What others may do is for those to know who may read assignments.
  Result<const policy::Principal*> find(const std::string& text, const std::string& path) {
    const policy::Principal& asker = call_.request.principal;
    if (names_caller(asker, text)) return &asker;
    if (const auto at = found_.find(text); at != found_.end()) return at->second;
    TRY(world_.gate().allow(call_.request.source, asker, kReadAssignments, call_.id.key()));
    auto principal = read_principal(world_, registry_, text);
    if (!principal) {
      return fail(
          bad_request(principal.error().exact_code, principal.error().message, path + "identity"));
    }
    return found_[text] = &principals_.emplace_back(std::move(*principal));
  }

  void add_self() {
    const Request& request = call_.request;
    self_ = callers_.size();
    callers_.push_back({request.source, &request.principal, {}, nullptr});
    json::object shown;
    if (!request.source.address.empty()) shown["address"] = request.source.address;
    const policy::Principal& who = request.principal;
    shown["identity"] = who.name.empty() ? who.id : who.name;
    shown_.push_back(std::move(shown));
  }

  const World& world_;
  const ActionCall& call_;
  const policy::RegistryPolicy& registry_;
  std::vector<explain::Caller> callers_;
  std::vector<json::object> shown_;
  std::size_t self_ = ~std::size_t{0};
  std::deque<policy::Principal> principals_;
  std::deque<oci::RepositoryName> repositories_;
  std::map<std::string, const policy::Principal*> found_;
};

May may_of(const World& world, const ActionCall& call) {
  return [&](std::string_view operation, std::string_view scope) {
    return world.gate().allows(call.request.source, call.request.principal, operation, scope);
  };
}

// The ways of one that the registry has, or of one that is to be made with these `properties`: they
// count if whoever asks may approve it.
Result<std::vector<std::string>> supposed_links(const World& world, const ActionCall& call,
                                                const ResourceId& id,
                                                const json::value* properties) {
  if (!may_of(world, call)(kApproval, call.id.key())) return std::vector<std::string>();
  if (properties != nullptr) return read_links(world, json::object{{"properties", *properties}});
  const ResourcePtr endpoint = world.table.find(kPrivateEndpointType, id.key());
  return endpoint ? read_links(world, endpoint->body) : std::vector<std::string>();
}

// One entry of `privateEndpoints`: the state that its connection would have.
Result<void> suppose(const World& world, const ActionCall& call, const json::value& entry,
                     const std::string& path, std::vector<policy::EndpointRule>& endpoints) {
  TRY_ASSIGN(const auto* given, entry_at(entry, path, {"id", "state", "properties"}));
  const auto id = ResourceId::parse(text_at(*given, "id"));
  if (!id || id->type() != kPrivateEndpointType) {
    return fail(invalid_member(path + ".id", "must be the id of a private endpoint"));
  }
  const std::string_view word = text_at(*given, "state");
  const auto* const state = std::ranges::find(policy::kEndpointStateNames, word);
  if (state == policy::kEndpointStateNames.end() && word != kDeleted) {
    return fail(invalid_member(
        path + ".state", fmt::format("must be one of {}, {}",
                                     fmt::join(policy::kEndpointStateNames, ", "), kDeleted)));
  }
  auto rule = std::ranges::find(endpoints, id->key(), &policy::EndpointRule::id);
  if (word == kDeleted) {
    if (rule != endpoints.end()) endpoints.erase(rule);
    return {};
  }
  const json::value* properties = given->if_contains("properties");
  if (rule == endpoints.end()) {
    if (properties == nullptr) {
      return fail(invalid_member(path + ".id", "names no private endpoint of the registry"));
    }
    rule = endpoints.insert(endpoints.end(), policy::EndpointRule{.id = id->key()});
    rule->subnet = lower(text_at(*given, "properties.subnet.id"));
  }
  rule->state = static_cast<policy::EndpointState>(state - policy::kEndpointStateNames.begin());
  const bool approved = rule->state == policy::EndpointState::kApproved;
  if (properties != nullptr || (approved && rule->links.empty())) {
    TRY_ASSIGN(rule->links, supposed_links(world, call, *id, properties));
  }
  return {};
}

// The registry's private endpoints, with what `privateEndpoints` says of some.
Result<std::vector<policy::EndpointRule>> endpoints_after(const World& world,
                                                          const ActionCall& call,
                                                          const policy::RegistryPolicy& registry) {
  auto out = endpoints_in(&registry);
  const json::value* given = call.given.if_contains("privateEndpoints");
  if (given == nullptr) return out;
  const auto* list = given->if_array();
  const std::size_t most = world.options.private_endpoints;
  if (list == nullptr || list->size() > most) {
    return fail(
        invalid_member("privateEndpoints", fmt::format("must be an array of at most {}", most)));
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    TRY(suppose(world, call, (*list)[i], fmt::format("privateEndpoints[{}]", i), out));
  }
  return out;
}

// The rules as a PATCH with these properties would leave them, by the code of a real one.
Result<policy::NetworkRules> rules_after(const World& world, const ActionCall& call,
                                         const policy::RegistryPolicy& registry) {
  TRY_ASSIGN(auto endpoints, endpoints_after(world, call, registry));
  const json::value nothing = json::object();
  const json::value* value = call.given.if_contains("properties");
  if (value == nullptr && call.given.contains("privateEndpoints")) value = &nothing;
  if (value == nullptr) return fail(invalid_member("properties", "is required"));
  TRY(entry_at(*value, "properties",
               {"publicNetworkAccess", "networkRuleSet", "networkRuleBypassOptions",
                "networkRuleBypassAllowedForTasks", "dataEndpointEnabled"}));
  const json::object given = {{"properties", *value}};
  for (const Needed& needed : rules_need(world, call.id, given)) {
    TRY(world.gate().allow(call.request.source, call.request.principal, needed.operation,
                           needed.scope));
  }
  const ResourcePtr before = world.table.find(kRegistryType, call.id.key());
  if (!before) return fail(not_found(call.id));
  Resource after = *before;
  TRY_ASSIGN(after.body, merge(kRegistrySchema, &before->body, given, Writing::kPatch));
  const Actor actor = actor_of(call.request);
  const May may = may_of(world, call);
  Draft draft{before->id, before, after.body, given, actor, may};
  TRY(complete_network(world, draft));
  return network_of(after, std::move(endpoints));
}

// The rules for addresses that are declared proxies'. Where the proxies stand is not for everybody
// who may read the registry.
json::array rules_for_proxies(const World& world, const ActionCall& call,
                              const policy::NetworkRules& rules) {
  json::array out;
  if (!may_of(world, call)(kWriteRegistry, call.id.key())) return out;
  for (const policy::IpRule& rule : rules.ip_rules) {
    const bool of_proxy = std::ranges::any_of(
        world.options.proxies, [&](const IpPrefix& proxy) { return proxy.contains(rule.block); });
    if (of_proxy) out.emplace_back(rule.block.text());
  }
  return out;
}

json::object decision_json(const policy::Decision& decision) {
  return {{"allowed", decision.allowed()},
          {"rule", key(decision.rule)},
          {"reason", key(decision.reason)}};
}

json::array changes_json(const Callers& callers,
                         const std::vector<explain::CallerChange>& changes) {
  json::array out;
  for (const explain::CallerChange& change : changes) {
    out.push_back(json::object{{"caller", callers.shown(change.caller)},
                               {"self", callers.self(change.caller)},
                               {"before", decision_json(change.before)},
                               {"after", decision_json(change.after)}});
  }
  return out;
}

Result<Answer> preview(const World& world, const ActionCall& call,
                       const policy::Snapshot& snapshot) {
  TRY_ASSIGN(const auto* registry, registry_of(world, call, snapshot, kReadRegistry));
  TRY_ASSIGN(const policy::NetworkRules after, rules_after(world, call, *registry));
  Callers callers(world, call, *registry);
  TRY(callers.read());
  const auto out =
      explain::preview_network(snapshot, lower(registry->name), after, callers.all(), world.now());
  return json_answer(json::object{{"lockedOut", changes_json(callers, out.locked_out)},
                                  {"letIn", changes_json(callers, out.let_in)},
                                  {"unchanged", out.unchanged},
                                  {"rulesForProxies", rules_for_proxies(world, call, after)}});
}

// The addresses of approved private endpoints, which stand for the public ones in their networks.
json::array private_addresses(const World& world, const policy::RegistryPolicy& registry,
                              std::string_view member) {
  json::array out;
  for (const policy::EndpointRule& rule : endpoints_in(&registry)) {
    const ResourcePtr endpoint = world.table.find(kPrivateEndpointType, rule.id);
    if (!endpoint || rule.state != policy::EndpointState::kApproved) continue;
    for (const EndpointAddress& one : addresses_of(world, *endpoint)) {
      if (one.member != member) continue;
      out.push_back(json::object{{"address", one.address},
                                 {"privateEndpoint", endpoint->id.text()},
                                 {"subnet", key(text_at(endpoint->body, "properties.subnet.id"))}});
    }
  }
  return out;
}

json::object endpoint_json(const World& world, std::string_view face, const std::string& server,
                           json::array private_addresses) {
  const std::string host = without_port(server);
  std::uint16_t port = 443;
  if (host.size() < server.size()) {
    std::from_chars(server.data() + host.size() + 1, server.data() + server.size(), port);
  }
  const auto& addresses = world.options.public_addresses;
  return {{"face", key(face)},
          {"host", host},
          {"port", port},
          {"addresses", json::array(addresses.begin(), addresses.end())},
          {"privateAddresses", std::move(private_addresses)}};
}

}  // namespace

Task<Result<Answer>> preview_network(World& world, const ActionCall& call) {
  CO_TRY(only_members(call.given, {"properties", "privateEndpoints", "callers", "includeCaller"}));
  const auto snapshot = world.parts.policy.current();
  co_return co_await world.parts.questions.run(
      [&]() -> Result<Answer> { return preview(world, call, *snapshot); });
}

Task<Result<Answer>> list_endpoints(World& world, const ActionCall& call) {
  CO_TRY(only_members(call.given, {}));
  const auto snapshot = world.parts.policy.current();
  CO_TRY_ASSIGN(const auto* registry, registry_of(world, call, *snapshot, kReadRegistry));
  const ResourcePtr resource = world.table.find(kRegistryType, call.id.key());
  if (!resource) co_return fail(not_found(call.id));
  const EngineOptions& options = world.options;
  const auto members = endpoint_members(world);
  json::array value;
  const auto add = [&](std::string_view face, const std::string& server, json::array addresses) {
    if (server.empty()) return;
    value.push_back(endpoint_json(world, face, server, std::move(addresses)));
  };
  add("registry", login_server_of(options, registry->name),
      private_addresses(world, *registry, members.front()));
  if (data_endpoint_on(world, *resource)) {
    add("data", data_endpoint_of(options, registry->name),
        private_addresses(world, *registry, members.back()));
  }
  for (const std::string_view face : {"management", "login", "graph"}) {
    if (!options.domain.empty()) add(face, login_server_of(options, face), {});
  }
  co_return json_answer(json::object{{"value", std::move(value)}});
}

}  // namespace berth::control
