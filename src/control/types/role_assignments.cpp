// Role assignments (az-acr-wire 8.1, acr-access-model C3): an extension of whatever they are made
// at. The policy snapshot has them by that scope.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "control/types/types.h"
#include "policy/ascii.h"
#include "policy/roles.h"

namespace berth::control {
namespace {

constexpr std::string_view kRest = "/providers/microsoft.authorization/roleassignments/";
constexpr std::array<std::string_view, 4> kPrincipalTypes = {"User", "Group", "ServicePrincipal",
                                                             "ForeignGroup"};

constexpr std::array kFields = {
    Field{.path = "properties.roleDefinitionId", .kind = Kind::kText, .required = true},
    Field{.path = "properties.principalId", .kind = Kind::kText, .required = true},
    Field{.path = "properties.principalType", .kind = Kind::kEnum, .values = kPrincipalTypes},
    Field{.path = "properties.description", .kind = Kind::kText},
    Field{.path = "properties.condition",
          .use = Use::kWithoutEffect,
          .feature = "A condition on a role assignment"},
    Field{.path = "properties.conditionVersion",
          .use = Use::kWithoutEffect,
          .feature = "A condition on a role assignment"},
    Field{.path = "properties.canDelegate",
          .kind = Kind::kBool,
          .use = Use::kWithoutEffect,
          .initial = "false",
          .feature = "Delegation of a role assignment"},
    Field{.path = "properties.delegatedManagedIdentityResourceId",
          .use = Use::kWithoutEffect,
          .feature = "An assignment for an identity of another tenant"},
    Field{.path = "properties.scope", .use = Use::kReadOnly},
    Field{.path = "properties.createdOn", .use = Use::kReadOnly},
    Field{.path = "properties.updatedOn", .use = Use::kReadOnly},
    Field{.path = "properties.createdBy", .use = Use::kReadOnly},
    Field{.path = "properties.updatedBy", .use = Use::kReadOnly},
};

std::string_view last_name(std::string_view id) {
  return id.substr(id.rfind('/') + 1);
}

bool is_guid(std::string_view text) {
  const bool characters = std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (policy::lower(c) >= 'a' && policy::lower(c) <= 'f') ||
           c == '-';
  });
  return characters && text.size() == 36 && std::ranges::count(text, '-') == 4;
}

// "/" for the tenant: how the snapshot calls the scope above all.
std::string scope_key(const ResourceId& scope) {
  return scope.tenant() ? "/" : scope.key();
}

Result<void> check_name(const World&, const ResourceId& id) {
  if (is_guid(id.name())) return {};
  return fail(
      bad_request("InvalidRoleAssignmentId",
                  fmt::format("The role assignment ID '{}' is not valid. The role assignment "
                              "ID must be a GUID.",
                              id.name()),
                  "name"));
}

// Two requests for the same assignment under different names must see each other.
void claim_content(const ResourceId& id, const json::object& given,
                   std::vector<Claims::Wanted>& wanted) {
  wanted.push_back({fmt::format("role-assignment/{}/{}", id.parent().key(),
                                policy::lower(text_at(given, "properties.principalId"))),
                    true});
}

Result<void> resolve_role(Draft& draft) {
  const std::string text(text_at(draft.body, "properties.roleDefinitionId"));
  const auto id = ResourceId::parse(text);
  const std::string role = policy::lower(last_name(text));
  const auto& roles = policy::built_in_roles();
  const bool known = id && id->type() == kRoleDefinitionType &&
                     std::ranges::find(roles, role, &policy::RoleDefinition::id) != roles.end();
  if (!known) {
    return fail(
        bad_request("RoleDefinitionDoesNotExist",
                    fmt::format("The specified role definition with ID '{}' does not exist.",
                                text.substr(0, 256)),
                    "properties.roleDefinitionId"));
  }
  const ResourceId home = draft.id.subscription().value_or(ResourceId());
  set_path(draft.body, "properties.roleDefinitionId",
           json::value(home.child(kRoleDefinitionType, role).text()));
  return {};
}

Result<void> resolve_principal(const World& world, Draft& draft) {
  const std::string id = policy::lower(text_at(draft.body, "properties.principalId"));
  const auto snapshot = world.parts.policy.current();
  const policy::PrincipalRecord* record = snapshot->principals.find(id);
  if (record == nullptr) {
    return fail(bad_request(
        "PrincipalNotFound",
        fmt::format("Principal {} does not exist in the directory {}. Check that you have the "
                    "correct principal ID: the object id of a user, group or service principal.",
                    id.substr(0, 64), world.options.tenant),
        "properties.principalId"));
  }
  set_path(draft.body, "properties.principalId", json::value(id));
  std::string type = world.options.principal_type ? world.options.principal_type(id) : "";
  if (type.empty() && record->group) type = "Group";
  const std::string_view given = text_at(draft.body, "properties.principalType");
  if (type.empty() || given == type) return {};
  if (!given.empty()) {
    return fail(bad_request("UnmatchedPrincipalType",
                            fmt::format("The PrincipalId '{}' has type '{}', which is different "
                                        "from specified PrincipalType '{}'.",
                                        id, type, given),
                            "properties.principalType"));
  }
  set_path(draft.body, "properties.principalType", json::value(type));
  return {};
}

// Same principal, role and scope: one assignment (C3). The same name again may change the
// description only.
Result<void> check_unique(const World& world, const Draft& draft) {
  const std::string principal(text_at(draft.body, "properties.principalId"));
  const std::string role(last_name(text_at(draft.body, "properties.roleDefinitionId")));
  if (draft.before) {
    const json::object& before = draft.before->body;
    if (principal == text_at(before, "properties.principalId") &&
        role == last_name(text_at(before, "properties.roleDefinitionId"))) {
      return {};
    }
    return fail(bad_request("RoleAssignmentUpdateNotPermitted",
                            "Tenant ID, application ID, principal ID, role and scope of a role "
                            "assignment are not allowed to be updated."));
  }
  const auto snapshot = world.parts.policy.current();
  const auto* there = snapshot->assignments.find(scope_key(draft.id.parent()));
  if (there == nullptr) return {};
  for (const policy::RoleAssignment& one : *there) {
    if (one.principal != principal || one.role != role) continue;
    return fail(conflict("RoleAssignmentExists",
                         fmt::format("The role assignment already exists. The ID of the existing "
                                     "role assignment is {}.",
                                     last_name(one.id))));
  }
  return {};
}

Result<void> complete(const World& world, Draft& draft) {
  TRY(resolve_role(draft));
  TRY(resolve_principal(world, draft));
  return check_unique(world, draft);
}

void view_assignment(const World&, const Resource& assignment, json::object& out) {
  json::object& properties = out["properties"].get_object();
  properties["scope"] =
      scope_key(assignment.id.parent()) == "/" ? "/" : assignment.id.parent().text();
  for (const char* member : {"principalType", "description", "condition", "conditionVersion"}) {
    properties.emplace(member, nullptr);
  }
  for (const auto& [name, source] : {std::pair{"createdOn", "systemData.createdAt"},
                                     std::pair{"updatedOn", "systemData.lastModifiedAt"},
                                     std::pair{"createdBy", "systemData.createdBy"},
                                     std::pair{"updatedBy", "systemData.lastModifiedBy"}}) {
    properties[name] = key(text_at(assignment.body, source));
  }
}

// The principal and all groups it is in, also through groups.
std::set<std::string> with_groups(const policy::Snapshot& snapshot, const std::string& principal,
                                  const std::vector<std::string>& vouched = {}) {
  constexpr std::size_t kMaxGroups = 1000;  // the decision follows no more either
  std::vector<std::string> open = {policy::lower(principal)};
  open.insert(open.end(), vouched.begin(), vouched.end());
  std::set<std::string> out(open.begin(), open.end());
  while (!open.empty() && out.size() <= kMaxGroups) {
    const std::string id = std::move(open.back());
    open.pop_back();
    const policy::PrincipalRecord* record = snapshot.principals.find(id);
    if (record == nullptr || !record->enabled) continue;
    for (const std::string& group : record->member_of) {
      if (out.insert(group).second) open.push_back(group);
    }
  }
  return out;
}

// The scopes above, by the id's text and through management groups; the tenant last.
std::vector<std::string> scopes_above(const policy::Snapshot& snapshot, const ResourceId& scope) {
  std::vector<std::string> out;
  std::string top = scope.key();
  for (const ResourceId& above : scope.ancestors()) out.push_back(above.key());
  if (const auto subscription = scope.subscription()) top = subscription->key();
  constexpr int kMaxParents = 16;
  for (int level = 0; level < kMaxParents; ++level) {
    const std::string* parent = snapshot.parents.find(top);
    if (parent == nullptr) break;
    out.push_back(top = *parent);
  }
  if (!scope.tenant()) out.emplace_back();
  return out;
}

// Without a filter: at the scope, above and below it; atScope() leaves out what is below.
Result<Selection> select(const World& world, const ResourceId& scope, const Filter& filter) {
  const auto snapshot = world.parts.policy.current();
  bool below = true;
  std::optional<std::set<std::string>> principals;
  for (const FilterTerm& term : filter) {
    if (term.is("atScope", true)) {
      below = false;
    } else if (term.is("assignedTo", true)) {
      principals = with_groups(*snapshot, term.value);
    } else if (term.is("principalId", false)) {
      principals = std::set<std::string>{policy::lower(term.value)};
    } else {
      return fail(unknown_filter(term, "atScope(), assignedTo('…'), principalId eq '…'"));
    }
  }
  Selection out;
  out.prefixes.push_back(below ? scope.key() + "/" : scope.key() + std::string(kRest));
  for (const std::string& above : scopes_above(*snapshot, scope)) {
    out.prefixes.push_back(above + std::string(kRest));
  }
  std::ranges::sort(out.prefixes);
  if (principals) {
    out.keep = [wanted = std::move(*principals)](const Resource& one) {
      return wanted.contains(std::string(text_at(one.body, "properties.principalId")));
    };
  }
  return out;
}

void publish(const World&, policy::Snapshot& snapshot, std::span<const Change> changes) {
  // By scope, so that many at one scope are copied once.
  std::map<std::string, std::vector<policy::RoleAssignment>> scopes;
  for (const Change& change : changes) {
    const ResourceId& id = change.either().id;
    const std::string scope = scope_key(id.parent());
    auto [at, added] = scopes.try_emplace(scope);
    std::vector<policy::RoleAssignment>& there = at->second;
    const auto* now = snapshot.assignments.find(scope);
    if (added && now != nullptr) there = *now;
    if (change.before) {
      std::erase_if(there, [&](const auto& one) { return one.id == id.key(); });
    }
    if (change.after) {
      const json::object& body = change.after->body;
      there.push_back({id.key(), std::string(text_at(body, "properties.principalId")),
                       std::string(last_name(text_at(body, "properties.roleDefinitionId")))});
    }
  }
  for (auto& [scope, there] : scopes) {
    if (there.empty()) {
      snapshot.assignments.erase(scope);
    } else {
      snapshot.assignments.set(scope, std::move(there));
    }
  }
}

}  // namespace

bool has_any_role(const World& world, const policy::Principal& principal, const ResourceId& scope) {
  if (principal.id.empty()) return false;
  const auto snapshot = world.parts.policy.current();
  const std::set<std::string> ids = with_groups(*snapshot, principal.id, principal.groups);
  const std::string prefix = scope.key() + "/";
  std::vector<std::string> scopes = scopes_above(*snapshot, scope);
  scopes.back() = "/";  // the tenant, as the snapshot calls it
  scopes.push_back(scope.key());
  bool found = false;
  snapshot->assignments.for_each([&](const std::string& at, const auto& assignments) {
    const bool here = at.starts_with(prefix) || std::ranges::find(scopes, at) != scopes.end();
    if (found || !here) return;
    found = std::ranges::any_of(assignments,
                                [&](const auto& one) { return ids.contains(one.principal); });
  });
  return found;
}

const ResourceType kRoleAssignments = {.name = kRoleAssignmentType,
                                       .operations = kRoleAssignmentType,
                                       .schema = kFields,
                                       .check_name = check_name,
                                       .claims = claim_content,
                                       .complete = complete,
                                       .view = view_assignment,
                                       .select = select,
                                       .publish = publish,
                                       .shows_removed = true};

}  // namespace berth::control
