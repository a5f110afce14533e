// Role definitions (az-acr-wire 8.1): the built-in ones and those that users make. A custom role is
// one for the whole directory, reached through every scope; it is shown under one id at all scopes
// of a subscription, because clients compare it with those of the assignments as a whole text.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "base/ascii.h"
#include "base/guid.h"
#include "control/types/assignment_condition.h"
#include "control/types/role_rules.h"
#include "control/types/types.h"
#include "policy/roles.h"
#include "policy/scopes.h"

namespace berth::control {
namespace {

constexpr std::array<std::string_view, 1> kCustom = {"CustomRole"};

constexpr std::array kFields = {
    Field{.path = "properties.roleName", .kind = Kind::kText, .required = true, .max_length = 512},
    Field{.path = "properties.description",
          .kind = Kind::kText,
          .initial = R"("")",
          .max_length = 2048},
    Field{.path = "properties.type",
          .kind = Kind::kEnum,
          .initial = R"("CustomRole")",
          .values = kCustom},
    // What some clients call it.
    Field{.path = "properties.roleType", .kind = Kind::kEnum, .values = kCustom},
    Field{.path = "properties.assignableScopes", .kind = Kind::kTextList, .required = true},
    Field{.path = "properties.permissions", .kind = Kind::kAny, .required = true},
    Field{.path = "properties.createdOn", .use = Use::kReadOnly},
    Field{.path = "properties.updatedOn", .use = Use::kReadOnly},
    Field{.path = "properties.createdBy", .use = Use::kReadOnly},
    Field{.path = "properties.updatedBy", .use = Use::kReadOnly},
};

// Where all of them are kept, whatever scope they are reached through.
ResourceId home(const ResourceId& id) {
  return ResourceId().child(kRoleDefinitionType, lower(id.name()));
}
ResourceId shown_as(const ResourceId& id) {
  const ResourceId top = id.subscription().value_or(ResourceId());
  return top.child(kRoleDefinitionType, lower(id.name()));
}

Result<void> check_name(const World&, const ResourceId& id) {
  if (is_guid(id.name())) return {};
  return fail(bad_request("InvalidRoleDefinitionId",
                          fmt::format("The role definition ID '{}' is not valid. The role "
                                      "definition ID must be a GUID.",
                                      id.name()),
                          "name"));
}

// A custom role of other scopes is none of the caller's business.
bool reachable(const World& world, const ResourceId& asked, const Resource& role) {
  const ResourceId scope = asked.parent();
  return assignable_at(world, role, scope) || assignable_below(role, scope);
}

// Whoever changes a role changes what it gives at each of its scopes, those that it had included.
// A refusal must not tell the scopes of a role that the caller cannot see from here.
std::vector<Needed> also_needs(const World& world, const ResourceId& id, const json::object& given,
                               Method method) {
  std::vector<Needed> needs;
  const std::string operation =
      kRoleDefinitions.operation(method == Method::kDelete ? "delete" : "write");
  const auto add = [&](const json::object& body, bool hidden) {
    for (std::string& scope : assignable_scopes(body)) {
      needs.push_back({operation, std::move(scope), hidden});
    }
  };
  if (method != Method::kDelete) add(given, false);
  if (const ResourcePtr before = world.table.find(kRoleDefinitionType, home(id).key())) {
    add(before->body, !reachable(world, id, *before));
  }
  return needs;
}

// Names are one for the directory: two requests for one must see each other. And while a role
// changes, no assignment gets a condition without naming its role (role_assignments.cpp claims that
// of the empty name then): it would be checked against the role as it was.
void claim_names(const ResourceId&, const json::object& given,
                 std::vector<Claims::Wanted>& wanted) {
  const std::string_view name = text_at(given, "properties.roleName");
  if (!name.empty()) wanted.push_back({"role-name/" + lower(name), true});
  wanted.push_back({ResourceId().child(kRoleDefinitionType, "").key(), true});
}

Result<void> complete(const World& world, Draft& draft) {
  erase_path(draft.body, "properties.roleType");
  const auto snapshot = world.parts.policy.current();
  TRY(check_role_name(*snapshot, draft));
  TRY(check_permissions(draft.body));
  TRY(check_assignable_scopes(world, draft));
  if (draft.before) {
    return check_role_change(world, read_definition(*draft.before),
                             read_definition({.id = draft.id, .body = draft.body}));
  }
  const std::size_t custom = snapshot->roles.size() - policy::built_in_roles().size();
  if (custom >= kMaxRoleDefinitions) {
    return fail(conflict("RoleDefinitionLimitExceeded",
                         fmt::format("Role definition limit exceeded: there are {} custom roles. "
                                     "No more role definitions can be created.",
                                     kMaxRoleDefinitions)));
  }
  return {};
}

void view_definition(const World&, const Resource& role, json::object& out) {
  if (role.version == 0) return;  // built-in
  json::object& properties = object_at(out, "properties");
  for (const auto& [name, source] : {std::pair{"createdOn", "systemData.createdAt"},
                                     std::pair{"updatedOn", "systemData.lastModifiedAt"},
                                     std::pair{"createdBy", "systemData.createdBy"},
                                     std::pair{"updatedBy", "systemData.lastModifiedBy"}}) {
    properties[name] = key(text_at(role.body, source));
  }
}

std::vector<ResourcePtr> built_in(const World&, const ResourceId&) {
  std::vector<ResourcePtr> out;
  for (const policy::RoleDefinition& role : policy::built_in_roles()) {
    auto one = std::make_shared<Resource>();
    one->id = ResourceId().child(kRoleDefinitionType, role.id);
    one->body["properties"] = {
        {"roleName", role.name},
        {"type", "BuiltInRole"},
        {"description", role.description},
        {"assignableScopes", {"/"}},
        {"permissions",
         permissions_of(role.actions, role.not_actions, role.data_actions, role.not_data_actions)}};
    out.push_back(std::move(one));
  }
  std::ranges::sort(out, {}, [](const ResourcePtr& one) { return one->id.key(); });
  return out;
}

// Those that can be assigned at the scope; with atScopeAndBelow() also what can be only below it.
Result<Selection> select(const World& world, const ResourceId& scope, const Filter& filter) {
  std::string name, type;
  bool below = false;
  for (const FilterTerm& term : filter) {
    if (term.is("roleName", false)) {
      name = term.value;
    } else if (term.is("type", false)) {
      type = term.value;
    } else if (term.is("atScopeAndBelow", true)) {
      below = true;
    } else if (!term.is("atScope", true)) {
      return fail(unknown_filter(term, "roleName eq '…', type eq '…', atScopeAndBelow()"));
    }
  }
  Selection out{{"/providers/microsoft.authorization/roledefinitions/"}};
  out.keep = [&world, name, type, below, scope](const Resource& role) {
    const auto is = [&](std::string_view path, const std::string& wanted) {
      return wanted.empty() || equal_no_case(text_at(role.body, path), wanted);
    };
    if (!is("properties.roleName", name) || !is("properties.type", type)) return false;
    return assignable_at(world, role, scope) || (below && assignable_below(role, scope));
  };
  return out;
}

Result<void> check_removal(const World& world, const Resource& role, const May&) {
  constexpr std::size_t kChunk = 1000;
  std::string after;
  while (true) {
    const auto chunk = world.table.page(kRoleAssignmentType, "/", after, kChunk);
    for (const ResourcePtr& one : chunk) {
      if (role_guid(text_at(one->body, "properties.roleDefinitionId")) != role.id.name()) continue;
      return fail(bad_request("RoleDefinitionHasAssignments",
                              "There are existing role assignments referencing role "
                              "(code: RoleDefinitionHasAssignments). Remove them first."));
    }
    if (chunk.size() < kChunk) return {};
    after = chunk.back()->id.key();
  }
}

void publish(const World&, policy::Snapshot& snapshot, std::span<const Change> changes) {
  for (const Change& change : changes) {
    const std::string guid(change.either().id.name());
    if (change.after) {
      snapshot.roles.set(guid, policy::compile_role(read_definition(*change.after)));
    } else {
      snapshot.roles.erase(guid);
    }
  }
}

}  // namespace

const ResourceType kRoleDefinitions = {.name = kRoleDefinitionType,
                                       .operations = kRoleDefinitionType,
                                       .schema = kFields,
                                       .check_name = check_name,
                                       .also_needs = also_needs,
                                       .home = home,
                                       .shown_as = shown_as,
                                       .reachable = reachable,
                                       .claims = claim_names,
                                       .complete = complete,
                                       .view = view_definition,
                                       .built_in = built_in,
                                       .select = select,
                                       .check_removal = check_removal,
                                       .publish = publish,
                                       .changed_status = 201,  // az takes no other for one
                                       .shows_removed = true,
                                       .read_at_parent = true};

}  // namespace berth::control
