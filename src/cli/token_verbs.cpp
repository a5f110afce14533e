// `berth token`: credentials of a registry that a scope map limits.
#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <ostream>
#include <utility>

#include "base/ascii.h"
#include "cli/arm.h"
#include "cli/ask.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/plain_words.h"
#include "cli/resource_verbs.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::array kColumns = {Column{"NAME", "name"}, Column{"STATUS", "properties.status"},
                                 Column{"SCOPE MAP", "properties.scopeMapId", &last_part},
                                 Column{"CREATED", "properties.creationDate"}};
constexpr std::array kPasswords = {Column{"USERNAME", "username"}, Column{"PASSWORD", "name"},
                                   Column{"VALUE", "value"}, Column{"EXPIRES", "expiry"}};

Result<std::string> token_id(const Job& job) {
  TRY_ASSIGN(const std::string registry, registry_id(job, job.call.value("--registry")));
  return child_id(registry, "tokens", job.name());
}

// A name, or a whole resource id as az takes it.
Result<std::string> scope_map_id(const Job& job, const std::string& name) {
  if (name.starts_with('/')) return name;
  TRY_ASSIGN(const std::string registry, registry_id(job, job.call.value("--registry")));
  return child_id(registry, "scopeMaps", name);
}

std::string own_map_name(const Job& job) {
  return job.name() + "-scope-map";
}

// --repository makes a scope map of the token's own. One that is there already, with other actions,
// may be somebody else's: it is not overwritten.
Result<std::string> own_scope_map(Job& job) {
  TRY_ASSIGN(const auto actions, actions_of(job.call, "--repository"));
  TRY_ASSIGN(const std::string id, scope_map_id(job, own_map_name(job)));
  const auto there = registry_call(job, "GET", id, nullptr);
  if (there) {
    return fail(with_hint(
        {Code::kConflict, fmt::format("the scope map {}-scope-map exists already", job.name())},
        fmt::format("use it with --scope-map {0}-scope-map, or change it with "
                    "berth scope-map update {0}-scope-map",
                    job.name())));
  }
  if (there.error().code != Code::kResourceUnknown) return fail(there.error());
  json::array list;
  for (const std::string& action : actions) list.emplace_back(action);
  const json::object properties{{"description", fmt::format("Made with the token {}", job.name())},
                                {"actions", list}};
  TRY(registry_call(job, "PUT", id, json::object{{"properties", properties}}));
  return id;
}

Result<json::value> generate(Job& job, const std::string& id) {
  json::object body{{"tokenId", id}};
  TRY_ASSIGN(const auto days, days_of(job.call, "--expiration-in-days"));
  if (days) body["expiry"] = days_from_now(*days);
  if (job.call.has("--password-name")) body["name"] = job.call.value("--password-name");
  TRY_ASSIGN(const std::string registry, registry_id(job, job.call.value("--registry")));
  return registry_call(job, "POST", registry + "/generateCredentials", body);
}

void print_passwords(Job& job, const json::value& credentials) {
  json::array rows;
  for (const json::value& password : array_at(credentials, "passwords")) {
    json::object row{{"username", text_at(credentials, "username")}};
    for (const char* key : {"name", "value", "expiry"}) row[key] = text_at(password, key);
    rows.push_back(std::move(row));
  }
  print_rows(job.call, job.context, rows, kPasswords);
}

void say_once(Job& job) {
  job.context.err << "Keep the passwords in a safe place: they are not shown again.\n";
}

bool same_id(const std::string& one, const std::string& other) {
  return equal_no_case(one, other);
}

// The scope map that `create --repository` made with the token, when no other token uses it; empty
// otherwise.
Result<std::string> lone_scope_map(Job& job, const json::value& token) {
  const std::string map = text_at(token, "properties.scopeMapId");
  if (!same_id(last_part(map), own_map_name(job))) return "";
  TRY_ASSIGN(const std::string registry, registry_id(job, job.call.value("--registry")));
  TRY_ASSIGN(const json::array tokens,
             job.api.list(Face::kManagement, versioned(registry + "/tokens", kRegistryVersion)));
  const auto users = std::ranges::count_if(tokens, [&](const json::value& other) {
    return same_id(text_at(other, "properties.scopeMapId"), map);
  });
  return users <= 1 ? map : "";
}

Result<void> show(Job& job, std::string_view method, const json::value& body) {
  TRY_ASSIGN(const std::string id, token_id(job));
  TRY_ASSIGN(const json::value token, registry_call(job, method, id, body));
  print_one(job.call, job.context, token, kColumns);
  return {};
}

}  // namespace

Result<void> token_create(Job& job) {
  const bool own = job.call.lists.contains("--repository");
  if (own == job.call.has("--scope-map")) {
    return fail(wrong_usage(
        job.call, "say what it may do with either --scope-map NAME or --repository REPO ACTION…"));
  }
  TRY(days_of(job.call, "--expiration-in-days"));
  if (own) TRY(actions_of(job.call, "--repository"));
  TRY_ASSIGN(const std::string id, token_id(job));
  TRY(expect_new(job, id, "token",
                 "berth token update changes it, berth token credential generate makes new "
                 "passwords"));
  TRY_ASSIGN(const std::string map,
             own ? own_scope_map(job) : scope_map_id(job, job.call.value("--scope-map")));
  const std::string status = job.call.value("--status");
  const json::object properties{{"scopeMapId", map},
                                {"status", status.empty() ? "enabled" : status}};
  auto made = registry_call(job, "PUT", id, json::object{{"properties", properties}});
  if (!made) {
    // A scope map of the token's own is of no use without it. The first error is the one to tell.
    if (own) static_cast<void>(registry_call(job, "DELETE", map, nullptr));
    return fail(std::move(made.error()));
  }
  json::value token = std::move(*made);
  if (job.call.has("--no-passwords")) {
    print_one(job.call, job.context, token, kColumns);
    return {};
  }
  TRY_ASSIGN(const json::value credentials, generate(job, id));
  if (job.call.json()) {
    token.as_object()["credentials"] = credentials;  // where az has them, too
    print_one(job.call, job.context, token, kColumns);
  } else {
    print_passwords(job, credentials);
  }
  say_once(job);
  return {};
}

Result<void> token_list(Job& job) {
  TRY_ASSIGN(const std::string registry, registry_id(job, job.call.value("--registry")));
  TRY_ASSIGN(const json::array rows,
             job.api.list(Face::kManagement, versioned(registry + "/tokens", kRegistryVersion)));
  print_rows(job.call, job.context, rows, kColumns);
  return {};
}

Result<void> token_show(Job& job) {
  return show(job, "GET", nullptr);
}

Result<void> token_update(Job& job) {
  json::object properties;
  if (job.call.has("--status")) properties["status"] = job.call.value("--status");
  if (job.call.has("--scope-map")) {
    TRY_ASSIGN(properties["scopeMapId"], scope_map_id(job, job.call.value("--scope-map")));
  }
  if (properties.empty()) {
    return fail(wrong_usage(job.call, "say what to change with --status or --scope-map"));
  }
  return show(job, "PATCH", json::object{{"properties", std::move(properties)}});
}

Result<void> token_delete(Job& job) {
  TRY_ASSIGN(const std::string id, token_id(job));
  TRY_ASSIGN(const json::value token, registry_call(job, "GET", id, nullptr));
  TRY_ASSIGN(const std::string map, lone_scope_map(job, token));
  const std::string both = map.empty() ? "" : " and its scope map " + last_part(map);
  TRY(confirm(job.call, job.context, fmt::format("Delete the token {}{}?", job.name(), both)));
  TRY(registry_call(job, "DELETE", id, nullptr));
  if (!map.empty()) TRY(registry_call(job, "DELETE", map, nullptr));
  print_note(job.call, job.context, fmt::format("Deleted the token {}{}.", job.name(), both));
  return {};
}

Result<void> token_generate(Job& job) {
  TRY_ASSIGN(const std::string id, token_id(job));
  TRY_ASSIGN(const json::value credentials, generate(job, id));
  if (job.call.json()) {
    print_one(job.call, job.context, credentials, kPasswords);
  } else {
    print_passwords(job, credentials);
  }
  say_once(job);
  return {};
}

}  // namespace berth::cli
