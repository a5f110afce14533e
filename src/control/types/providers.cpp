// What ARM says about itself: tenants, locations, resource providers, in which subscriptions they
// are registered, and their operations.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "base/ascii.h"
#include "control/types/actions.h"
#include "control/types/network.h"

namespace berth::control {
namespace {

// Those that a subscription has at once, and those that it may register.
struct Provider {
  std::string_view name, display;
  bool registered_by_itself;
};
constexpr std::array<Provider, 5> kProviders = {
    {{kRegistryProvider, "Microsoft Container Registry", false},
     {kNetworkProvider, "Microsoft Network", false},
     {"Microsoft.Authorization", "Microsoft Authorization", true},
     {"Microsoft.Management", "Microsoft Management", true},
     {"Microsoft.Resources", "Microsoft Resources", true}}};

// az-acr-wire 5.4: those that clients are known to send; others are accepted as well.
constexpr std::array<std::string_view, 5> kVersions = {
    "2025-11-01", "2022-02-01-preview", "2021-08-01-preview", "2020-11-01-preview", "2019-05-01"};

// Rights that no resource type stands for (acr-access-model C2).
struct OtherOperation {
  std::string_view name, display;
};
constexpr std::array<OtherOperation, 7> kContent = {{
    {"registries/pull/read", "Pull or get images from a container registry"},
    {"registries/push/write", "Push or write images to a container registry"},
    {"registries/artifacts/delete", "Delete artifacts in a container registry"},
    {"registries/metadata/read", "Read attributes of repositories and images"},
    {"registries/metadata/write", "Change attributes of repositories and images"},
    {"registries/listUsages/read", "List the usages of a container registry"},
    {"checkNameAvailability/read", "Check whether a container registry name is available"},
}};
// The same by repository: data actions.
constexpr std::array<OtherOperation, 7> kRepositories = {{
    {"registries/repositories/content/read", "Pull images from a repository"},
    {"registries/repositories/content/write", "Push images to a repository"},
    {"registries/repositories/content/delete", "Delete images of a repository"},
    {"registries/repositories/metadata/read", "List tags and images, read their attributes"},
    {"registries/repositories/metadata/write", "Change attributes of a repository and its images"},
    {"registries/repositories/metadata/delete", "Remove tags from images"},
    {"registries/catalog/read", "List the repositories of a container registry"},
}};
constexpr std::array<OtherOperation, 6> kManagement = {{
    {"registries/listCredentials/action", "List the login credentials of the admin user"},
    {"registries/regenerateCredential/action", "Make a password of the admin user anew"},
    {"registries/generateCredentials/action", "Generate the passwords of a token"},
    {"registries/privateEndpointConnectionsApproval/action",
     "Approve private endpoint connections by making them"},
    {"register/action", "Register the resource provider for a subscription"},
    {"unregister/action", "Unregister the resource provider for a subscription"},
}};
constexpr std::array<OtherOperation, 4> kNetwork = {{
    {"virtualNetworks/subnets/join/action", "Put a private endpoint into a subnet"},
    {"virtualNetworks/subnets/joinViaServiceEndpoint/action",
     "Let a subnet in by a virtual-network rule"},
    {"register/action", "Register the resource provider for a subscription"},
    {"unregister/action", "Unregister the resource provider for a subscription"},
}};

json::array locations(const World& world) {
  json::array out;
  out.emplace_back(world.options.region);
  return out;
}

json::object provider(const World& world, const ResourceId& subscription, std::string_view name) {
  json::array types;
  json::array versions;
  for (const auto version : kVersions) versions.emplace_back(key(version));
  for (const ResourceType* type : resource_types()) {
    if (!type->name.starts_with(name) || type->name[name.size()] != '/') continue;
    types.push_back(json::object{{"resourceType", key(type->name.substr(name.size() + 1))},
                                 {"locations", locations(world)},
                                 {"apiVersions", versions}});
  }
  return {{"id", fmt::format("{}/providers/{}", subscription.text(), name)},
          {"namespace", key(name)},
          {"registrationPolicy", "RegistrationRequired"},
          {"registrationState",
           is_registered(world, subscription, name) ? "Registered" : "NotRegistered"},
          {"resourceTypes", std::move(types)}};
}

// The operations of one provider.
class Operations {
 public:
  explicit Operations(const Provider& provider) : provider_(provider) {}

  void add_types() {
    for (const ResourceType* type : resource_types()) {
      if (!type->name.starts_with(provider_.name)) continue;
      const std::string_view resource = type->name.substr(provider_.name.size() + 1);
      for (const std::string_view verb : {"read", "write", "delete"}) {
        if (verb != "read" && !type->fixed.empty()) continue;
        add(fmt::format("{}/{}", resource, verb), resource, fmt::format("{} {}", verb, resource));
      }
    }
  }
  void add(std::span<const OtherOperation> operations, std::string_view resource,
           bool data = false) {
    for (const OtherOperation& one : operations) add(one.name, resource, one.display, data);
  }
  json::array take() { return std::move(value_); }

 private:
  void add(std::string_view name, std::string_view resource, std::string_view what,
           bool data = false) {
    value_.push_back(json::object{{"name", fmt::format("{}/{}", provider_.name, name)},
                                  {"origin", "user,system"},
                                  {"isDataAction", data},
                                  {"display",
                                   {{"provider", key(provider_.display)},
                                    {"resource", key(resource)},
                                    {"operation", key(what)},
                                    {"description", key(what)}}}});
  }

  const Provider& provider_;
  json::array value_;
};

// The one that a path names: `…/providers/<namespace>…`.
const Provider* provider_in(std::string_view path) {
  const std::string text = lower(path) + "/";
  const auto at = std::ranges::find_if(kProviders, [&](const Provider& one) {
    return text.find("/providers/" + lower(one.name) + "/") != std::string::npos;
  });
  return at == kProviders.end() ? nullptr : &*at;
}

std::string registration_of(std::string_view provider) {
  return "hidden.registrations." + lower(provider).substr(provider.find('.') + 1);
}

}  // namespace

Task<Result<Answer>> list_tenants(World& world, const ActionCall&) {
  json::object tenant = {{"id", "/tenants/" + world.options.tenant},
                         {"tenantId", world.options.tenant},
                         {"displayName", "Berth"},
                         {"tenantCategory", "Home"}};
  if (!world.options.domain.empty()) tenant["defaultDomain"] = world.options.domain;
  co_return json_answer(json::object{{"value", json::array{std::move(tenant)}}});
}

Task<Result<Answer>> list_locations(World& world, const ActionCall& call) {
  const std::string& region = world.options.region;
  json::array value;
  value.push_back(json::object{{"id", fmt::format("{}/locations/{}", call.id.text(), region)},
                               {"name", region},
                               {"type", "Region"},
                               {"displayName", region},
                               {"regionalDisplayName", region},
                               {"metadata", {{"regionType", "Physical"}}}});
  co_return json_answer(json::object{{"value", std::move(value)}});
}

Task<Result<Answer>> list_providers(World& world, const ActionCall& call) {
  json::array value;
  for (const Provider& one : kProviders) value.emplace_back(provider(world, call.id, one.name));
  co_return json_answer(json::object{{"value", std::move(value)}});
}

// `{S}/providers/<namespace>`
Task<Result<Answer>> show_provider(World& world, const ActionCall& call) {
  const Provider* one = provider_in(call.request.path);
  if (one == nullptr) co_return fail(not_found(call.id));
  co_return json_answer(provider(world, call.id, one->name));
}

bool is_registered(const World& world, const ResourceId& id, std::string_view provider) {
  const auto at = std::ranges::find(kProviders, provider, &Provider::name);
  if (at != kProviders.end() && at->registered_by_itself) return true;
  const auto subscription = id.subscription();
  const ResourcePtr stored =
      subscription ? world.table.find(kSubscriptionType, subscription->key()) : nullptr;
  if (!stored) return false;
  const json::value* state = at_path(stored->body, registration_of(provider));
  // The first subscription has all from the beginning.
  return state == nullptr ? is_first_subscription(*stored) : state->is_bool() && state->get_bool();
}

// `{S}/providers/<namespace>/register` and `unregister`. A registration lets networks of the
// subscription be named in the rules of registries; what was named stays.
Task<Result<Answer>> set_registration(World& world, const ActionCall& call) {
  const Provider* one = provider_in(call.request.path);
  const bool on = !lower(call.request.path).ends_with("/unregister");
  if (one == nullptr || call.id.type() != kSubscriptionType) co_return fail(not_found(call.id));
  if (on != is_registered(world, call.id, one->name)) {
    const Edit edit = [&](const Resource&, json::object& body) -> Result<void> {
      set_path(body, registration_of(one->name), on);
      return {};
    };
    CO_TRY(co_await amend(world, actor_of(call.request), kSubscriptions, call.id,
                          fmt::format("{}/{}/action", one->name, on ? "register" : "unregister"),
                          edit));
  }
  co_return json_answer(provider(world, call.id, one->name));
}

Task<Result<Answer>> list_operations(World&, const ActionCall& call) {
  const Provider* one = provider_in(call.request.path);
  if (one == nullptr) co_return fail(not_found(call.id));
  Operations all(*one);
  all.add_types();
  if (one->name == kRegistryProvider) {
    all.add(kContent, "registries");
    all.add(kRepositories, "registries/repositories", true);
    all.add(kManagement, "registries");
  } else {
    all.add(kNetwork, "virtualNetworks");
  }
  co_return json_answer(json::object{{"value", all.take()}});
}

}  // namespace berth::control
