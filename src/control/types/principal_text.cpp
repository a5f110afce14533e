#include "control/types/principal_text.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "control/arm_error.h"
#include "explain/holders.h"

namespace berth::control {
namespace {

constexpr std::string_view kTokenPrefix = "token:", kGroupPrefix = "group:";

Error nobody(std::string message) {
  return bad_request("PrincipalNotFound", std::move(message), "principal");
}

Result<policy::Principal> token_of(const policy::RegistryPolicy& registry, std::string_view text) {
  const std::string name = lower(text);
  const policy::Token* token = registry.tokens.find(name);
  if (token == nullptr) {
    return fail(nobody(
        fmt::format("The registry '{}' has no token '{}'.", registry.name, name.substr(0, 64))));
  }
  return explain::token_user(registry, name, *token);
}

}  // namespace

Result<policy::Principal> read_principal(const World& world, const policy::RegistryPolicy& registry,
                                         std::string_view text) {
  if (equal_no_case(text, "anonymous")) return policy::Principal();
  if (text.starts_with(kTokenPrefix)) {
    return token_of(registry, text.substr(kTokenPrefix.size()));
  }
  if (text.starts_with(kGroupPrefix)) {
    return fail(nobody("Groups do not sign in; ask about one of the group's members."));
  }
  if (equal_no_case(text, registry.name)) return explain::admin_user(registry);
  Result<policy::Principal> found =
      fail(nobody(fmt::format("There is no principal '{}'.", text.substr(0, 64))));
  if (world.options.find_principal) found = world.options.find_principal(std::string(text));
  if (found) return found;
  if (registry.tokens.find(lower(text)) != nullptr) return token_of(registry, text);
  return fail(nobody(found.error().message));
}

bool names_caller(const policy::Principal& caller, std::string_view text) {
  return !text.empty() && (equal_no_case(text, caller.id) || equal_no_case(text, caller.name));
}

std::string name_of(const World& world, const std::string& object_id) {
  std::string name = world.options.principal_name ? world.options.principal_name(object_id) : "";
  return name.empty() ? object_id : name;
}

std::string name_in_commands(const World& world, const std::string& object_id, Tool tool) {
  const auto& type = world.options.principal_type;
  std::string name = name_of(world, object_id);
  if (type && type(object_id) == "User") return name;
  const auto& find = world.options.find_principal;
  if (tool == Tool::kAz || !find || name.starts_with('-')) return object_id;
  const auto found = find(name);
  return found && found->id == object_id ? name : object_id;
}

}  // namespace berth::control
