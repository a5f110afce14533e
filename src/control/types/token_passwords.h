// The passwords of a token, in the hidden part of its body:
//   "hidden": {"passwords": [{"name","id","hash","creationTime","expiry"?}]}
// `hash` is base64url of the keyed hash; times are RFC 3339.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/json_text.h"
#include "policy/snapshot.h"

namespace berth::control {

inline constexpr std::array<std::string_view, 2> kTokenPasswords = {"password1", "password2"};
inline constexpr std::size_t kNoPassword = kTokenPasswords.size();
std::size_t password_index(std::string_view name);  // kNoPassword for any other name

bool has_password(const json::object& body, std::string_view name);
void keep_only(json::object& body, const std::vector<std::string>& names);
// Replaces the one of that name.
void put_password(json::object& body, json::object password);
// As clients see them: without hash and id.
json::array shown_passwords(const json::object& body);
std::array<std::optional<policy::Secret>, 2> secrets_of(const json::object& body);

}  // namespace berth::control
