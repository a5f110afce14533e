#include "control/types/role_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "base/ascii.h"
#include "control/types/types.h"
#include "policy/scopes.h"

namespace berth::control {
namespace {

constexpr std::string_view kScopesPath = "properties.assignableScopes";
constexpr std::string_view kPermissionsPath = "properties.permissions";
constexpr std::array<std::string_view, 4> kLists = {"actions", "notActions", "dataActions",
                                                    "notDataActions"};
// ARM has them in newer answers, always null for roles that users make.
constexpr std::array<std::string_view, 2> kUnused = {"condition", "conditionVersion"};

constexpr std::size_t kMaxPatternBytes = 256;

// "*", or "<namespace>/<type>/…/<verb>" in which '*' stands for any text.
bool is_action_pattern(std::string_view text) {
  if (text == "*") return true;
  if (text.empty() || text.size() > kMaxPatternBytes) return false;
  if (text.find('/') == std::string_view::npos || text.find("//") != std::string_view::npos ||
      text.front() == '/') {
    return false;
  }
  const bool plain = std::ranges::all_of(text, [](char c) {
    return is_alnum(c) || std::string_view("*./-_").find(c) != std::string_view::npos;
  });
  const std::string last = lower(text.substr(text.rfind('/') + 1));
  constexpr std::array<std::string_view, 5> kVerbs = {"*", "read", "write", "delete", "action"};
  return plain && std::ranges::find(kVerbs, last) != kVerbs.end();
}

Error wrong_permissions(std::string message) {
  return bad_request("InvalidRequestContent",
                     fmt::format("The request content is invalid: {}", message), kPermissionsPath);
}

// One of the four lists, made when it is missing.
Result<void> check_list(json::object& permission, std::string_view name, std::size_t& patterns) {
  json::value& value = permission[key(name)];
  if (value.is_null()) value = json::array();
  const auto* list = value.if_array();
  const std::string path = fmt::format("{}[0].{}", kPermissionsPath, name);
  if (list == nullptr) return fail(wrong_permissions("'" + path + "' must be an array of texts."));
  patterns += list->size();
  for (const json::value& one : *list) {
    const auto* text = one.if_string();
    if (text == nullptr)
      return fail(wrong_permissions("'" + path + "' must be an array of texts."));
    if (is_action_pattern(view(*text))) continue;
    return fail(bad_request(
        "InvalidActionOrNotAction",
        fmt::format("'{}' is no action: it must be '*' or '<namespace>/<type>/<verb>', as in "
                    "'Microsoft.ContainerRegistry/registries/pull/read', with a verb of read, "
                    "write, delete, action or '*'.",
                    view(*text).substr(0, kMaxPatternBytes)),
        path));
  }
  return {};
}

Result<ResourceId> parse_scope(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return fail(bad_request("InvalidAssignableScope",
                            fmt::format("The assignable scope '{}' {}.", text.substr(0, 256), why),
                            kScopesPath));
  };
  if (text == "/")
    return refuse(
        "is for built-in roles; name a management group, a subscription, "
        "a resource group or a registry");
  auto id = ResourceId::parse(text);
  if (!id) return refuse("is no resource id");
  constexpr std::array<std::string_view, 4> kScopes = {kManagementGroupType, kSubscriptionType,
                                                       kGroupType, kRegistryType};
  if (std::ranges::find(kScopes, id->type()) == kScopes.end()) {
    return refuse("is no management group, subscription, resource group or registry");
  }
  return std::move(*id);
}

std::vector<std::string> texts(const json::value* value) {
  std::vector<std::string> out;
  const auto* list = value == nullptr ? nullptr : value->if_array();
  if (list == nullptr) return out;
  for (const json::value& one : *list) {
    if (const auto* text = one.if_string()) out.emplace_back(view(*text));
  }
  return out;
}

}  // namespace

Result<void> check_role_name(const policy::Snapshot& snapshot, const Draft& draft) {
  const std::string name(text_at(draft.body, "properties.roleName"));
  if (name.find_first_not_of(' ') == std::string::npos) {
    return fail(bad_request("InvalidRoleDefinitionName", "'properties.roleName' must not be empty.",
                            "properties.roleName"));
  }
  bool taken = false;
  snapshot.roles.for_each([&](const std::string& id, const policy::Role& role) {
    taken = taken || (id != draft.id.name() && equal_no_case(role.definition.name, name));
  });
  if (!taken) return {};
  return fail(conflict("RoleDefinitionWithSameNameExists",
                       fmt::format("A role definition cannot be updated with a name that already "
                                   "exists: a role '{}' already exists in this directory. Use a "
                                   "different name.",
                                   name)));
}

Result<void> check_permissions(json::object& body) {
  json::value& value = body["properties"].get_object()[key("permissions")];
  auto* list = value.if_array();
  // Several would be united, each with its own notActions: one says the same and is what is shown.
  if (list == nullptr || list->size() != 1 || !list->front().is_object()) {
    return fail(wrong_permissions("'properties.permissions' must be an array of one object."));
  }
  json::object& permission = list->front().get_object();
  for (const auto& member : permission) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::ranges::find(kLists, name) != kLists.end()) continue;
    const bool unused = std::ranges::find(kUnused, name) != kUnused.end();
    if (unused && member.value().is_null()) continue;
    return fail(wrong_permissions(fmt::format(
        "could not find member '{}' on object of type 'permission'.", name.substr(0, 64))));
  }
  for (const auto name : kUnused) permission.erase(key(name));
  std::size_t patterns = 0;
  for (const auto name : kLists) TRY(check_list(permission, name, patterns));
  if (patterns > kMaxRolePatterns) {
    return fail(bad_request("RoleDefinitionLimitExceeded",
                            fmt::format("The role has {} actions in its four lists; {} are "
                                        "allowed.",
                                        patterns, kMaxRolePatterns),
                            kPermissionsPath));
  }
  if (permission["actions"].get_array().empty() && permission["dataActions"].get_array().empty()) {
    return fail(bad_request("InvalidActionOrNotAction",
                            "The role gives nothing: 'actions' or 'dataActions' must have an "
                            "entry.",
                            kPermissionsPath));
  }
  return {};
}

Result<void> check_assignable_scopes(const World& world, Draft& draft) {
  json::array& scopes = draft.body["properties"].get_object()["assignableScopes"].get_array();
  if (scopes.empty() || scopes.size() > kMaxAssignableScopes) {
    return fail(bad_request("InvalidAssignableScope",
                            fmt::format("The role has {} assignable scopes; it must have 1 to {}.",
                                        scopes.size(), kMaxAssignableScopes),
                            kScopesPath));
  }
  const std::vector<std::string> before =
      draft.before ? assignable_scopes(draft.before->body) : std::vector<std::string>();
  json::array canonical;
  for (const json::value& one : scopes) {
    TRY_ASSIGN(ResourceId id, parse_scope(view(one.get_string())));
    // What was there may be gone by now; that is no reason to refuse another change.
    if (std::ranges::find(before, id.key()) == before.end()) {
      TRY_ASSIGN(const ResourceId inside, within_existing(world, id, "assignableScopes"));
      const ResourceType* type = find_type(id.type());
      const ResourcePtr found = find_resource(world, *type, inside);
      if (!found) return fail(not_found(id));
      id = found->id;
    }
    if (std::ranges::find(canonical, json::value(id.text())) == canonical.end()) {
      canonical.emplace_back(id.text());
    }
  }
  scopes = std::move(canonical);
  return {};
}

std::vector<std::string> assignable_scopes(const json::object& body) {
  std::vector<std::string> out;
  for (const std::string& text : texts(at_path(body, kScopesPath))) {
    if (const auto id = parse_scope(text)) out.push_back(id->key());
  }
  return out;
}

bool assignable_at(const World& world, const Resource& role, const ResourceId& scope) {
  if (role.version == 0) return true;  // built-in
  const auto snapshot = world.parts.policy.current();
  policy::ScopesAbove above(*snapshot, scope.key());
  return std::ranges::any_of(assignable_scopes(role.body),
                             [&](const std::string& one) { return above.hold(one); });
}

bool assignable_below(const Resource& role, const ResourceId& scope) {
  return std::ranges::any_of(assignable_scopes(role.body), [&](const std::string& one) {
    return policy::within(one, scope_key(scope));
  });
}

bool assignable_at(const World& world, std::string_view role, const ResourceId& scope) {
  const std::string id = ResourceId().child(kRoleDefinitionType, role).key();
  const ResourcePtr custom = world.table.find(kRoleDefinitionType, id);
  return custom == nullptr || assignable_at(world, *custom, scope);
}

json::array permissions_of(const std::vector<std::string>& actions,
                           const std::vector<std::string>& not_actions,
                           const std::vector<std::string>& data_actions,
                           const std::vector<std::string>& not_data_actions) {
  const auto list = [](const std::vector<std::string>& patterns) {
    return json::array(patterns.begin(), patterns.end());
  };
  return json::array{json::object{{"actions", list(actions)},
                                  {"notActions", list(not_actions)},
                                  {"dataActions", list(data_actions)},
                                  {"notDataActions", list(not_data_actions)}}};
}

policy::RoleDefinition read_definition(const Resource& role) {
  policy::RoleDefinition out;
  out.id = role.id.name();
  out.name = text_at(role.body, "properties.roleName");
  out.description = text_at(role.body, "properties.description");
  const json::value* permissions = at_path(role.body, kPermissionsPath);
  const json::object& lists = permissions->get_array().front().get_object();
  out.actions = texts(lists.if_contains("actions"));
  out.not_actions = texts(lists.if_contains("notActions"));
  out.data_actions = texts(lists.if_contains("dataActions"));
  out.not_data_actions = texts(lists.if_contains("notDataActions"));
  return out;
}

}  // namespace berth::control
