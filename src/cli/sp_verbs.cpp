// `berth sp`: applications that sign in with a secret.
#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <ostream>
#include <span>
#include <utility>

#include "cli/arm.h"
#include "cli/ask.h"
#include "cli/directory.h"
#include "cli/directory_verbs.h"
#include "cli/json_text.h"
#include "cli/output.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::array kColumns = {Column{"NAME", "displayName"}, Column{"CLIENT ID", "appId"},
                                 Column{"ID", "id"}, Column{"ENABLED", "accountEnabled"},
                                 Column{"SERVICE KIND", "serviceKind"}};
// As `az ad sp create-for-rbac` prints it.
constexpr std::array kSecret = {
    Column{"NAME", "displayName"},    Column{"CLIENT ID", "appId"},
    Column{"SECRET", "password"},     Column{"TENANT", "tenant"},
    Column{"EXPIRES", "endDateTime"}, Column{"SERVICE KIND", "serviceKind"}};
constexpr int kDefaultDays = 365;

// Null takes the kind away.
json::value kind_of(const Invocation& call) {
  const std::string kind = call.value("--service-kind");
  return kind == "none" ? json::value(nullptr) : json::value(kind);
}

struct Grant {
  std::string definition;
  std::string scope;
};

// Looked up before anything is made: a misspelt role leaves nothing behind.
Result<std::optional<Grant>> wanted_grant(Job& job) {
  if (!job.call.has("--role")) return std::nullopt;
  Grant grant;
  TRY_ASSIGN(grant.scope, scope_of(job, ""));
  TRY_ASSIGN(grant.definition, role_definition(job, job.call.value("--role"), grant.scope));
  return grant;
}

Result<json::value> add_secret(Job& job, const std::string& application) {
  TRY_ASSIGN(const auto days, days_of(job.call, "--expiration-in-days"));
  const json::object secret{{"displayName", "berth"},
                            {"endDateTime", days_from_now(days.value_or(kDefaultDays))}};
  return graph_call(job, "POST", fmt::format("/applications/{}/addPassword", application),
                    json::object{{"passwordCredential", secret}});
}

// Everything that `create` makes once the application is there.
Result<json::value> complete(Job& job, const json::value& application,
                             const std::optional<Grant>& grant) {
  json::object body{{"appId", text_at(application, "appId")}};
  if (job.call.has("--service-kind")) body["serviceKind"] = kind_of(job.call);
  TRY_ASSIGN(const json::value principal, graph_call(job, "POST", "/servicePrincipals", body));
  if (grant) {
    TRY_ASSIGN(const json::value made,
               assign_role(job, grant->definition, grant->scope,
                           {text_at(principal, "id"), "ServicePrincipal"}, {}));
    note_without_effect(job, made, job.call.value("--role"));
  }
  return add_secret(job, text_at(application, "id"));
}

void print_secret(Job& job, const json::value& application, const json::value& secret) {
  json::object shown{{"appId", text_at(application, "appId")},
                     {"displayName", text_at(application, "displayName")},
                     {"password", text_at(secret, "secretText")},
                     {"tenant", job.api.info().tenant},
                     {"endDateTime", text_at(secret, "endDateTime")}};
  if (job.call.has("--service-kind")) shown["serviceKind"] = kind_of(job.call);
  const std::span<const Column> columns(kSecret);
  const bool kind = shown.contains("serviceKind");
  print_one(job.call, job.context, shown, columns.first(columns.size() - (kind ? 0 : 1)));
  job.context.err << "Keep the secret in a safe place: it is not shown again.\n";
}

}  // namespace

Result<void> sp_create(Job& job) {
  TRY(days_of(job.call, "--expiration-in-days"));
  const auto there = find_service_principal(job, job.name());
  if (there || there.error().code == Code::kConflict) {
    return fail(with_hint(
        {Code::kConflict, fmt::format("there is a service principal {} already", job.name())},
        fmt::format("berth sp reset {} gives it a new secret", job.name())));
  }
  if (there.error().code != Code::kResourceUnknown) return fail(there.error());
  TRY_ASSIGN(const auto grant, wanted_grant(job));
  TRY_ASSIGN(const json::value application,
             graph_call(job, "POST", "/applications", json::object{{"displayName", job.name()}}));
  const auto secret = complete(job, application, grant);
  if (!secret) {
    // Half of a service principal is of no use to anybody. The first error is the one to tell.
    static_cast<void>(
        graph_call(job, "DELETE", "/applications/" + text_at(application, "id"), nullptr));
    return fail(secret.error());
  }
  print_secret(job, application, *secret);
  return {};
}

Result<void> sp_list(Job& job) {
  TRY_ASSIGN(const json::array rows, graph_list(job, "/servicePrincipals"));
  print_rows(job.call, job.context, rows, kColumns);
  return {};
}

Result<void> sp_show(Job& job) {
  TRY_ASSIGN(const json::value principal, find_service_principal(job, job.name()));
  print_one(job.call, job.context, principal, kColumns);
  return {};
}

Result<void> sp_update(Job& job) {
  TRY_ASSIGN(const json::value principal, find_service_principal(job, job.name()));
  const std::string target = "/servicePrincipals/" + text_at(principal, "id");
  TRY(graph_call(job, "PATCH", target, json::object{{"serviceKind", kind_of(job.call)}}));
  TRY_ASSIGN(const json::value changed, graph_call(job, "GET", target, nullptr));
  print_one(job.call, job.context, changed, kColumns);
  return {};
}

Result<void> sp_delete(Job& job) {
  TRY_ASSIGN(const json::value principal, find_service_principal(job, job.name()));
  TRY(confirm(job.call, job.context,
              fmt::format("Delete the service principal {}?", text_at(principal, "displayName"))));
  TRY(graph_call(job, "DELETE", "/servicePrincipals/" + text_at(principal, "id"), nullptr));
  // Its application, which holds the secrets; managed identities have none.
  if (const auto application = find_application(job, text_at(principal, "appId")); application) {
    TRY(graph_call(job, "DELETE", "/applications/" + text_at(*application, "id"), nullptr));
  }
  print_note(job.call, job.context,
             fmt::format("Deleted the service principal {}.", text_at(principal, "displayName")));
  return {};
}

// The new secret first, so that there is no moment without one.
Result<void> sp_reset(Job& job) {
  TRY_ASSIGN(const json::value principal, find_service_principal(job, job.name()));
  TRY_ASSIGN(const json::value application, find_application(job, text_at(principal, "appId")));
  const std::string id = text_at(application, "id");
  TRY_ASSIGN(const json::value secret, add_secret(job, id));
  if (!job.call.has("--append")) {
    for (const json::value& old : array_at(application, "passwordCredentials")) {
      TRY(graph_call(job, "POST", fmt::format("/applications/{}/removePassword", id),
                     json::object{{"keyId", text_at(old, "keyId")}}));
    }
  }
  print_secret(job, application, secret);
  return {};
}

}  // namespace berth::cli
