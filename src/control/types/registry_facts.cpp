// Facts about registries: how much they use, whether a name is free, and the list of resources in
// which `az acr` looks for a registry by its name (az-acr-wire 2.5).
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "base/ascii.h"
#include "control/lists.h"
#include "control/types/actions.h"
#include "control/types/types.h"

namespace berth::control {

Result<void> check_registry_name(const World& world, const ResourceId& id);  // registries.cpp

namespace {

// acr-access-model F1. What is not limited by SKU in Berth has Premium's figure for all.
struct SkuLimits {
  std::string_view sku;
  std::uint64_t included_gib, webhooks;
};
constexpr std::array<SkuLimits, 4> kLimits = {
    {{"Basic", 10, 2}, {"Standard", 100, 10}, {"Premium", 500, 500}, {"Classic", 500, 500}}};
constexpr std::uint64_t kGib = 1024ULL * 1024 * 1024;

const SkuLimits& limits_of(const Resource& registry) {
  return *std::ranges::find(kLimits, text_at(registry.body, "sku.name"), &SkuLimits::sku);
}

json::object usage(std::string_view name, std::uint64_t limit, std::uint64_t current,
                   std::string_view unit = "Count") {
  return {{"name", key(name)}, {"limit", limit}, {"currentValue", current}, {"unit", key(unit)}};
}

json::object unavailable(std::string_view reason, std::string message) {
  return {{"nameAvailable", false}, {"reason", key(reason)}, {"message", std::move(message)}};
}

}  // namespace

Task<Result<Answer>> list_usages(World& world, const ActionCall& call) {
  CO_TRY(within_existing(world, call.id, "listUsages"));
  const ResourcePtr registry = world.table.find(kRegistryType, call.id.key());
  const auto policy = registry_policy(world, call.id);
  if (!registry || !policy) co_return fail(not_found(call.id));
  const std::string storage = storage_key(*registry);
  CO_TRY_ASSIGN(const meta::Usage used, co_await world.parts.usages.usage(storage));
  const SkuLimits& limits = limits_of(*registry);
  json::array value;
  value.push_back(usage("Size", limits.included_gib * kGib, used.bytes, "Bytes"));
  value.push_back(usage("Webhooks", limits.webhooks, 0));
  value.push_back(usage("Geo-replications", 0, 0));
  value.push_back(usage("ScopeMaps", kMaxTokens, policy->scope_maps.size() - kSystemScopeMaps));
  value.push_back(usage("Tokens", kMaxTokens, policy->tokens.size()));
  co_return json_answer(json::object{{"value", std::move(value)}});
}

Task<Result<Answer>> check_name_availability(World& world, const ActionCall& call) {
  const std::string name(text_at(call.given, "name"));
  if (name.empty()) {
    co_return fail(bad_request("InvalidRequestContent",
                               "The request content is invalid: 'name' is required.", "name"));
  }
  if (!equal_no_case(text_at(call.given, "type"), kRegistryType)) {
    co_return fail(bad_request(
        "InvalidRequestContent",
        fmt::format("The request content is invalid: 'type' must be '{}'.", kRegistryType),
        "type"));
  }
  const ResourceId id = call.id.child(kRegistryType, name);
  if (const auto good = check_registry_name(world, id); !good) {
    co_return json_answer(unavailable("Invalid", good.error().message));
  }
  if (registry_policy(world, id)) {
    co_return json_answer(
        unavailable("AlreadyExists", fmt::format("The registry {} is already in use.", name)));
  }
  co_return json_answer(json::object{{"nameAvailable", true}});
}

Task<Result<Answer>> list_all_resources(World& world, const ActionCall& call) {
  CO_TRY_ASSIGN(const Filter filter, parse_filter(call.request.filter));
  std::string type(kRegistryType), name, group;
  for (const FilterTerm& term : filter) {
    if (term.is("resourceType", false)) {
      type = term.value;
    } else if (term.is("name", false)) {
      name = lower(term.value);
    } else if (term.is("resourceGroup", false)) {
      group = lower(term.value);
    } else {
      co_return fail(
          unknown_filter(term, "resourceType eq '…', name eq '…', resourceGroup eq '…'"));
    }
  }
  Selection selection{{call.id.key() + "/"}, [&](const Resource& one) {
                        return equal_no_case(type, kRegistryType) &&
                               (name.empty() || equal_no_case(one.id.name(), name)) &&
                               (group.empty() || one.id.parent().key().ends_with("/" + group));
                      }};
  co_return answer_page(
      world, call.request, kRegistries, call.id, selection, [&](const Resource& one) {
        json::object whole = render(world, kRegistries, one);
        json::object item;
        for (const char* member : {"id", "name", "type", "location", "tags", "sku"}) {
          item[member] = std::move(whole[member]);
        }
        return item;
      });
}

}  // namespace berth::control
