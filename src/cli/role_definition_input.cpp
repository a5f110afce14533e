#include "cli/role_definition_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/ascii.h"
#include "base/nearest.h"
#include "cli/api_error.h"
#include "cli/json_text.h"
#include "server/config_values.h"
#include "server/replace_file.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxFile = 1024UL * 1024;

struct List {
  const char* flag;
  const char* member;
};
constexpr std::array kPermissions = {
    List{"--actions", "actions"}, List{"--not-actions", "notActions"},
    List{"--data-actions", "dataActions"}, List{"--not-data-actions", "notDataActions"}};
constexpr List kScopes{"--assignable-scopes", "assignableScopes"};

// Of every use of the flag; nullopt when there is none.
std::optional<json::array> words_of(const Invocation& call, const char* flag) {
  const auto uses = call.lists.find(flag);
  if (uses == call.lists.end()) return std::nullopt;
  json::array out;
  for (const auto& words : uses->second) {
    for (const std::string& word : words) out.emplace_back(word);
  }
  return out;
}

// All that az and the API print of a role; what the server decides itself is passed over.
constexpr auto kMembers = std::to_array<std::string_view>(
    {"name", "roleName", "description", "actions", "notActions", "dataActions", "notDataActions",
     "assignableScopes", "permissions", "isCustom", "id", "type", "roleType", "createdOn",
     "createdBy", "updatedOn", "updatedBy", "systemData"});

std::string with_first(char (*change)(char), std::string name) {
  if (!name.empty()) name.front() = change(name.front());
  return name;
}

// A misspelt list would make a role that allows more or less than was written down.
Error unknown(std::string_view key, const std::string& name) {
  const auto meant = nearest_name(name, {kMembers.begin(), kMembers.end()});
  const bool capital = key != name;
  const std::string there = meant ? (capital ? with_first(&upper, *meant) : *meant) : "";
  return wrong_usage(fmt::format("--role-definition has the unknown member {}{}",
                                 server::in_quotes(key.substr(0, 80)),
                                 meant ? fmt::format("; did you mean {}?", there) : ""));
}

// A role as az writes it down, the API's {"id":…,"properties":{…}}, or a list of one of these.
const json::object* the_role(const json::value& given) {
  const json::array* list = given.if_array();
  if (list != nullptr && list->size() != 1) return nullptr;
  const json::object* role = (list != nullptr ? list->front() : given).if_object();
  const json::value* properties = role != nullptr ? role->if_contains("properties") : nullptr;
  return properties != nullptr ? properties->if_object() : role;
}

Result<json::object> read_role(const std::string& value) {
  std::string text = value;
  if (!text.starts_with('{') && !text.starts_with('[')) {
    // az takes a file with and without the sign.
    TRY_ASSIGN(text, text_or_file(value.starts_with('@') ? value : "@" + value));
  }
  const auto parsed = parse_json(text);
  const json::object* role = parsed ? the_role(*parsed) : nullptr;
  if (role == nullptr) {
    return fail(
        wrong_usage("--role-definition must be a JSON object, or a file with one: "
                    R"({"Name":"…","Actions":["…"],"AssignableScopes":["/subscriptions/…"]})"));
  }
  // "NotActions" and "notActions" are the same to az.
  json::object out;
  for (const auto& [key, member] : *role) {
    const std::string name = with_first(&lower, std::string(key));
    if (std::ranges::find(kMembers, name) == kMembers.end()) return fail(unknown(key, name));
    out[name] = member;
  }
  return out;
}

Result<json::array> strings_of(const std::string& name, const json::value& value) {
  const bool list = value.is_array();
  for (const json::value& item : list ? value.get_array() : json::array{}) {
    if (!item.is_string()) return fail(wrong_usage(name + " must be a list of strings"));
  }
  if (!list) return fail(wrong_usage(name + " must be a list of strings"));
  return value.get_array();
}

// The block of permissions that flags and az's flat shape speak about.
json::object& first_block(json::object& properties) {
  json::value& permissions = properties["permissions"];
  if (!permissions.is_array()) permissions = json::array();
  json::array& blocks = permissions.get_array();
  if (blocks.empty() || !blocks.front().is_object()) blocks.insert(blocks.begin(), json::object());
  return blocks.front().get_object();
}

// As az prints a role, the name is roleName, and name its GUID; as az reads one, name is the name.
Result<void> merge(json::object role, json::object& properties) {
  const char* name = role.contains("roleName") ? "roleName" : "name";
  for (const auto& [from, to] : {std::pair{name, "roleName"}, {"description", "description"}}) {
    const json::value* text = role.if_contains(from);
    if (text == nullptr || text->is_null()) continue;
    if (!text->is_string()) return fail(wrong_usage(std::string(from) + " must be a string"));
    properties[to] = *text;
  }
  if (const json::value* scopes = role.if_contains(kScopes.member)) {
    TRY_ASSIGN(properties[kScopes.member], strings_of(kScopes.member, *scopes));
  }
  if (const json::value* blocks = role.if_contains("permissions")) {
    if (!blocks->is_array()) return fail(wrong_usage("permissions must be a list of objects"));
    properties["permissions"] = *blocks;
  }
  for (const List& list : kPermissions) {
    const json::value* given = role.if_contains(list.member);
    if (given == nullptr) continue;
    TRY_ASSIGN(first_block(properties)[list.member], strings_of(list.member, *given));
  }
  return {};
}

}  // namespace

Result<std::string> text_or_file(const std::string& value) {
  if (!value.starts_with('@')) return value;
  auto text = server::read_small_file(value.substr(1), kMaxFile);
  if (!text) return fail(wrong_usage(text.error().message));
  return text;
}

Result<json::object> role_properties(const Invocation& call, json::object before) {
  json::object out = std::move(before);
  if (call.has("--role-definition")) {
    TRY_ASSIGN(json::object role, read_role(call.value("--role-definition")));
    TRY(merge(std::move(role), out));
  }
  if (!call.words.empty() && !out.contains("roleName")) out["roleName"] = call.words.front();
  if (call.has("--description")) out["description"] = call.value("--description");
  if (auto scopes = words_of(call, kScopes.flag)) out[kScopes.member] = std::move(*scopes);
  for (const List& list : kPermissions) {
    if (auto words = words_of(call, list.flag)) {
      first_block(out)[list.member] = std::move(*words);
    }
  }
  return out;
}

}  // namespace berth::cli
