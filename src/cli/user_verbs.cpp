// `berth user`. Passwords come from the terminal or standard input, never from the command line.
#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
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

constexpr std::array kColumns = {Column{"NAME", "userPrincipalName"},
                                 Column{"DISPLAY NAME", "displayName"}, Column{"ID", "id"},
                                 Column{"ENABLED", "accountEnabled"}};

Result<json::object> password_profile(Job& job) {
  TRY_ASSIGN(const std::string password,
             read_secret(job.context, "New password", job.call.has("--password-stdin"), true));
  return json::object{{"password", password}, {"forceChangePasswordNextSignIn", false}};
}

// alice → alice@the tenant's domain.
Result<std::string> principal_name(Job& job) {
  if (job.name().find('@') != std::string::npos) return job.name();
  TRY_ASSIGN(const json::array tenants,
             job.api.list(Face::kManagement, versioned("/tenants", kSubscriptionVersion)));
  std::string domain = tenants.empty() ? "" : text_at(tenants.front(), "defaultDomain");
  if (domain.empty()) domain = job.api.info().domain;
  return job.name() + "@" + (domain.empty() ? "localhost" : domain);
}

}  // namespace

Result<void> user_create(Job& job) {
  TRY_ASSIGN(const std::string name, principal_name(job));
  TRY_ASSIGN(json::object profile, password_profile(job));
  const std::string nick = name.substr(0, name.find('@'));
  const std::string display = job.call.value("--display-name");
  const json::object body{{"accountEnabled", true},
                          {"displayName", display.empty() ? nick : display},
                          {"mailNickname", nick},
                          {"userPrincipalName", name},
                          {"passwordProfile", std::move(profile)}};
  TRY_ASSIGN(const json::value user, graph_call(job, "POST", "/users", body));
  print_one(job.call, job.context, user, kColumns);
  return {};
}

Result<void> user_list(Job& job) {
  TRY_ASSIGN(const json::array rows, graph_list(job, "/users"));
  print_rows(job.call, job.context, rows, kColumns);
  return {};
}

Result<void> user_show(Job& job) {
  TRY_ASSIGN(const json::value user, find_user(job, job.name()));
  print_one(job.call, job.context, user, kColumns);
  return {};
}

Result<void> user_delete(Job& job) {
  TRY_ASSIGN(const json::value user, find_user(job, job.name()));
  const std::string name = text_at(user, "userPrincipalName");
  TRY(confirm(job.call, job.context, fmt::format("Delete the user {}?", name)));
  TRY(graph_call(job, "DELETE", "/users/" + text_at(user, "id"), nullptr));
  print_note(job.call, job.context, fmt::format("Deleted the user {}.", name));
  return {};
}

Result<void> user_set_password(Job& job) {
  TRY_ASSIGN(const json::value user, find_user(job, job.name()));
  TRY_ASSIGN(json::object profile, password_profile(job));
  TRY(graph_call(job, "PATCH", "/users/" + text_at(user, "id"),
                 json::object{{"passwordProfile", std::move(profile)}}));
  print_note(job.call, job.context,
             fmt::format("Set the password of {}; what was signed in with the old one is out.",
                         text_at(user, "userPrincipalName")));
  return {};
}

}  // namespace berth::cli
