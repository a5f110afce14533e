// `berth role assignment`: who has which role where.
#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <set>
#include <utility>

#include "base/ascii.h"
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

constexpr std::string_view kAssignments = "/providers/Microsoft.Authorization/roleAssignments";

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
    TRY_ASSIGN(const std::string definition, role_definition(job, role, scope));
    wanted = last_part(definition);
  }
  TRY_ASSIGN(
      json::array rows,
      about_place(job, job.api.list(Face::kManagement, versioned(scope + std::string(kAssignments),
                                                                 kAuthorizationVersion, filter))));
  json::array out;
  for (json::value& row : rows) {
    const std::string definition = last_part(text_at(row, "properties.roleDefinitionId"));
    if (wanted.empty() || equal_no_case(wanted, definition)) {
      out.push_back(std::move(row));
    }
  }
  return out;
}

// Names of roles by GUID, as far as the caller may read them: at `scope`, and where that does not
// say it, at the assignment's own. Without the right to read them, GUIDs must do.
std::map<std::string, std::string> role_names(Job& job, const std::string& scope,
                                              const json::array& rows) {
  std::map<std::string, std::string> names;
  std::set<std::string> asked;
  const auto ask = [&](const std::string& where) {
    if (!asked.insert(where).second) return;
    const auto definitions = role_definitions(job, where);
    if (!definitions) return;
    for (const json::value& row : *definitions) {
      names[text_at(row, "name")] = text_at(row, "properties.roleName");
    }
  };
  ask(scope);
  for (const json::value& row : rows) {
    if (names.contains(last_part(text_at(row, "properties.roleDefinitionId")))) continue;
    if (const std::string where = text_at(row, "properties.scope"); !where.empty()) ask(where);
  }
  return names;
}

void add_names(Job& job, const std::string& scope, json::array& rows) {
  auto roles = role_names(job, scope, rows);
  auto people = names_of(job, rows);
  for (json::value& row : rows) {
    const std::string principal = text_at(row, "properties.principalId");
    const std::string name = people[principal];
    const std::string definition = last_part(text_at(row, "properties.roleDefinitionId"));
    const std::string role = roles[definition];
    row.as_object()["roleDefinitionName"] = role.empty() ? definition : role;
    row.as_object()["principalName"] = name.empty() ? principal : name;
  }
}

bool is_condition(std::string_view text) {
  constexpr std::array<std::string_view, 4> kSources = {"@Request[", "@Resource[", "@Principal[",
                                                        "@Environment["};
  return std::ranges::any_of(kSources, [&](std::string_view source) {
    return ::strncasecmp(text.data(), source.data(), std::min(text.size(), source.size())) == 0 &&
           text.size() >= source.size();
  });
}

// What an assignment says besides who, what and where.
Result<json::object> extras(const Invocation& call) {
  json::object out;
  if (call.has("--description")) out["description"] = call.value("--description");
  if (call.has("--condition")) {
    // An attribute begins with the same sign as a file does.
    std::string condition = call.value("--condition");
    if (!is_condition(condition)) {
      TRY_ASSIGN(condition, text_or_file(condition));
    }
    out["condition"] = condition;
    const std::string version = call.value("--condition-version");
    out["conditionVersion"] = version.empty() ? "2.0" : version;
  } else if (call.has("--condition-version")) {
    return fail(wrong_usage(call, "--condition-version needs --condition"));
  }
  return out;
}

// Those of the assignee and the role at `scope` itself, one at least: an inherited assignment
// applies here, but it is not here that it is changed or taken away.
Result<json::array> assignments_here(Job& job, const std::string& scope) {
  TRY_ASSIGN(const json::array rows, assignments(job, scope, job.name()));
  json::array here;
  for (const json::value& row : rows) {
    if (equal_no_case(text_at(row, "properties.scope"), scope)) {
      here.push_back(row);
    }
  }
  if (!here.empty()) return here;
  return fail(
      with_hint({Code::kResourceUnknown, fmt::format("{} does not have the role {} at that scope",
                                                     job.call.value("--assignee"), job.name())},
                "berth role assignment list shows what is assigned, and at which scope"));
}

void print_assignment(Job& job, const std::string& scope, const json::value& assignment) {
  json::array rows{assignment};
  add_names(job, scope, rows);
  print_one(job.call, job.context, rows.front(), kColumns);
  note_without_effect(job, assignment, text_at(rows.front(), "roleDefinitionName"));
}

std::string update_hint(const Job& job, const std::string& scope) {
  const std::string registry = job.call.value("--registry");
  return fmt::format(
      "berth role assignment update --assignee '{}' --role '{}' {} '{}' --condition TEXT changes "
      "its condition",
      job.call.value("--assignee"), job.name(), registry.empty() ? "--scope" : "--registry",
      registry.empty() ? scope : registry);
}

}  // namespace

Result<void> role_assignment_create(Job& job) {
  TRY_ASSIGN(const std::string scope, scope_of(job, ""));
  TRY_ASSIGN(const std::string definition, role_definition(job, job.name(), scope));
  TRY_ASSIGN(const Principal who, find_principal(job, job.call.value("--assignee")));
  TRY_ASSIGN(const json::object more, extras(job.call));
  auto made = assign_role(job, definition, scope, who, more);
  if (!made && made.error().exact_code == "RoleAssignmentExists") {
    return fail(with_hint(std::move(made.error()), update_hint(job, scope)));
  }
  if (!made) return fail(std::move(made.error()));
  print_assignment(job, scope, *made);
  return {};
}

Result<void> role_assignment_update(Job& job) {
  TRY_ASSIGN(const std::string scope, scope_of(job, ""));
  TRY_ASSIGN(json::object properties, extras(job.call));
  if (properties.empty()) {
    return fail(wrong_usage(job.call, "say what to change with --condition or --description"));
  }
  TRY_ASSIGN(const json::array rows, assignments_here(job, scope));
  const json::value& before = rows.front();
  for (const char* member : {"roleDefinitionId", "principalId", "principalType", "description",
                             "condition", "conditionVersion"}) {
    if (properties.contains(member)) continue;
    const std::string text = text_at(before, std::string("properties.") + member);
    if (!text.empty()) properties[member] = text;
  }
  // What is left out is removed.
  for (const auto& [member, also] :
       {std::pair{"condition", "conditionVersion"}, std::pair{"description", "description"}}) {
    const json::value* value = properties.if_contains(member);
    if (value == nullptr || !value->get_string().empty()) continue;
    properties.erase(member);
    properties.erase(also);
  }
  TRY_ASSIGN(const json::value changed,
             job.api.send(Face::kManagement, "PUT",
                          versioned(text_at(before, "id"), kAuthorizationVersion),
                          json::object{{"properties", std::move(properties)}}));
  print_assignment(job, scope, changed);
  return {};
}

Result<void> role_assignment_list(Job& job) {
  TRY_ASSIGN(const std::string scope, default_scope(job));
  TRY_ASSIGN(json::array rows, assignments(job, scope, job.call.value("--role")));
  if (!rows.empty()) add_names(job, scope, rows);
  std::ranges::stable_sort(rows, {}, [](const json::value& row) {
    return std::pair(text_at(row, "roleDefinitionName"), text_at(row, "principalName"));
  });
  print_rows(job.call, job.context, rows, std::span(kColumns).first(6));
  return {};
}

Result<void> role_assignment_delete(Job& job) {
  TRY_ASSIGN(const std::string scope, scope_of(job, ""));
  TRY_ASSIGN(const json::array rows, assignments_here(job, scope));
  for (const json::value& row : rows) {
    TRY(job.api.send(Face::kManagement, "DELETE",
                     versioned(text_at(row, "id"), kAuthorizationVersion), nullptr));
  }
  print_note(job.call, job.context,
             fmt::format("Removed the role {} from {}.", job.name(), job.call.value("--assignee")));
  return {};
}

}  // namespace berth::cli
