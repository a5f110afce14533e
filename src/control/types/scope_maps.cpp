// Scope maps (acr-access-model C6): which actions on which repositories a token may do.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "base/ascii.h"
#include "control/types/types.h"
#include "oci/name.h"

namespace berth::control {
namespace {

// The last one is ours (docs/permissions.md): it shows names in the catalog and nothing else.
constexpr std::array<std::string_view, 6> kActions = {"content/read",   "content/write",
                                                      "content/delete", "metadata/read",
                                                      "metadata/write", "catalog/read"};

constexpr std::array kFields = {
    Field{.path = "properties.description", .kind = Kind::kText, .initial = R"("")"},
    Field{
        .path = "properties.actions", .kind = Kind::kTextList, .required = true, .max_length = 512},
    Field{.path = "properties.type", .use = Use::kReadOnly},
    Field{.path = "properties.creationDate", .use = Use::kReadOnly},
    Field{.path = "properties.provisioningState", .use = Use::kReadOnly},
};

// What every registry has, and nobody can change.
struct SystemMap {
  std::string_view name, description;
  std::vector<std::string_view> actions;
};
const std::array<SystemMap, kSystemScopeMaps>& system_maps() {
  static const std::array<SystemMap, kSystemScopeMaps> maps = {{
      {"_repositories_admin",
       "Can perform all read, write and delete operations on the registry",
       {kActions.begin(), kActions.end() - 1}},  // as ACR has it
      {"_repositories_pull", "Can pull any repository of the registry", {"content/read"}},
      {"_repositories_pull_metadata_read",
       "Can perform all read operations on the registry",
       {"content/read", "metadata/read"}},
      {"_repositories_push",
       "Can push to any repository of the registry",
       {"content/read", "content/write"}},
      {"_repositories_push_metadata_write",
       "Can perform all read and write operations on the registry",
       {"content/read", "content/write", "metadata/read", "metadata/write"}},
  }};
  return maps;
}

Error bad_action(std::string_view action, std::string_view why) {
  return bad_request("InvalidScopeMapAction",
                     fmt::format("The action '{}' is invalid: {}", action.substr(0, 256), why),
                     "properties.actions");
}

// One name, a name followed by "/*", or "*".
Result<void> check_repository(std::string_view action, std::string_view repository) {
  if (repository == "*") return {};
  const std::string_view name =
      repository.ends_with("/*") ? repository.substr(0, repository.size() - 2) : repository;
  if (name.find('*') != std::string_view::npos) {
    return fail(bad_action(action,
                           "a wildcard is '*' for all repositories, or '/*' once at the end, as in "
                           "'samples/*'."));
  }
  const auto parsed = oci::RepositoryName::parse(name);
  if (!parsed) return fail(bad_action(action, parsed.error().message));
  return {};
}

Result<policy::ScopeMapRule> parse_action(std::string_view action) {
  constexpr std::string_view kPrefix = "repositories/";
  if (action.starts_with("gateway/")) {
    return fail(not_available("A connected registry (gateway actions)", "properties.actions"));
  }
  const auto known = std::ranges::find_if(kActions, [&](std::string_view known_action) {
    return action.ends_with(fmt::format("/{}", known_action));
  });
  if (!action.starts_with(kPrefix) || known == kActions.end() ||
      action.size() < kPrefix.size() + known->size() + 2) {
    return fail(bad_action(action, fmt::format("it must be 'repositories/<repository>/<action>' "
                                               "with one of {}.",
                                               fmt::join(kActions, ", "))));
  }
  const std::string_view repository =
      action.substr(kPrefix.size(), action.size() - kPrefix.size() - known->size() - 1);
  TRY(check_repository(action, repository));
  return policy::ScopeMapRule{std::string(repository), std::string(*known)};
}

Result<void> check_name(const World&, const ResourceId& id) {
  const std::string_view name = id.name();
  const bool plain =
      std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
  if (name.size() >= 5 && name.size() <= 50 && plain && !name.starts_with("_repositories_")) {
    return {};
  }
  return fail(bad_request("InvalidResourceName",
                          fmt::format("The scope map name '{}' is invalid: it must have between 5 "
                                      "and 50 letters, digits, '-' and '_', and may not begin with "
                                      "'_repositories_'.",
                                      name.substr(0, 64)),
                          "name"));
}

Result<void> check_actions(json::object& body) {
  json::array& actions = body["properties"].get_object()["actions"].get_array();
  if (actions.empty() || actions.size() > kMaxScopeMapActions) {
    return fail(bad_request("InvalidScopeMapActions",
                            fmt::format("The scope map has {} actions; it must have 1 to {}.",
                                        actions.size(), kMaxScopeMapActions),
                            "properties.actions"));
  }
  json::array canonical;
  for (const json::value& one : actions) {
    const std::string action = lower(view(one.get_string()));
    TRY(parse_action(action));
    if (std::ranges::find(canonical, json::value(action)) == canonical.end()) {
      canonical.emplace_back(action);
    }
  }
  actions = std::move(canonical);
  return {};
}

Result<void> complete(const World& world, Draft& draft) {
  TRY(check_actions(draft.body));
  const auto registry = registry_policy(world, draft.id.parent());
  if (!draft.before && registry && registry->scope_maps.size() >= kMaxTokens + kSystemScopeMaps) {
    return fail(
        conflict("ScopeMapLimitReached",
                 fmt::format("The registry has {} scope maps; more are not allowed.", kMaxTokens)));
  }
  return {};
}

void view_scope_map(const World&, const Resource& map, json::object& out) {
  show_state(map, out, "creationDate");
  out["properties"].get_object()["type"] = map.version == 0 ? "SystemDefined" : "UserDefined";
}

std::vector<ResourcePtr> built_in(const World& world, const ResourceId& parent) {
  std::vector<ResourcePtr> out;
  const ResourcePtr registry = world.table.find(kRegistryType, parent.key());
  if (!registry) return out;
  for (const SystemMap& system : system_maps()) {
    auto map = std::make_shared<Resource>();
    map->id = registry->id.child(kScopeMapType, system.name);
    json::array actions;
    for (const auto action : system.actions) {
      actions.emplace_back(fmt::format("repositories/*/{}", action));
    }
    map->body["properties"] = {{"description", key(system.description)},
                               {"actions", std::move(actions)}};
    if (const auto* data = registry->body.if_contains("systemData")) {
      map->body["systemData"] = *data;
    }
    out.push_back(std::move(map));
  }
  return out;
}

// A token without its map could do nothing and would not say why.
Result<void> check_removal(const World& world, const Resource& map, const May&) {
  const auto registry = registry_policy(world, map.id.parent());
  if (!registry) return {};
  const std::string name = lower(map.id.name());
  std::string user;
  registry->tokens.for_each([&](const std::string& token, const policy::Token& value) {
    if (value.scope_map == name) user = token;
  });
  if (user.empty()) return {};
  return fail(conflict("ScopeMapInUse",
                       fmt::format("The scope map '{}' is used by the token '{}'; give its tokens "
                                   "another scope map, or delete them, first.",
                                   map.id.name(), user)));
}

void edit_registry(policy::RegistryPolicy& registry, const Change& change) {
  const std::string name = lower(change.either().id.name());
  if (!change.after) {
    registry.scope_maps.erase(name);
    return;
  }
  policy::ScopeMap map;
  const json::value* actions = at_path(change.after->body, "properties.actions");
  for (const json::value& action : actions->get_array()) {
    auto rule = parse_action(view(action.get_string()));
    if (rule) map.rules.push_back(std::move(*rule));
  }
  registry.scope_maps.set(name, std::move(map));
}

void publish(const World&, policy::Snapshot& snapshot, std::span<const Change> changes) {
  publish_below_registry(snapshot, changes, edit_registry);
}

}  // namespace

ResourcePtr find_scope_map(const World& world, const ResourceId& id) {
  return find_resource(world, kScopeMaps, id);
}

void add_system_scope_maps(policy::RegistryPolicy& registry) {
  for (const SystemMap& system : system_maps()) {
    policy::ScopeMap map;
    for (const auto action : system.actions) map.rules.push_back({"*", std::string(action)});
    registry.scope_maps.set(system.name, std::move(map));
  }
}

const ResourceType kScopeMaps = {.name = kScopeMapType,
                                 .operations = kScopeMapType,
                                 .schema = kFields,
                                 .check_name = check_name,
                                 .complete = complete,
                                 .view = view_scope_map,
                                 .built_in = built_in,
                                 .check_removal = check_removal,
                                 .publish = publish,
                                 .read_at_parent = true};

}  // namespace berth::control
