// Who is meant by the text with which an access question names somebody (docs/permissions.md).
#pragma once

#include <string>
#include <string_view>

#include "control/world.h"
#include "policy/snapshot.h"

namespace berth::control {

// `anonymous`; `token:<name>`; the registry's name, for its admin user; whatever the directory
// knows; the name of a token of this registry. kInvalidRequest (PrincipalNotFound) for the others,
// and for groups, which do not sign in.
Result<policy::Principal> read_principal(const World& world, const policy::RegistryPolicy& registry,
                                         std::string_view text);
// Whether the text names the caller itself.
bool names_caller(const policy::Principal& caller, std::string_view text);

// What people call an object of the directory; its id when nobody knows.
std::string name_of(const World& world, const std::string& object_id);
// How a command line names it. For az: users as they sign in, the others by object id. Berth's own
// also take the name of another, if only one is called so.
enum class Tool { kAz, kBerth };
std::string name_in_commands(const World& world, const std::string& object_id, Tool tool);

}  // namespace berth::control
