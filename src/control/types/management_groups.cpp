// Management groups: scopes above subscriptions (acr-access-model C3), and which subscription lies
// in which, as a resource of its own below the group.
#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "control/types/types.h"

namespace berth::control {
namespace {

constexpr int kMaxLevels = 6;  // as in Azure, the tenant not counted

constexpr std::array kGroupFields = {
    Field{.path = "properties.displayName", .kind = Kind::kText, .max_length = 90},
    Field{.path = "properties.tenantId", .use = Use::kReadOnly},
    Field{.path = "properties.details.parent.id", .kind = Kind::kText},
    Field{.path = "properties.details.parent.name", .use = Use::kReadOnly},
    Field{.path = "properties.details.parent.displayName", .use = Use::kReadOnly},
};
constexpr std::array kMembershipFields = {
    Field{.path = "properties", .use = Use::kReadOnly},
};

Result<void> check_name(const World&, const ResourceId& id) {
  const std::string_view name = id.name();
  const bool plain = std::ranges::all_of(name, [](char c) {
    return is_alnum(c) || std::string_view("-._()").find(c) != std::string_view::npos;
  });
  if (plain && name.size() <= 90) return {};
  return fail(bad_request("InvalidGroupId",
                          "A management group's name has 1 to 90 letters, digits, '-', '.', '_', "
                          "'(' and ')'.",
                          "name"));
}

// The chain above must end, and soon.
Result<void> check_levels(const World& world, const ResourceId& id, ResourceId at) {
  for (int level = 1; !at.tenant(); ++level) {
    if (at == id || level >= kMaxLevels) {
      return fail(bad_request(
          "InvalidParent",
          at == id ? "A management group cannot lie in itself."
                   : fmt::format("Management groups may be nested {} deep.", kMaxLevels),
          "properties.details.parent.id"));
    }
    const ResourcePtr group = world.table.find(kManagementGroupType, at.key());
    const auto next = group
                          ? ResourceId::parse(text_at(group->body, "properties.details.parent.id"))
                          : Result<ResourceId>();
    at = next ? *next : ResourceId();
  }
  return {};
}

// One claim for all, so that two changes cannot close a circle together.
void claim_tree(const ResourceId&, const json::object&, std::vector<Claims::Wanted>& wanted) {
  wanted.push_back({"management-group-tree", true});
}

Result<void> complete_group(const World& world, Draft& draft) {
  if (text_at(draft.body, "properties.displayName").empty()) {
    set_path(draft.body, "properties.displayName", key(draft.id.name()));
  }
  const std::string_view parent = text_at(draft.body, "properties.details.parent.id");
  if (parent.empty()) return {};
  const auto id = ResourceId::parse(parent);
  const ResourcePtr group = id ? world.table.find(kManagementGroupType, id->key()) : nullptr;
  if (!group) {
    return fail(bad_request(
        "ParentNotFound", fmt::format("There is no management group '{}'.", parent.substr(0, 256)),
        "properties.details.parent.id"));
  }
  set_path(draft.body, "properties.details.parent.id", json::value(group->id.text()));
  return check_levels(world, draft.id, group->id);
}

void view_group(const World& world, const Resource&, json::object& out) {
  object_at(out, "properties")["tenantId"] = world.options.tenant;
}

Result<void> check_group_removal(const World& world, const Resource& group, const May&) {
  for (const ResourcePtr& other : world.table.page(kManagementGroupType, "/", {}, 10'000)) {
    if (equal_no_case(text_at(other->body, "properties.details.parent.id"), group.id.text())) {
      return fail(bad_request("ManagementGroupHasChildren",
                              fmt::format("The management group '{}' lies in it; move or delete it "
                                          "first.",
                                          other->id.name())));
    }
  }
  return {};
}

void publish_groups(const World&, policy::Snapshot& snapshot, std::span<const Change> changes) {
  for (const Change& change : changes) {
    const std::string& id = change.either().id.key();
    const std::string parent =
        change.after ? lower(text_at(change.after->body, "properties.details.parent.id"))
                     : std::string();
    if (parent.empty()) {
      snapshot.parents.erase(id);
    } else {
      snapshot.parents.set(id, parent);
    }
  }
}

// Whoever has a role at a group has it on all that lies below. So putting something into another
// group gives roles on it, and needs the right to give them there.
constexpr std::string_view kGiveRoles = "Microsoft.Authorization/roleAssignments/write";

std::vector<Needed> moving_a_group(const World&, const ResourceId& id, const json::object& given,
                                   Method method) {
  const std::string_view parent = text_at(given, "properties.details.parent.id");
  const bool moves = method == Method::kPut || at_path(given, "properties.details.parent");
  if (!moves) return {};
  std::vector<Needed> needs = {{std::string(kGiveRoles), id.key()}};
  if (!parent.empty()) {
    needs.push_back({kManagementGroups.operation("write"), lower(parent)});
  }
  return needs;
}

ResourceId subscription_of(const ResourceId& membership) {
  return ResourceId().child(kSubscriptionType, membership.name());
}

std::vector<Needed> moving_a_subscription(const World&, const ResourceId& membership,
                                          const json::object&, Method method) {
  if (method == Method::kDelete) return {};  // takes roles away, gives none
  return {{std::string(kGiveRoles), subscription_of(membership).key()}};
}

// A subscription lies in one group: being put into another takes it out of the first.
Result<void> complete_membership(const World& world, Draft& draft) {
  const ResourceId subscription = subscription_of(draft.id);
  if (!world.table.find(kSubscriptionType, subscription.key())) {
    return fail(not_found(subscription));
  }
  for (ResourcePtr& other : world.table.page(kMembershipType, "/", {}, 10'000)) {
    const bool same = equal_no_case(other->id.name(), draft.id.name());
    if (same && !(other->id == draft.id)) {
      draft.also.push_back({&kMemberships, std::move(other), nullptr});
    }
  }
  return {};
}

// Changes come in the order of the transaction: what goes, then what comes.
void publish_memberships(const World&, policy::Snapshot& snapshot,
                         std::span<const Change> changes) {
  for (const Change& change : changes) {
    const ResourceId& id = change.either().id;
    const std::string subscription = subscription_of(id).key();
    if (change.after) {
      snapshot.parents.set(subscription, id.parent().key());
    } else {
      snapshot.parents.erase(subscription);
    }
  }
}

}  // namespace

const ResourceType kManagementGroups = {.name = kManagementGroupType,
                                        .operations = kManagementGroupType,
                                        .schema = kGroupFields,
                                        .check_name = check_name,
                                        .also_needs = moving_a_group,
                                        .claims = claim_tree,
                                        .complete = complete_group,
                                        .view = view_group,
                                        .check_removal = check_group_removal,
                                        .publish = publish_groups,
                                        .created_status = 200,
                                        .needs_no_body = true};

const ResourceType kMemberships = {.name = kMembershipType,
                                   .operations = kMembershipType,
                                   .schema = kMembershipFields,
                                   .also_needs = moving_a_subscription,
                                   .claims = claim_tree,
                                   .complete = complete_membership,
                                   .publish = publish_memberships,
                                   .created_status = 200,
                                   .needs_no_body = true};

}  // namespace berth::control
