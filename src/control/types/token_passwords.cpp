#include "control/types/token_passwords.h"

#include <algorithm>
#include <boost/json/array.hpp>

#include "control/resource.h"
#include "control/time_text.h"
#include "crypto/encoding.h"

namespace berth::control {
namespace {

const json::array& passwords_of(const json::object& body) {
  static const json::array none;
  const json::value* found = at_path(body, "hidden.passwords");
  return found == nullptr ? none : found->get_array();
}

std::string_view name_of(const json::value& password) {
  return text_at(password.get_object(), "name");
}

void store(json::object& body, json::array passwords) {
  object_at(body, kHidden)["passwords"] = std::move(passwords);
}

}  // namespace

std::size_t password_index(std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(kTokenPasswords, name) -
                                  kTokenPasswords.begin());
}

bool has_password(const json::object& body, std::string_view name) {
  return std::ranges::any_of(passwords_of(body), [&](const auto& p) { return name_of(p) == name; });
}

void keep_only(json::object& body, const std::vector<std::string>& names) {
  json::array kept;
  for (const json::value& password : passwords_of(body)) {
    if (std::ranges::find(names, name_of(password)) != names.end()) kept.push_back(password);
  }
  store(body, std::move(kept));
}

void put_password(json::object& body, json::object password) {
  const std::string name(text_at(password, "name"));
  json::array next;
  for (const json::value& other : passwords_of(body)) {
    if (name_of(other) != name) next.push_back(other);
  }
  next.emplace_back(std::move(password));
  std::ranges::sort(next, {}, [](const json::value& p) { return name_of(p); });
  store(body, std::move(next));
}

json::array shown_passwords(const json::object& body) {
  json::array out;
  for (const json::value& password : passwords_of(body)) {
    json::object shown;
    for (const char* member : {"name", "creationTime", "expiry"}) {
      if (const auto* value = password.get_object().if_contains(member)) shown[member] = *value;
    }
    out.emplace_back(std::move(shown));
  }
  return out;
}

std::array<std::optional<policy::Secret>, 2> secrets_of(const json::object& body) {
  std::array<std::optional<policy::Secret>, 2> out;
  for (const json::value& value : passwords_of(body)) {
    const json::object& password = value.get_object();
    const std::size_t at = password_index(text_at(password, "name"));
    if (at == kNoPassword) continue;
    policy::Secret secret;
    secret.id = text_at(password, "id");
    secret.hash = crypto::from_base64url(text_at(password, "hash")).value_or("");
    if (const auto expiry = parse_time(text_at(password, "expiry"))) {
      secret.expires = to_micros(*expiry);
    }
    out[at] = std::move(secret);
  }
  return out;
}

}  // namespace berth::control
