// `berth logout`.
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <ostream>
#include <utility>

#include "cli/credential_files.h"
#include "cli/login_store.h"
#include "cli/output.h"
#include "cli/registry_login.h"
#include "cli/signin_verbs.h"
#include "cli/url.h"

namespace berth::cli {
namespace {

Result<void> forget_registry(const Invocation& call, Context& context, const std::string& typed) {
  std::string server;
  const auto url = parse_url(typed);
  if (typed.find_first_of(".:") != std::string::npos && url) {
    server = url->authority();
  } else {
    TRY_ASSIGN(const ApiClient api, ApiClient::open(call, context));
    TRY_ASSIGN(const Place place, place_of(api, typed));
    server = place.server;
  }
  bool found = false;
  for (const CredentialFile& file : credential_files(context)) {
    TRY_ASSIGN(const bool here, file.erase(server));
    found = found || here;
  }
  print_note(call, context,
             found ? fmt::format("Removed the credential for {}.", server)
                   : fmt::format("There was no credential for {}.", server));
  return {};
}

Result<void> forget_server(const Invocation& call, Context& context, std::string server) {
  TRY_ASSIGN(Logins logins, load_logins(context));
  if (server.empty()) server = logins.current;
  if (const auto url = parse_url(server)) server = url->origin();
  const bool found = logins.remove(server);
  if (found) TRY(save_logins(context, logins));
  print_note(call, context,
             found ? fmt::format("Forgot the login to {}.", server)
                   : fmt::format("There was no login to {}.", server));
  return {};
}

// Without a word: the login to a remote server, else the default registry of the local one.
Result<void> logout(const Invocation& call, Context& context) {
  const std::string typed = call.words.empty() ? "" : call.words.front();
  const auto url = parse_url(typed);
  if (url && url->host.starts_with("management.")) return forget_server(call, context, typed);
  if (!typed.empty()) return forget_registry(call, context, typed);
  TRY_ASSIGN(const Logins logins, load_logins(context));
  if (call.has("--server") || !logins.current.empty()) {
    return forget_server(call, context, call.value("--server"));
  }
  return forget_registry(call, context, typed);
}

}  // namespace

int run_logout(const Invocation& call, Context& context) {
  const auto done = logout(call, context);
  return done ? kGood : report(context, done.error());
}

}  // namespace berth::cli
