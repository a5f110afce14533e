// `berth role assignment`: who has which role where.
#include <fmt/format.h>
#include <strings.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <utility>

#include "cli/access_verbs.h"
#include "cli/arm.h"
#include "cli/directory.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/plain_words.h"
#include "cli/role_definition_input.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

// The first three names are added to the API's objects, as az adds them.
constexpr std::array kColumns = {Column{"ROLE", "roleDefinitionName"},
                                 Column{"WHO", "principalName"},
                                 Column{"TYPE", "properties.principalType"},
                                 Column{"SCOPE", "properties.scope", &short_scope},
                                 Column{"EFFECT", "properties.notEffectiveInMode", &effect_words},
                                 Column{"CONDITION", "properties.condition"},
                                 Column{"DESCRIPTION", "properties.description"}};

Result<std::string> default_scope(const Job& job) {
  TRY_ASSIGN(const std::string subscription, subscription_id(job));
  return scope_of(job, subscription);
}

// Names of principals by id. Graph may refuse a caller who may read assignments: then ids must do.
std::map<std::string, std::string> names_of(Job& job, const json::array& assignments) {
  json::array ids;
  for (const json::value& row : assignments)
    ids.emplace_back(text_at(row, "properties.principalId"));
  std::map<std::string, std::string> names;
  const auto answer =
      graph_call(job, "POST", "/directoryObjects/getByIds",
                 json::object{{"ids", ids}, {"types", {"user", "group", "servicePrincipal"}}});
  if (!answer) return names;
  for (const json::value& object : array_at(*answer, "value")) {
    const std::string user = text_at(object, "userPrincipalName");
    names[text_at(object, "id")] = user.empty() ? text_at(object, "displayName") : user;
  }
  return names;
}

// An id needs no look-up: a role may be left of somebody who is gone.
Result<std::string> assignee_id(Job& job) {
  const std::string given = job.call.value("--assignee");
  const auto who = find_principal(job, given);
  if (who) return who->id;
  if (is_guid(given) && who.error().code == Code::kResourceUnknown) return given;
  return fail(who.error());
}

// Assignments of --assignee and --role when those are given. Where a place was named, those that
// apply there, inherited ones too; otherwise all of the subscription.
Result<json::array> assignments(Job& job, const std::string& scope, const std::string& role) {
  std::string filter;
  if (job.call.has("--scope") || job.call.has("--registry")) filter = "$filter=atScope()";
  if (job.call.has("--assignee")) {
    TRY_ASSIGN(const std::string who, assignee_id(job));
    filter += (filter.empty() ? "$filter=principalId%20eq%20" : "%20and%20principalId%20eq%20") +
              filter_text(who);
  }
  std::string wanted;
  if (!role.empty()) {
    TRY_ASSIGN(const std::string definition, role_definition(job, role));
    wanted = last_part(definition);
  }
  TRY_ASSIGN(json::array rows,
             job.api.list(Face::kManagement,
                          versioned(scope + "/providers/Microsoft.Authorization/roleAssignments",
                                    kAuthorizationVersion, filter)));
  json::array out;
  for (json::value& row : rows) {
    const std::string definition = last_part(text_at(row, "properties.roleDefinitionId"));
    if (wanted.empty() || ::strcasecmp(wanted.c_str(), definition.c_str()) == 0) {
      out.push_back(std::move(row));
    }
  }
  return out;
}

Result<void> add_names(Job& job, json::array& rows) {
  TRY_ASSIGN(const std::string subscription, subscription_id(job));
  TRY_ASSIGN(const json::array definitions, role_definitions(job, subscription));
  std::map<std::string, std::string> roles;
  for (const json::value& row : definitions) {
    roles[text_at(row, "name")] = text_at(row, "properties.roleName");
  }
  auto people = names_of(job, rows);
  for (json::value& row : rows) {
    const std::string principal = text_at(row, "properties.principalId");
    const std::string name = people[principal];
    const std::string definition = last_part(text_at(row, "properties.roleDefinitionId"));
    const std::string role = roles[definition];
    row.as_object()["roleDefinitionName"] = role.empty() ? definition : role;
    row.as_object()["principalName"] = name.empty() ? principal : name;
  }
  return {};
}

// What an assignment says besides who, what and where.
Result<json::object> extras(const Invocation& call) {
  json::object out;
  if (call.has("--description")) out["description"] = call.value("--description");
  if (call.has("--condition")) {
    TRY_ASSIGN(out["condition"], text_or_file(call.value("--condition")));
    const std::string version = call.value("--condition-version");
    out["conditionVersion"] = version.empty() ? "2.0" : version;
  } else if (call.has("--condition-version")) {
    return fail(wrong_usage(call, "--condition-version needs --condition"));
  }
  return out;
}

}  // namespace

Result<void> role_assignment_create(Job& job) {
  TRY_ASSIGN(const std::string scope, scope_of(job, ""));
  TRY_ASSIGN(const std::string definition, role_definition(job, job.name()));
  TRY_ASSIGN(const Principal who, find_principal(job, job.call.value("--assignee")));
  TRY_ASSIGN(const json::object more, extras(job.call));
  TRY_ASSIGN(const json::value made, assign_role(job, definition, scope, who, more));
  json::array rows{made};
  TRY(add_names(job, rows));
  print_one(job.call, job.context, rows.front(), kColumns);
  return {};
}

Result<void> role_assignment_list(Job& job) {
  TRY_ASSIGN(const std::string scope, default_scope(job));
  TRY_ASSIGN(json::array rows, assignments(job, scope, job.call.value("--role")));
  if (!rows.empty()) TRY(add_names(job, rows));
  print_rows(job.call, job.context, rows, std::span(kColumns).first(6));
  return {};
}

Result<void> role_assignment_delete(Job& job) {
  TRY_ASSIGN(const std::string scope, scope_of(job, ""));
  TRY_ASSIGN(const json::array rows, assignments(job, scope, job.name()));
  int removed = 0;
  for (const json::value& row : rows) {
    // An inherited assignment applies here, but it is not here that it is taken away.
    if (::strcasecmp(text_at(row, "properties.scope").c_str(), scope.c_str()) != 0) continue;
    TRY(job.api.send(Face::kManagement, "DELETE",
                     versioned(text_at(row, "id"), kAuthorizationVersion), nullptr));
    ++removed;
  }
  if (removed == 0) {
    return fail(
        with_hint({Code::kResourceUnknown, fmt::format("{} does not have the role {} at that scope",
                                                       job.call.value("--assignee"), job.name())},
                  "berth role assignment list shows what is assigned, and at which scope"));
  }
  print_note(job.call, job.context,
             fmt::format("Removed the role {} from {}.", job.name(), job.call.value("--assignee")));
  return {};
}

}  // namespace berth::cli
