// `berth login`: a registry's credential into the files of docker and podman.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <ostream>
#include <utility>

#include "cli/ask.h"
#include "cli/credential_files.h"
#include "cli/output.h"
#include "cli/registry_login.h"
#include "cli/signin_verbs.h"
#include "cli/url.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

Result<void> check(const Invocation& call, const std::string& server) {
  if (call.has("--password")) {
    return fail(
        wrong_usage("berth login: a password on the command line is seen by every user of "
                    "the machine; use --password-stdin"));
  }
  if (call.has("--username") && server.empty() && call.words.empty()) {
    return fail(wrong_usage("berth login: say where to sign in: a registry, or --server URL"));
  }
  if (server.empty() && (call.has("--service-principal") || call.has("--device-code"))) {
    return fail(wrong_usage(
        fmt::format("berth login: {} goes with --server URL",
                    call.has("--device-code") ? "--device-code" : "--service-principal")));
  }
  return {};
}

void say_if_lowered(const Context& context, const std::string& typed, const std::string& server) {
  if (std::any_of(typed.begin(), typed.end(),
                  [](unsigned char c) { return std::isupper(c) != 0; })) {
    context.err << fmt::format("note: clients want the name in lower case: {}\n", server);
  }
}

Result<void> store(const Invocation& call, Context& context, const Credential& credential,
                   std::int64_t seconds) {
  const auto files = credential_files(context);
  if (files.empty()) {
    return fail(Code::kInvalidRequest, "credentials are kept in $DOCKER_CONFIG or $HOME; set one");
  }
  json::array paths;
  for (const CredentialFile& file : files) {
    TRY(file.store(credential));
    paths.emplace_back(file.path());
  }
  json::object shown{{"loginServer", credential.server}, {"username", credential.username}};
  if (seconds > 0) shown["expiresIn"] = seconds;
  shown["files"] = std::move(paths);
  constexpr std::array kColumns = {Column{"LOGIN SERVER", "loginServer"},
                                   Column{"USERNAME", "username"}, Column{"FILES", "files"}};
  if (call.json() || call.value("--output") == "tsv") {
    print_one(call, context, shown, kColumns);
  } else {
    context.out << fmt::format("Signed in to {}{}.\n", credential.server,
                               seconds > 0 ? fmt::format(" for {} min", seconds / 60) : "");
  }
  return {};
}

void expose(Context& context, const Credential& credential) {
  context.out << json::serialize(json::object{{"loginServer", credential.server},
                                              {"accessToken", credential.secret},
                                              {"username", credential.username}})
              << '\n';
}

// Programs that run elsewhere, such as docker-credential-berth, find the server again.
void remember_local(const Context& context, const ApiClient& api) {
  auto logins = load_logins(context);
  if (!api.local() || !logins || config_directory(context).empty()) return;
  if (logins->local_data == api.data()) return;
  logins->local_data = api.data();
  static_cast<void>(save_logins(context, *logins));
}

Result<void> with_token(const Invocation& call, Context& context, const std::string& typed) {
  TRY_ASSIGN(ApiClient api, ApiClient::open(call, context));
  TRY_ASSIGN(const Place place, place_of(api, typed));
  say_if_lowered(context, typed, place.server);
  TRY_ASSIGN(const RegistryToken token, registry_token(api, place));
  const Credential credential{place.server, kTokenUser, token.secret};
  if (call.has("--expose-token")) {
    expose(context, credential);
    return {};
  }
  TRY(store(call, context, credential, token.expires_in));
  remember_local(context, api);
  return {};
}

// A name without a domain needs somebody who knows it; a whole one needs nobody.
Result<std::string> server_of(const Invocation& call, const Context& context,
                              const std::string& typed) {
  if (typed.find_first_of(".:") != std::string::npos) {
    const auto url = parse_url(typed);
    if (!url) return fail(wrong_usage(fmt::format("{} is not the name of a registry", typed)));
    return url->authority();
  }
  TRY_ASSIGN(const ApiClient api, ApiClient::open(call, context));
  TRY_ASSIGN(const Place place, place_of(api, typed));
  return place.server;
}

Result<void> with_password(const Invocation& call, Context& context, const std::string& typed) {
  TRY_ASSIGN(const std::string server, server_of(call, context, typed));
  say_if_lowered(context, typed, server);
  TRY_ASSIGN(const std::string password,
             read_secret(context, "Password", call.has("--password-stdin"), false));
  const Credential credential{server, call.value("--username"), password};
  TRY(try_password(server, credential.username, password, call.value("--ca-file")));
  if (call.has("--expose-token")) {
    return fail(wrong_usage("berth login: --expose-token makes a token; leave --username away"));
  }
  return store(call, context, credential, 0);
}

Result<void> login(const Invocation& call, Context& context) {
  std::string server = call.value("--server");
  std::string registry = call.words.empty() ? "" : call.words.front();
  const auto url = parse_url(registry);
  if (server.empty() && url && url->host.starts_with("management.")) {
    server = std::exchange(registry, "");
  }
  TRY(check(call, server));
  // With a registry and no way to sign in, --server says whose stored login is meant.
  const bool stored = !registry.empty() && !call.has("--username") && !call.has("--device-code");
  if (!server.empty() && !stored) {
    TRY(login_to_server(call, context, server));
    if (registry.empty()) return {};
  } else if (call.has("--username")) {
    return with_password(call, context, registry);
  }
  return with_token(call, context, registry);
}

}  // namespace

int run_login(const Invocation& call, Context& context) {
  const auto done = login(call, context);
  return done ? kGood : report(context, done.error());
}

}  // namespace berth::cli
