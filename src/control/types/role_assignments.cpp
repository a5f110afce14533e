// Role assignments (az-acr-wire 8.1, acr-access-model C3): an extension of whatever they are made
// at. The policy snapshot has them by principal, with their conditions compiled.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/ascii.h"
#include "base/guid.h"
#include "control/types/assignment_condition.h"
#include "control/types/types.h"
#include "policy/roles.h"

namespace berth::control {
namespace {

constexpr std::array<std::string_view, 4> kPrincipalTypes = {"User", "Group", "ServicePrincipal",
                                                             "ForeignGroup"};

constexpr std::array kFields = {
    Field{.path = "properties.roleDefinitionId", .kind = Kind::kText, .required = true},
    Field{.path = "properties.principalId", .kind = Kind::kText, .required = true},
    Field{.path = "properties.principalType", .kind = Kind::kEnum, .values = kPrincipalTypes},
    Field{.path = "properties.description", .kind = Kind::kText, .max_length = 2048},
    Field{.path = "properties.condition", .kind = Kind::kText, .max_length = conditions::kMaxBytes},
    Field{.path = "properties.conditionVersion", .kind = Kind::kText, .max_length = 16},
    Field{.path = "properties.canDelegate",
          .kind = Kind::kBool,
          .use = Use::kWithoutEffect,
          .initial = "false",
          .feature = "Delegation of a role assignment"},
    Field{.path = "properties.delegatedManagedIdentityResourceId",
          .use = Use::kWithoutEffect,
          .feature = "An assignment for an identity of another tenant"},
    Field{.path = "properties.scope", .use = Use::kReadOnly},
    Field{.path = "properties.notEffectiveInMode", .use = Use::kReadOnly},
    Field{.path = "properties.createdOn", .use = Use::kReadOnly},
    Field{.path = "properties.updatedOn", .use = Use::kReadOnly},
    Field{.path = "properties.createdBy", .use = Use::kReadOnly},
    Field{.path = "properties.updatedBy", .use = Use::kReadOnly},
};

std::string principal_of(const json::object& body) {
  return lower(text_at(body, "properties.principalId"));
}
std::string role_of(const json::object& body) {
  return role_guid(text_at(body, "properties.roleDefinitionId"));
}

// What the directory says, not the client: conditions of delegation rely on it.
std::string principal_type(const World& world, const std::string& id) {
  std::string type = world.options.principal_type ? world.options.principal_type(id) : "";
  if (!type.empty()) return type;
  const auto snapshot = world.parts.policy.current();
  const policy::PrincipalRecord* record = snapshot->principals.find(id);
  return record != nullptr && record->group ? "Group" : "";
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
  wanted.push_back(
      {fmt::format("role-assignment/{}/{}", id.parent().key(), principal_of(given)), true});
  // A custom role must not go or change while it is being assigned; whichever it is, when the
  // request does not say.
  wanted.push_back({ResourceId().child(kRoleDefinitionType, role_of(given)).key(), false});
}

Delegation delegation(const World& world, const ResourceId& id, const json::object& given,
                      Method method) {
  const auto side = [&](std::string role, std::string principal) {
    std::string type = principal_type(world, principal);
    return Delegation::Side{std::move(role), std::move(principal), std::move(type)};
  };
  Delegation out;
  const ResourcePtr before = world.table.find(kRoleAssignmentType, id.key());
  if (before) out.stored = side(role_of(before->body), principal_of(before->body));
  if (method == Method::kDelete) return out;
  out.given = side(role_of(given), principal_of(given));
  if (method == Method::kPatch) {  // what it leaves out stays
    if (out.given.role.empty()) out.given.role = out.stored.role;
    if (out.given.principal.empty()) {
      out.given.principal = out.stored.principal;
      out.given.principal_type = out.stored.principal_type;
    }
  }
  return out;
}

Result<void> resolve_role(const World& world, const policy::Snapshot& snapshot, Draft& draft) {
  const std::string text(text_at(draft.body, "properties.roleDefinitionId"));
  const auto id = ResourceId::parse(text);
  const std::string role = role_guid(text);
  const auto refuse = [&](std::string_view code, std::string message) {
    return fail(bad_request(code, std::move(message), "properties.roleDefinitionId"));
  };
  if (!id || id->type() != kRoleDefinitionType || snapshot.roles.find(role) == nullptr) {
    return refuse("RoleDefinitionDoesNotExist",
                  fmt::format("The specified role definition with ID '{}' does not exist.",
                              text.substr(0, 256)));
  }
  const ResourceId scope = draft.id.parent();
  if (!draft.before && !assignable_at(world, role, scope)) {
    return refuse("RoleAssignmentScopeNotAssignableToRoleDefinition",
                  fmt::format("The role '{}' cannot be assigned at '{}': that is not within its "
                              "assignableScopes.",
                              snapshot.roles.find(role)->definition.name,
                              scope.tenant() ? "/" : scope.text()));
  }
  const ResourceId home = draft.id.subscription().value_or(ResourceId());
  set_path(draft.body, "properties.roleDefinitionId",
           json::value(home.child(kRoleDefinitionType, role).text()));
  return {};
}

Result<void> resolve_principal(const World& world, const policy::Snapshot& snapshot, Draft& draft) {
  const std::string id = principal_of(draft.body);
  if (snapshot.principals.find(id) == nullptr) {
    // What is stored may have lost its principal since; it can be changed all the same.
    if (draft.before && principal_of(draft.before->body) == id) return {};
    return fail(bad_request(
        "PrincipalNotFound",
        fmt::format("Principal {} does not exist in the directory {}. Check that you have the "
                    "correct principal ID: the object id of a user, group or service principal.",
                    id.substr(0, 64), world.options.tenant),
        "properties.principalId"));
  }
  set_path(draft.body, "properties.principalId", json::value(id));
  const std::string type = principal_type(world, id);
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

// Same principal, role and scope: one assignment, with or without condition (C3). The same name
// again may change condition and description only.
Result<void> check_unique(const policy::Snapshot& snapshot, const Draft& draft) {
  const std::string principal = principal_of(draft.body), role = role_of(draft.body);
  if (draft.before) {
    const json::object& before = draft.before->body;
    if (principal == principal_of(before) && role == role_of(before)) return {};
    return fail(bad_request("RoleAssignmentUpdateNotPermitted",
                            "Tenant ID, application ID, principal ID, role and scope of a role "
                            "assignment are not allowed to be updated."));
  }
  const auto* there = snapshot.assignments.find(principal);
  if (there == nullptr) return {};
  const std::string scope = scope_key(draft.id.parent());
  for (const policy::RoleAssignment& one : *there) {
    if (one.scope != scope || one.role != role) continue;
    return fail(conflict("RoleAssignmentExists",
                         fmt::format("The role assignment already exists. The ID of the existing "
                                     "role assignment is {}.",
                                     std::string_view(one.id).substr(one.id.rfind('/') + 1))));
  }
  return {};
}

Result<void> complete(const World& world, Draft& draft) {
  const auto snapshot = world.parts.policy.current();
  TRY(resolve_role(world, *snapshot, draft));
  TRY(resolve_principal(world, *snapshot, draft));
  TRY(check_unique(*snapshot, draft));
  return check_condition(snapshot->roles.find(role_of(draft.body))->definition, draft.body);
}

// The operations on images that count in a mode, as bits of Role::image_operations.
std::uint32_t counting(policy::PermissionsMode mode) {
  using enum policy::Action;
  std::uint32_t bits = 0;
  for (const policy::Action action :
       {kPull, kPush, kDelete, kMetadataRead, kMetadataWrite, kMetadataDelete, kCatalogRead}) {
    bits |= policy::operation_bits(action, mode);
  }
  return bits;
}

// Below which there is nothing but images and what is said of them; "registries/read" is of the
// registry.
bool only_images(const std::string& pattern) {
  constexpr std::string_view kRegistries = "Microsoft.ContainerRegistry/registries/";
  constexpr std::array<std::string_view, 10> kFamilies = {
      "pull/",    "push/", "artifacts/",          "metadata/",   "repositories/",
      "catalog/", "sign/", "trustedCollections/", "quarantine/", "quarantinedArtifacts/"};
  const auto starts = [](std::string_view text, std::string_view with) {
    return equal_no_case(text.substr(0, with.size()), with);
  };
  if (!starts(pattern, kRegistries)) return false;
  const std::string_view rest = std::string_view(pattern).substr(kRegistries.size());
  return std::ranges::any_of(kFamilies, [&](auto family) { return starts(rest, family); });
}

// At a registry: the role gives nothing on its images in its permissions mode, but would in the
// other one (acr-access-model C1), and nothing else either: Owner, say, still rules the registry.
bool without_effect(const policy::Snapshot& snapshot, const Resource& assignment) {
  const ResourceId scope = assignment.id.parent();
  if (scope.type() != kRegistryType) return false;
  const auto* registry = snapshot.registries.find(lower(scope.name()));
  const policy::Role* role = snapshot.roles.find(role_of(assignment.body));
  if (registry == nullptr || role == nullptr) return false;
  using enum policy::PermissionsMode;
  const auto other = registry->mode == kRegistry ? kRepository : kRegistry;
  return (role->image_operations & counting(registry->mode)) == 0 &&
         (role->image_operations & counting(other)) != 0 &&
         std::ranges::all_of(role->definition.actions, only_images) &&
         std::ranges::all_of(role->definition.data_actions, only_images);
}

void view_assignment(const World& world, const Resource& assignment, json::object& out) {
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
  if (without_effect(*world.parts.policy.current(), assignment)) {
    properties["notEffectiveInMode"] = true;
  }
}

// As the decision uses it. What a condition narrowed must not be open when it cannot be read any
// more: then there is no such assignment.
std::optional<policy::RoleAssignment> compiled(const World& world, const Resource& assignment) {
  policy::RoleAssignment out{assignment.id.key(), scope_key(assignment.id.parent()),
                             role_of(assignment.body)};
  const json::value* text = at_path(assignment.body, "properties.condition");
  if (text == nullptr || text->is_null()) return out;
  auto condition = conditions::Condition::compile(text_at(assignment.body, "properties.condition"));
  if (condition) {
    out.condition = std::move(*condition);
    return out;
  }
  world.parts.log.error(
      "a role assignment is left out: its condition cannot be read",
      {{"roleAssignment", assignment.id.text()}, {"message", condition.error().message}});
  return std::nullopt;
}

void publish(const World& world, policy::Snapshot& snapshot, std::span<const Change> changes) {
  // By principal, so that many of one principal are copied once.
  std::map<std::string, std::vector<policy::RoleAssignment>> principals;
  for (const Change& change : changes) {
    const std::string principal = principal_of(change.either().body);
    auto [at, added] = principals.try_emplace(principal);
    std::vector<policy::RoleAssignment>& held = at->second;
    const auto* now = snapshot.assignments.find(principal);
    if (added && now != nullptr) held = *now;
    if (change.before) {
      std::erase_if(held, [&](const auto& one) { return one.id == change.before->id.key(); });
    }
    if (!change.after) continue;
    if (auto next = compiled(world, *change.after)) held.push_back(std::move(*next));
  }
  for (auto& [principal, held] : principals) {
    if (held.empty()) {
      snapshot.assignments.erase(principal);
    } else {
      snapshot.assignments.set(principal, std::move(held));
    }
  }
}

}  // namespace

std::string role_guid(std::string_view id) {
  if (id.ends_with('/')) id.remove_suffix(1);
  return lower(id.substr(id.rfind('/') + 1));
}

const ResourceType kRoleAssignments = {.name = kRoleAssignmentType,
                                       .operations = kRoleAssignmentType,
                                       .schema = kFields,
                                       .check_name = check_name,
                                       .delegation = delegation,
                                       .claims = claim_content,
                                       .complete = complete,
                                       .view = view_assignment,
                                       .select = select_assignments,
                                       .publish = publish,
                                       .shows_removed = true};

}  // namespace berth::control
