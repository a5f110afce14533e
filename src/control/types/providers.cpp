// What ARM says about itself: tenants, locations, resource providers and their operations.
#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "control/types/actions.h"
#include "control/types/types.h"
#include "policy/ascii.h"

namespace berth::control {
namespace {

constexpr std::array<std::string_view, 4> kProviders = {
    "Microsoft.ContainerRegistry", "Microsoft.Authorization", "Microsoft.Management",
    "Microsoft.Resources"};

// az-acr-wire 5.4: those that clients are known to send; others are accepted as well.
constexpr std::array<std::string_view, 5> kVersions = {
    "2025-11-01", "2022-02-01-preview", "2021-08-01-preview", "2020-11-01-preview", "2019-05-01"};

// Rights on content, which no resource type stands for (acr-access-model C2).
struct ContentOperation {
  std::string_view name, display;
};
constexpr std::array<ContentOperation, 7> kContent = {{
    {"registries/pull/read", "Pull or get images from a container registry"},
    {"registries/push/write", "Push or write images to a container registry"},
    {"registries/artifacts/delete", "Delete artifacts in a container registry"},
    {"registries/metadata/read", "Read attributes of repositories and images"},
    {"registries/metadata/write", "Change attributes of repositories and images"},
    {"registries/listUsages/read", "List the usages of a container registry"},
    {"checkNameAvailability/read", "Check whether a container registry name is available"},
}};
// The same by repository: data actions.
constexpr std::array<ContentOperation, 7> kRepositories = {{
    {"registries/repositories/content/read", "Pull images from a repository"},
    {"registries/repositories/content/write", "Push images to a repository"},
    {"registries/repositories/content/delete", "Delete images of a repository"},
    {"registries/repositories/metadata/read", "List tags and images, read their attributes"},
    {"registries/repositories/metadata/write", "Change attributes of a repository and its images"},
    {"registries/repositories/metadata/delete", "Remove tags from images"},
    {"registries/catalog/read", "List the repositories of a container registry"},
}};
constexpr std::array<ContentOperation, 3> kCredentials = {{
    {"registries/listCredentials/action", "List the login credentials of the admin user"},
    {"registries/regenerateCredential/action", "Make a password of the admin user anew"},
    {"registries/generateCredentials/action", "Generate the passwords of a token"},
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
          {"registrationState", "Registered"},
          {"resourceTypes", std::move(types)}};
}

json::object operation(std::string_view name, std::string_view resource, std::string_view what,
                       bool data = false) {
  return {{"name", key(name)},
          {"origin", "user,system"},
          {"isDataAction", data},
          {"display",
           {{"provider", "Microsoft Container Registry"},
            {"resource", key(resource)},
            {"operation", key(what)},
            {"description", key(what)}}}};
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
  for (const auto name : kProviders) value.emplace_back(provider(world, call.id, name));
  co_return json_answer(json::object{{"value", std::move(value)}});
}

// `{S}/providers/<namespace>` and its `register`, which has nothing to do.
Task<Result<Answer>> show_provider(World& world, const ActionCall& call) {
  std::string path = policy::lower(call.request.path);
  for (const auto name : kProviders) {
    if (path.find("/providers/" + policy::lower(name)) != std::string::npos) {
      co_return json_answer(provider(world, call.id, name));
    }
  }
  co_return fail(not_found(call.id));
}

Task<Result<Answer>> list_operations(World&, const ActionCall&) {
  json::array value;
  const std::string provider = "Microsoft.ContainerRegistry/";
  for (const ResourceType* type : resource_types()) {
    if (!type->name.starts_with(provider)) continue;
    const std::string_view resource = type->name.substr(provider.size());
    for (const std::string_view verb : {"read", "write", "delete"}) {
      if (verb != "read" && !type->fixed.empty()) continue;
      value.push_back(
          operation(type->operation(verb), resource, fmt::format("{} {}", verb, resource)));
    }
  }
  for (const auto& one : kContent)
    value.push_back(operation(provider + std::string(one.name), "registries", one.display));
  for (const auto& one : kRepositories)
    value.push_back(
        operation(provider + std::string(one.name), "registries/repositories", one.display, true));
  for (const auto& one : kCredentials)
    value.push_back(operation(provider + std::string(one.name), "registries", one.display));
  co_return json_answer(json::object{{"value", std::move(value)}});
}

}  // namespace berth::control
