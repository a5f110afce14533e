// What questions about a registry have in common: texts that may be left out, the way that somebody
// comes on, the registry that is asked about. `path` is where an object stands in the request, with
// its dot, for messages.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/type.h"
#include "policy/snapshot.h"

namespace berth::control {

inline constexpr std::string_view kReadAssignments = "Microsoft.Authorization/roleAssignments/read";

// "The request content is invalid: 'member' is required."
Error invalid_member(std::string_view member, std::string_view wanted);
// The text of a member; nullopt when it is absent or null.
Result<std::optional<std::string>> text_of(const json::object& given, std::string_view name,
                                           std::string_view path = {});

// The members of a way besides its address.
#define BERTH_WAY_MEMBERS "listener", "destination", "link", "clientCa", "privateEndpoint", "subnet"
// Where somebody comes from, over TLS; nullopt when the object says nothing of it. `address` is
// what the member with the address is called. Names that the configuration lacks are refused.
Result<std::optional<policy::Source>> read_way(const World& world, const json::object& given,
                                               std::string_view address,
                                               std::string_view path = {});

// The names that the configuration has, for the refusal of another: "a, b", or "there is none".
std::string names_there(const std::vector<std::string>& known);

// The registry that was asked about. That one exists is no secret: its login server answers. Of a
// name that none has, only those learn it who would have the operation there.
Result<const policy::RegistryPolicy*> registry_of(const World& world, const ActionCall& call,
                                                  const policy::Snapshot& snapshot,
                                                  std::string_view operation);

}  // namespace berth::control
