#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "control/types/types.h"

namespace berth::control {
namespace {

std::string normal_location(std::string_view text) {
  std::string out = lower(text);
  std::erase(out, ' ');
  return out;
}

}  // namespace

Result<void> only_members(const json::object& given,
                          std::initializer_list<std::string_view> known) {
  for (const auto& member : given) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::ranges::find(known, name) != known.end()) continue;
    return fail(bad_request("InvalidRequestContent",
                            fmt::format("The request content is invalid: could not find member "
                                        "'{}' on object of type 'request'. Path '{}'.",
                                        name.substr(0, 64), name.substr(0, 64)),
                            name.substr(0, 64)));
  }
  return {};
}

Result<void> check_location(const World& world, const Draft& draft) {
  const std::string wanted(text_at(draft.given, "location"));
  std::string before(draft.before ? text_at(draft.before->body, "location") : std::string_view());
  const std::string& region = before.empty() ? world.options.region : before;
  if (wanted.empty() || normal_location(wanted) == normal_location(region)) {
    draft.body["location"] = region;
    return {};
  }
  if (draft.before) {
    const auto group = draft.id.group();
    return fail(conflict(
        "InvalidResourceLocation",
        fmt::format("The resource '{}' already exists in location '{}' in resource "
                    "group '{}'. A resource with the same name cannot be created "
                    "in location '{}'. Please select a new resource name.",
                    draft.id.name(), region, group ? group->name() : "", wanted.substr(0, 64))));
  }
  return fail(bad_request(
      draft.id.type() == kGroupType ? "LocationNotAvailableForResourceGroup"
                                    : "LocationNotAvailableForResourceType",
      fmt::format("The provided location '{}' is not available. List of available regions is '{}'.",
                  wanted.substr(0, 64), world.options.region),
      "location"));
}

void show_state(const Resource& resource, json::object& out, std::string_view creation) {
  json::object& properties = object_at(out, "properties");
  properties["provisioningState"] = "Succeeded";
  if (!creation.empty()) {
    properties[key(creation)] = key(text_at(resource.body, "systemData.createdAt"));
  }
}

std::shared_ptr<const policy::RegistryPolicy> registry_policy(const World& world,
                                                              const ResourceId& registry) {
  return world.parts.policy.current()->registries.share(lower(registry.name()));
}

void publish_below_registry(policy::Snapshot& snapshot, std::span<const Change> changes,
                            RegistryEdit edit) {
  for (std::size_t i = 0; i < changes.size();) {
    const std::string_view registry = changes[i].either().id.parent_key();
    const std::string_view name = registry.substr(registry.rfind('/') + 1);
    const policy::RegistryPolicy* now = snapshot.registries.find(name);
    policy::RegistryPolicy next = now == nullptr ? policy::RegistryPolicy() : *now;
    for (; i < changes.size() && changes[i].either().id.parent_key() == registry; ++i) {
      edit(next, changes[i]);
    }
    if (now != nullptr) snapshot.registries.set(name, std::move(next));
  }
}

}  // namespace berth::control
