// Subscriptions (az-acr-wire 1.7): one is made at the first start, others by whoever may write at
// the tenant's root. Everybody who has a right somewhere in one sees it, so that sign-in finds it.
#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "base/ascii.h"
#include "control/types/types.h"

namespace berth::control {
namespace {

constexpr std::array kFields = {Field{.path = "displayName",
                                      .kind = Kind::kText,
                                      .initial = R"("Berth")",
                                      .keeps = true,
                                      .max_length = 64},
                                Field{.path = "subscriptionId", .use = Use::kReadOnly},
                                Field{.path = "state", .use = Use::kReadOnly},
                                Field{.path = "tenantId", .use = Use::kReadOnly},
                                Field{.path = "managedByTenants", .use = Use::kReadOnly},
                                Field{.path = "subscriptionPolicies", .use = Use::kReadOnly},
                                Field{.path = "authorizationSource", .use = Use::kReadOnly}};

void view_subscription(const World& world, const Resource& subscription, json::object& out) {
  const json::value display = out["displayName"];
  out.clear();
  out["id"] = subscription.id.text();
  out["subscriptionId"] = key(subscription.id.name());
  out["displayName"] = display;
  out["state"] = "Enabled";
  out["tenantId"] = world.options.tenant;
  out["managedByTenants"] = json::array();
  out["subscriptionPolicies"] = {{"locationPlacementId", "Public_2014-09-01"},
                                 {"quotaId", "PayAsYouGo_2014-09-01"},
                                 {"spendingLimit", "Off"}};
  out["authorizationSource"] = "RoleBased";
}

bool visible(const World& world, const policy::Principal& principal, const Resource& resource) {
  return has_any_role(world, principal, resource.id);
}

Result<void> check_removal(const World& world, const Resource& subscription, const May&) {
  if (is_first_subscription(subscription)) {
    return fail(conflict("SubscriptionCannotBeDeleted",
                         "The server's first subscription cannot be deleted."));
  }
  const auto groups = world.table.page(kGroupType, subscription.id.key() + "/", {}, 1);
  if (groups.empty()) return {};
  return fail(conflict("SubscriptionHasResourceGroups",
                       fmt::format("The subscription has the resource group '{}'; delete its "
                                   "resource groups first.",
                                   groups.front()->id.name())));
}

// Its place among the management groups.
std::vector<Write> memberships(const World& world, const Resource& subscription) {
  std::vector<Write> out;
  world.table.for_each(kMembershipType, "/", [&](const ResourcePtr& one) {
    if (!equal_no_case(one->id.name(), subscription.id.name())) return;
    out.push_back({.type = &kMemberships, .before = one, .after = nullptr});
  });
  return out;
}

}  // namespace

bool is_first_subscription(const Resource& subscription) {
  return true_at(subscription.body, "hidden.started");
}

ResourcePtr first_subscription(const World& world) {
  ResourcePtr out;
  world.table.for_each(kSubscriptionType, "/", [&](const ResourcePtr& one) {
    if (!out || is_first_subscription(*one)) out = one;
  });
  return out;
}

const ResourceType kSubscriptions = {.name = kSubscriptionType,
                                     .operations = kSubscriptionType,
                                     .schema = kFields,
                                     .view = view_subscription,
                                     .leads = is_first_subscription,
                                     .visible = visible,
                                     .check_removal = check_removal,
                                     .removes_too = memberships};

}  // namespace berth::control
