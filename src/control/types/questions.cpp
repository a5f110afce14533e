#include "control/types/questions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/ip.h"

namespace berth::control {
namespace {

constexpr std::size_t kMaxTextBytes = ResourceId::kMaxLength;

Result<std::optional<std::string>> address_of(const json::object& given, std::string_view name,
                                              std::string_view path) {
  TRY_ASSIGN(const auto text, text_of(given, name, path));
  if (!text) return std::nullopt;
  const auto address = IpAddress::parse(*text);
  if (address) return address->text();
  return fail(invalid_member(fmt::format("{}{}", path, name),
                             fmt::format("must be an IP address, not '{}'", text->substr(0, 64))));
}

// Decisions know ids in lower case.
Result<std::optional<std::string>> id_of(const json::object& given, std::string_view name,
                                         std::string_view path) {
  TRY_ASSIGN(const auto text, text_of(given, name, path));
  if (!text) return std::nullopt;
  const auto id = ResourceId::parse(*text);
  if (id) return id->key();
  return fail(invalid_member(fmt::format("{}{}", path, name), "must be a resource id"));
}

struct Part {
  std::string_view member;
  std::string policy::Source::*place;
  Result<std::optional<std::string>> (*read)(const json::object&, std::string_view,
                                             std::string_view);
};
constexpr std::array<Part, 6> kParts = {{
    {"listener", &policy::Source::listener, text_of},
    {"destination", &policy::Source::destination, address_of},
    {"link", &policy::Source::link, text_of},
    {"clientCa", &policy::Source::client_ca, text_of},
    {"privateEndpoint", &policy::Source::private_endpoint, id_of},
    {"subnet", &policy::Source::subnet, id_of},
}};

// A name that nothing has leads nowhere, and the answer would be about that.
struct Names {
  std::string_view member, wanted;
  std::string policy::Source::*place;
  std::vector<std::string> EngineOptions::*known;
  std::string_view besides;  // right as well; empty: nothing
};
constexpr std::array<Names, 2> kNames = {{
    {"listener", "a [[listener]] of the server's configuration", &policy::Source::listener,
     &EngineOptions::listeners, "https"},
    {"clientCa", "an authority in the client_cas of a [[listener]]", &policy::Source::client_ca,
     &EngineOptions::client_cas, ""},
}};

Result<void> check_names(const World& world, const policy::Source& source, std::string_view path) {
  for (const Names& row : kNames) {
    const std::string& name = source.*row.place;
    const auto& known = world.options.*row.known;
    if (name.empty() || name == row.besides || std::ranges::find(known, name) != known.end()) {
      continue;
    }
    return fail(invalid_member(fmt::format("{}{}", path, row.member),
                               fmt::format("must be the name of {} ({}), not '{}'", row.wanted,
                                           names_there(known), name.substr(0, 64))));
  }
  return {};
}

}  // namespace

Error invalid_member(std::string_view member, std::string_view wanted) {
  return bad_request("InvalidRequestContent",
                     fmt::format("The request content is invalid: '{}' {}.", member, wanted),
                     member);
}

Result<std::optional<std::string>> text_of(const json::object& given, std::string_view name,
                                           std::string_view path) {
  const json::value* value = given.if_contains(key(name));
  if (value == nullptr || value->is_null()) return std::nullopt;
  const auto* text = value->if_string();
  const std::string member = fmt::format("{}{}", path, name);
  if (text == nullptr) return fail(invalid_member(member, "must be a text"));
  if (text->empty() || text->size() > kMaxTextBytes) {
    return fail(invalid_member(member, fmt::format("must have 1 to {} characters", kMaxTextBytes)));
  }
  return std::string(view(*text));
}

std::string names_there(const std::vector<std::string>& known) {
  return known.empty() ? "there is none" : fmt::to_string(fmt::join(known, ", "));
}

Result<std::optional<policy::Source>> read_way(const World& world, const json::object& given,
                                               std::string_view address, std::string_view path) {
  policy::Source out;
  out.tls = true;
  TRY_ASSIGN(const auto from, address_of(given, address, path));
  bool any = from.has_value();
  if (from) {
    out.address = *from;
    out.loopback = IpAddress::parse(*from)->loopback();
  }
  for (const Part& part : kParts) {
    TRY_ASSIGN(auto text, part.read(given, part.member, path));
    if (!text) continue;
    out.*part.place = std::move(*text);
    any = true;
  }
  if (!any) return std::nullopt;
  TRY(check_names(world, out, path));
  return out;
}

Result<const policy::RegistryPolicy*> registry_of(const World& world, const ActionCall& call,
                                                  const policy::Snapshot& snapshot,
                                                  std::string_view operation) {
  const auto* registry = snapshot.registries.find(lower(call.id.name()));
  if (registry != nullptr && registry->resource_id == call.id.key()) return registry;
  TRY(world.gate().allow(call.request.source, call.request.principal, operation, call.id.key()));
  TRY(within_existing(world, call.id, operation));
  return fail(not_found(call.id));
}

}  // namespace berth::control
