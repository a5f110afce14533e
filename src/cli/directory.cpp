#include "cli/directory.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cctype>
#include <ostream>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/nearest.h"
#include "cli/arm.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/url.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

struct Kind {
  std::string_view noun;        // for messages
  std::string_view collection;  // in Graph
  std::string_view name;        // the property that is a name
  std::string_view type;        // of a role assignment
  std::string_view list;        // the verb that shows them
};
constexpr Kind kUser{"user", "/users", "userPrincipalName", "User", "berth user list"};
constexpr Kind kGroup{"group", "/groups", "displayName", "Group", "berth group list"};
constexpr Kind kServicePrincipal{"service principal", "/servicePrincipals", "displayName",
                                 "ServicePrincipal", "berth sp list"};

Result<json::array> matching(Job& job, std::string_view collection, std::string_view property,
                             const std::string& value) {
  return graph_list(
      job, fmt::format("{}?$filter={}%20eq%20{}", collection, property, filter_text(value)));
}

// All that `who` may mean among the things of one kind.
Result<json::array> candidates(Job& job, const Kind& kind, const std::string& who) {
  if (is_guid(who)) {
    auto object = graph_call(job, "GET", fmt::format("{}/{}", kind.collection, who), nullptr);
    if (object) return json::array{*object};
    if (object.error().code != Code::kResourceUnknown) return fail(std::move(object.error()));
    if (kind.type == kServicePrincipal.type) return matching(job, kind.collection, "appId", who);
    return json::array{};
  }
  return matching(job, kind.collection, kind.name, who);
}

Error nobody(const Kind& kind, const std::string& who) {
  return with_hint({Code::kResourceUnknown, fmt::format("there is no {} {}", kind.noun, who)},
                   fmt::format("{} shows them", kind.list));
}

Error several(const std::string& who) {
  return with_hint({Code::kConflict, fmt::format("{} is the name of several", who)},
                   "say which by its id");
}

Result<json::value> the_one(Job& job, const Kind& kind, const std::string& who) {
  TRY_ASSIGN(const json::array found, candidates(job, kind, who));
  if (found.empty()) return fail(nobody(kind, who));
  if (found.size() > 1) return fail(several(who));
  return found.front();
}

// A role and what gives the same on images in the other permissions mode.
struct Counterpart {
  std::string_view role;
  std::string_view instead;
};
constexpr std::array kCounterparts = {
    Counterpart{"AcrPull", "'Container Registry Repository Reader'"},
    Counterpart{"AcrPush", "'Container Registry Repository Writer'"},
    Counterpart{"AcrDelete", "'Container Registry Repository Contributor'"},
    Counterpart{"Container Registry Repository Reader", "AcrPull"},
    Counterpart{"Container Registry Repository Writer", "AcrPush"},
    Counterpart{"Container Registry Repository Contributor", "AcrPush with AcrDelete"}};

constexpr std::string_view kDefinitions = "/providers/Microsoft.Authorization/roleDefinitions";

// Long names are rarely typed whole: those that contain what was typed are meant before those that
// are spelt nearly so.
std::vector<std::string> nearest_roles(const std::string& role,
                                       const std::vector<std::string>& known) {
  constexpr std::size_t kMost = 3;
  constexpr std::size_t kLongestWord = 100;  // bounds the work
  if (role.size() > kLongestWord) return {};
  const std::size_t close = std::max<std::size_t>(2, role.size() / 3);
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const std::string& name : known) {
    const bool contains = lower(name).find(lower(role)) != std::string::npos;
    const std::size_t distance = contains ? 0 : edit_distance(lower(role), lower(name));
    if (distance <= close) ranked.emplace_back(distance, name);
  }
  std::ranges::sort(ranked);
  std::vector<std::string> out;
  for (const auto& [distance, name] : ranked) {
    if (out.size() < kMost) out.push_back(name);
  }
  return out;
}

}  // namespace

Result<json::value> graph_call(Job& job, std::string_view method, const std::string& target,
                               const json::value& body) {
  return job.api.send(Face::kGraph, method, "/v1.0" + target, body);
}

Result<json::array> graph_list(Job& job, const std::string& target) {
  return job.api.list(Face::kGraph, "/v1.0" + target);
}

std::string with_domain(const Job& job, const std::string& user) {
  const std::string& domain = job.api.info().domain;
  return user + "@" + (domain.empty() ? "localhost" : domain);
}

// A user's name without its domain is understood. Display names are not: they are anybody's to
// choose, and a role given by one could go to another person.
Result<json::value> find_user(Job& job, const std::string& who) {
  const bool whole = is_guid(who) || who.find('@') != std::string::npos;
  if (whole) return the_one(job, kUser, who);
  auto found = the_one(job, kUser, with_domain(job, who));
  if (found || found.error().code != Code::kResourceUnknown) return found;
  return fail(nobody(kUser, who));
}

Result<json::value> find_group(Job& job, const std::string& who) {
  return the_one(job, kGroup, who);
}

Result<json::value> find_service_principal(Job& job, const std::string& who) {
  return the_one(job, kServicePrincipal, who);
}

Result<json::value> find_application(Job& job, const std::string& client_id) {
  TRY_ASSIGN(const json::array found, matching(job, "/applications", "appId", client_id));
  if (found.empty()) {
    return fail(Code::kResourceUnknown, "the service principal has no application here");
  }
  return found.front();
}

Result<Principal> find_principal(Job& job, const std::string& who) {
  struct Look {
    const Kind& kind;
    Result<json::value> (*find)(Job&, const std::string&);
  };
  const std::array looks = {Look{kUser, &find_user},
                            Look{kServicePrincipal, &find_service_principal},
                            Look{kGroup, &find_group}};
  std::vector<Principal> found;
  for (const Look& look : looks) {
    const auto object = look.find(job, who);
    if (object) {
      found.push_back({text_at(*object, "id"), std::string(look.kind.type)});
    } else if (object.error().code != Code::kResourceUnknown) {
      return fail(object.error());
    }
  }
  if (found.size() > 1) return fail(several(who));
  if (!found.empty()) return found.front();
  return fail(
      with_hint({Code::kResourceUnknown,
                 fmt::format("the directory knows no user, group or service principal {}", who)},
                "berth user list, berth group list and berth sp list show them"));
}

Result<json::array> role_definitions(Job& job, const std::string& scope) {
  const std::string place = scope == "/" ? "" : scope;
  return about_place(
      job, job.api.list(Face::kManagement,
                        versioned(place + std::string(kDefinitions), kAuthorizationVersion)));
}

Result<std::string> role_definition(Job& job, const std::string& role, const std::string& scope) {
  if (is_guid(role)) {
    TRY_ASSIGN(const std::string subscription, subscription_id(job));
    return subscription + std::string(kDefinitions) + "/" + role;
  }
  if (role.starts_with('/')) return role;
  TRY_ASSIGN(const json::array all, role_definitions(job, scope));
  std::vector<std::string> known;
  for (const json::value& row : all) {
    const std::string name = text_at(row, "properties.roleName");
    if (equal_no_case(name, role)) return text_at(row, "id");
    known.push_back(name);
  }
  const std::vector<std::string> near = nearest_roles(role, known);
  return fail(with_hint({Code::kResourceUnknown, fmt::format("there is no role {}", role)},
                        known.empty()  ? "you may not read the roles at that scope"
                        : near.empty() ? "berth role definition list shows them"
                                       : fmt::format("did you mean {}?", fmt::join(near, " or "))));
}

Result<std::string> scope_of(const Job& job, const std::string& otherwise) {
  const std::string scope = job.call.value("--scope");
  if (!scope.empty() && job.call.has("--registry")) {
    return fail(wrong_usage("--scope and --registry say the same; give one of them"));
  }
  if (!scope.empty() && !scope.starts_with('/')) {
    return fail(
        wrong_usage("--scope is a resource id, such as /subscriptions/…; for a registry "
                    "say --registry NAME"));
  }
  if (!scope.empty()) return scope;
  if (job.call.has("--registry")) return registry_id(job, job.call.value("--registry"));
  if (!otherwise.empty()) return otherwise;
  return fail(wrong_usage(job.call, "say where with --registry NAME or --scope ID"));
}

Result<json::value> assign_role(Job& job, const std::string& definition, const std::string& scope,
                                const Principal& who, const json::object& more) {
  json::object properties{
      {"roleDefinitionId", definition}, {"principalId", who.id}, {"principalType", who.type}};
  for (const auto& [name, value] : more) properties[name] = value;
  const std::string id =
      child_id(scope + "/providers/Microsoft.Authorization", "roleAssignments", random_guid());
  return about_place(job,
                     job.api.send(Face::kManagement, "PUT", versioned(id, kAuthorizationVersion),
                                  json::object{{"properties", properties}}));
}

void note_without_effect(Job& job, const json::value& assignment, const std::string& role) {
  const json::value* without = find(assignment, "properties.notEffectiveInMode");
  if (without == nullptr || !without->is_bool() || !without->get_bool()) return;
  std::string_view instead;
  for (const Counterpart& row : kCounterparts) {
    if (equal_no_case(row.role, role)) instead = row.instead;
  }
  job.context.err << fmt::format(
      "note: {} gives nothing on images in this registry's permissions mode{}{}\n", printable(role),
      instead.empty() ? "" : "; what counts there is ", instead);
}

}  // namespace berth::cli
