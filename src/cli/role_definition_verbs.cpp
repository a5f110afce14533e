// `berth role definition`: the roles that are built in, and one's own.
#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/ascii.h"
#include "cli/access_verbs.h"
#include "cli/arm.h"
#include "cli/ask.h"
#include "cli/directory.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/plain_words.h"
#include "cli/role_definition_input.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

// The lists of permissions are added to the API's object, for people.
constexpr std::array kColumns = {Column{"NAME", "properties.roleName"},
                                 Column{"TYPE", "properties.type", &role_type_words},
                                 Column{"DESCRIPTION", "properties.description"},
                                 Column{"ID", "name"},
                                 Column{"ACTIONS", "actions"},
                                 Column{"NOT ACTIONS", "notActions"},
                                 Column{"DATA ACTIONS", "dataActions"},
                                 Column{"NOT DATA ACTIONS", "notDataActions"},
                                 Column{"ASSIGNABLE SCOPES", "properties.assignableScopes"}};
constexpr std::string_view kCustom = "CustomRole";

void print_role(Job& job, json::value role) {
  if (!job.call.json()) {
    for (const char* list : {"actions", "notActions", "dataActions", "notDataActions"}) {
      json::array all;
      for (const json::value& block : array_at(role, "properties.permissions")) {
        for (const json::value& action : array_at(block, list)) all.push_back(action);
      }
      if (!all.empty()) role.as_object()[list] = std::move(all);
    }
  }
  print_one(job.call, job.context, role, kColumns);
}

std::string definition_path(const std::string& scope, const std::string& guid) {
  return fmt::format("{}/providers/Microsoft.Authorization/roleDefinitions/{}",
                     scope == "/" ? "" : scope, guid);
}

Result<json::value> send(Job& job, std::string_view method, const std::string& id,
                         const json::value& body) {
  return job.api.send(Face::kManagement, method, versioned(id, kAuthorizationVersion), body);
}

Result<json::value> named_role(Job& job) {
  TRY_ASSIGN(const std::string subscription, subscription_id(job));
  TRY_ASSIGN(const std::string id, role_definition(job, job.name(), subscription));
  return send(job, "GET", id, nullptr);
}

Result<json::value> put_role(Job& job, const std::string& id, json::object properties) {
  properties["type"] = kCustom;
  return send(job, "PUT", id, json::object{{"properties", std::move(properties)}});
}

}  // namespace

Result<void> role_definition_list(Job& job) {
  TRY_ASSIGN(const std::string subscription, subscription_id(job));
  TRY_ASSIGN(const std::string scope, scope_of(job, subscription));
  TRY_ASSIGN(const json::array all, role_definitions(job, scope));
  const std::string name = job.call.value("--name");
  const bool custom_only = job.call.value("--custom-role-only") == "true";
  json::array rows;
  for (const json::value& role : all) {
    const std::string called = text_at(role, "properties.roleName");
    const bool fits = name.empty() || text_at(role, "name") == name || equal_no_case(called, name);
    if (!fits || (custom_only && text_at(role, "properties.type") != kCustom)) continue;
    rows.push_back(role);
  }
  std::ranges::stable_sort(
      rows, {}, [](const json::value& row) { return text_at(row, "properties.roleName"); });
  print_rows(job.call, job.context, rows, std::span(kColumns).first(3));
  return {};
}

Result<void> role_definition_show(Job& job) {
  TRY_ASSIGN(json::value role, named_role(job));
  print_role(job, std::move(role));
  return {};
}

Result<void> role_definition_create(Job& job) {
  TRY_ASSIGN(json::object role, role_properties(job.call, {}));
  if (!role.contains("roleName")) return fail(wrong_usage(job.call, "say the role's NAME"));
  if (!job.call.words.empty() && text_at(role, "roleName") != job.name()) {
    return fail(wrong_usage(job.call, "NAME and --role-definition name different roles"));
  }
  if (!role.contains("permissions")) {
    return fail(wrong_usage(job.call, "say what the role allows with --actions or --data-actions"));
  }
  if (!role.contains("assignableScopes")) {
    TRY_ASSIGN(const std::string subscription, subscription_id(job));
    role["assignableScopes"] = json::array{subscription};
  }
  const json::array& scopes = role["assignableScopes"].get_array();
  if (scopes.empty()) return fail(wrong_usage(job.call, "--assignable-scopes is empty"));
  const std::string id = definition_path(std::string(scopes.front().get_string()), random_guid());
  TRY_ASSIGN(json::value made, put_role(job, id, std::move(role)));
  print_role(job, std::move(made));
  return {};
}

Result<void> role_definition_update(Job& job) {
  TRY_ASSIGN(const json::object wanted, role_properties(job.call, {}));
  if (!wanted.contains("roleName")) return fail(wrong_usage(job.call, "say the role's NAME"));
  if (wanted.size() == 1) return fail(wrong_usage(job.call, "say what to change"));
  const std::string name = job.call.words.empty() ? std::string(wanted.at("roleName").get_string())
                                                  : job.call.words.front();
  TRY_ASSIGN(const std::string subscription, subscription_id(job));
  TRY_ASSIGN(const std::string id, role_definition(job, name, subscription));
  TRY_ASSIGN(const json::value before, send(job, "GET", id, nullptr));
  json::object kept;
  for (const char* member : {"roleName", "description", "assignableScopes", "permissions"}) {
    if (const json::value* value = find(before, std::string("properties.") + member)) {
      kept[member] = *value;
    }
  }
  TRY_ASSIGN(json::object role, role_properties(job.call, std::move(kept)));
  TRY_ASSIGN(json::value changed, put_role(job, id, std::move(role)));
  print_role(job, std::move(changed));
  return {};
}

Result<void> role_definition_delete(Job& job) {
  TRY_ASSIGN(const json::value role, named_role(job));
  const std::string name = text_at(role, "properties.roleName");
  TRY(confirm(job.call, job.context, fmt::format("Delete the role {}?", name)));
  TRY(send(job, "DELETE", text_at(role, "id"), nullptr));
  print_note(job.call, job.context, fmt::format("Deleted the role {}.", name));
  return {};
}

}  // namespace berth::cli
