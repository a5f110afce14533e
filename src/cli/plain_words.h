// The API's long names as people read them, and the permissions modes' two spellings. Pure; a text
// of another kind comes back as it is.
#pragma once

#include <string>
#include <string_view>

namespace berth::cli {

// "readers" of ".../scopeMaps/readers".
std::string last_part(std::string id);
// "registry team1", "resource group default", "subscription S", "management group M", "the root".
std::string short_scope(std::string id);
// "rbac" and "rbac-abac", as az has them, of roleAssignmentMode; and back.
inline constexpr std::string_view kSignInAgain =
    "A switch of the permissions mode ends the tokens that clients hold: they must sign in again, "
    "with docker login, az acr login or berth login.\n";
std::string mode_word(std::string property);
std::string mode_property(std::string_view word);
// What an answer's flag notEffectiveInMode says; empty when it is not set.
std::string effect_words(std::string not_effective);
// "built-in" and "custom" of a role definition's type.
std::string role_type_words(std::string type);

}  // namespace berth::cli
