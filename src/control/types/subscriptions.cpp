// Subscriptions (az-acr-wire 1.7): one, made at the first start. Everybody who has a right
// somewhere in it sees it, so that sign-in finds it.
#include <boost/json/array.hpp>

#include "control/types/types.h"

namespace berth::control {
namespace {

constexpr std::array kFields = {
    Field{.path = "displayName", .kind = Kind::kText, .initial = R"("Berth")", .max_length = 64}};

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

}  // namespace

const ResourceType kSubscriptions = {.name = kSubscriptionType,
                                     .operations = kSubscriptionType,
                                     .schema = kFields,
                                     .fixed = "Making or removing a subscription",
                                     .view = view_subscription,
                                     .visible = visible};

}  // namespace berth::control
