// `berth whoami`: who the server takes one for, and what is about to end.
#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdio>
#include <ostream>
#include <utility>

#include "base/clock.h"
#include "cli/arm.h"
#include "cli/directory.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/signin_verbs.h"

namespace berth::cli {
namespace {

namespace json = boost::json;
using std::chrono::days;

constexpr int kWarnDays = 30;
constexpr std::array kColumns = {Column{"USER", "user"},
                                 Column{"TENANT", "tenant"},
                                 Column{"DIRECTORY", "directory"},
                                 Column{"SUBSCRIPTION", "subscription"},
                                 Column{"SERVER", "server"},
                                 Column{"HOW", "how"},
                                 Column{"TOKEN UNTIL", "expiresOn"}};

// Whole days from now to "2026-11-22T04:43:00Z"; nullopt for another text.
std::optional<int> days_until(const std::string& time) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  if (std::sscanf(time.c_str(), "%4d-%2u-%2uT", &year, &month, &day) != 3) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  const auto today = std::chrono::floor<days>(std::chrono::system_clock::now());
  return static_cast<int>((std::chrono::sys_days(date) - today).count());
}

// Secrets of applications that end within a month. Who may not read them is not told.
json::array expiring_secrets(Job& job) {
  json::array out;
  const auto applications = graph_list(job, "/applications");
  if (!applications) return out;
  for (const json::value& application : *applications) {
    for (const json::value& secret : array_at(application, "passwordCredentials")) {
      const auto left = days_until(text_at(secret, "endDateTime"));
      if (!left || *left > kWarnDays) continue;
      out.push_back(json::object{{"displayName", text_at(application, "displayName")},
                                 {"appId", text_at(application, "appId")},
                                 {"keyId", text_at(secret, "keyId")},
                                 {"endDateTime", text_at(secret, "endDateTime")},
                                 {"daysLeft", *left}});
    }
  }
  return out;
}

std::string directory_of(Job& job) {
  const auto tenants = job.api.list(Face::kManagement, versioned("/tenants", kSubscriptionVersion));
  if (!tenants || tenants->empty()) return {};
  const std::string domain = text_at(tenants->front(), "defaultDomain");
  const std::string name = text_at(tenants->front(), "displayName");
  return domain.empty() || domain == name ? name : fmt::format("{} ({})", name, domain);
}

json::object describe(Job& job) {
  const ServerInfo& info = job.api.info();
  const Login& login = job.api.login();
  json::object out{{"user", job.api.local() ? "Owner" : login.user},
                   {"tenant", info.tenant},
                   {"directory", directory_of(job)},
                   {"subscription", info.subscription}};
  out["server"] = job.api.local() ? job.api.socket() : login.server;
  out["how"] = job.api.local() ? "socket" : "login";
  if (!job.api.local()) {
    const std::chrono::seconds end(job.api.login().management_token.expires_at);
    out["expiresOn"] = to_rfc3339(TimePoint(end));
  }
  return out;
}

}  // namespace

Result<void> whoami(Job& job) {
  // An old token is made anew, so that what is told is true.
  if (!job.api.local()) TRY(job.api.management_token());
  json::object shown = describe(job);
  const json::array secrets = expiring_secrets(job);
  shown["expiringSecrets"] = secrets;
  print_one(job.call, job.context, shown, kColumns);
  for (const json::value& secret : secrets) {
    const auto left = number_at(secret, "daysLeft");
    const std::string name = text_at(secret, "displayName");
    job.context.err << fmt::format(
        "warning: a secret of {} {} ({}): berth sp reset {} makes a new one\n", name,
        left < 0    ? "has ended"
        : left == 1 ? "ends in 1 day"
                    : fmt::format("ends in {} days", left),
        text_at(secret, "endDateTime"), name);
  }
  return {};
}

}  // namespace berth::cli
