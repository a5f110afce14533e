// Resource groups (az-acr-wire 1.7). Deleting one deletes what is in it.
#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "control/types/network.h"

namespace berth::control {
namespace {

constexpr std::array kFields = {
    Field{.path = "location", .kind = Kind::kText, .use = Use::kByType},
    Field{.path = "tags", .kind = Kind::kTags, .initial = "{}"},
    Field{.path = "managedBy", .use = Use::kWithoutEffect, .feature = "A managed resource group"},
    Field{.path = "properties.provisioningState", .use = Use::kReadOnly},
};

Result<void> check_name(const World&, const ResourceId& id) {
  constexpr std::size_t kMaxLength = 90;
  const std::string_view name = id.name();
  const auto refuse = [&](std::string why) {
    return fail(bad_request("InvalidResourceGroup", std::move(why), "name"));
  };
  if (name.size() > kMaxLength) {
    return refuse(fmt::format("The provided resource group name has {} characters; {} are allowed.",
                              name.size(), kMaxLength));
  }
  const auto bad = std::ranges::find_if_not(name, [](char c) {
    return is_alnum(c) || std::string_view("-._()").find(c) != std::string_view::npos;
  });
  if (bad != name.end()) {
    return refuse(
        fmt::format("The provided resource group name '{}' has invalid characters. The "
                    "name can only be a letter, digit, '-', '.', '(', ')' or '_'.",
                    name));
  }
  if (name.ends_with('.')) {
    return refuse(
        fmt::format("The provided resource group name '{}' may not end with a period.", name));
  }
  return {};
}

Result<void> complete(const World& world, Draft& draft) {
  return check_location(world, draft);
}

// Deleting a group deletes its networks, too.
Result<void> check_removal(const World& world, const Resource& group, const May& may) {
  return check_subnets_free(world, may, group.id);
}

void view_group(const World&, const Resource& group, json::object& out) {
  show_state(group, out);
  out["type"] = "Microsoft.Resources/resourceGroups";
}

}  // namespace

const ResourceType kGroups = {.name = kGroupType,
                              .operations = kGroupType,
                              .schema = kFields,
                              .check_name = check_name,
                              .complete = complete,
                              .view = view_group,
                              .check_removal = check_removal};

}  // namespace berth::control
