#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "control/types/network.h"

namespace berth::control {

// As in Azure: 1 to 80 letters, digits, '_', '.', '-'; a letter or digit first, no '.', '-' last.
Result<void> check_network_name(const World&, const ResourceId& id) {
  constexpr std::size_t kMaxLength = 80;
  const std::string_view name = id.name();
  const auto allowed = [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; };
  const bool good = name.size() <= kMaxLength && std::ranges::all_of(name, allowed) &&
                    is_alnum(name.front()) && (is_alnum(name.back()) || name.back() == '_');
  if (good) return {};
  return fail(bad_request(
      "InvalidResourceName",
      fmt::format("Resource name {} is invalid. The name can be up to {} characters long. It must "
                  "begin with a letter or digit, and it must end with a letter, digit or with '_'. "
                  "The name may contain letters, digits or '.', '-', '_'.",
                  name.substr(0, kMaxLength), kMaxLength),
      "name"));
}

void claim_existing(const ResourceId& id, std::vector<Claims::Wanted>& wanted) {
  wanted.push_back({id.key(), false});
  for (const ResourceId& above : id.ancestors()) wanted.push_back({above.key(), false});
}

Result<const json::object*> entry_at(const json::value& entry, std::string_view path,
                                     std::initializer_list<std::string_view> known) {
  const auto refuse = [&](std::string what) {
    return fail(bad_request("InvalidRequestContent",
                            fmt::format("The request content is invalid: {}.", what), path));
  };
  const auto* object = entry.if_object();
  if (object == nullptr) return refuse(fmt::format("'{}' must be an object", path));
  for (const auto& member : *object) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::ranges::find(known, name) == known.end()) {
      return refuse(fmt::format("could not find member '{}' on '{}'", name.substr(0, 64), path));
    }
  }
  return object;
}

Error over_quota(std::string_view feature, std::size_t quota, std::string_view sku) {
  return bad_request(
      "BadRequestError",
      fmt::format("The requested feature {} exceeds allowed quota {} for the SKU {}.", feature,
                  quota, sku));
}

std::string without_port(std::string_view server) {
  return std::string(server.substr(0, server.find(':')));
}

bool may_read(const May& may, const ResourceType& type, std::string_view key) {
  return may(type.operation("read"), key);
}

}  // namespace berth::control
