// `docker-credential-berth`: docker's credential helper protocol. `get` makes a fresh token; what
// docker stores besides, user names with passwords, lies in a file of ours.
#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <ostream>
#include <utility>

#include "cli/arm.h"
#include "cli/ask.h"
#include "cli/credential_files.h"
#include "cli/json_text.h"
#include "cli/registry_login.h"
#include "cli/signin_verbs.h"
#include "cli/url.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

// Clients compare these texts.
constexpr const char* kNotFound = "credentials not found in native keychain";
constexpr const char* kNoServer = "no credentials server URL";
constexpr const char* kNoUser = "no credentials username";
constexpr std::size_t kMaxInput = 64UL * 1024;

// The host of what docker calls a server; empty for what is none.
std::string host_of(const std::string& server) {
  const auto url = parse_url(server);
  return url ? url->authority() : "";
}

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

CredentialFile own_file(const Context& context) {
  return {context, config_directory(context) + "/credentials.json"};
}

void print_credential(Context& context, const std::string& server, const Credential& found) {
  context.out << json::serialize(json::object{
                     {"ServerURL", server}, {"Username", found.username}, {"Secret", found.secret}})
              << '\n';
}

Result<void> get(const Invocation& call, Context& context, const std::string& input) {
  const std::string server = trimmed(input);
  if (server.empty()) return fail(Code::kInvalidRequest, kNoServer);
  TRY_ASSIGN(const auto kept, own_file(context).get(host_of(server)));
  if (kept) {
    print_credential(context, server, *kept);
    return {};
  }
  // Whoever has no way to sign in, and every foreign registry: docker goes on without.
  auto api = ApiClient::open(call, context);
  if (!api) return fail(Code::kResourceUnknown, kNotFound);
  const auto place = place_of(*api, server);
  if (!place) return fail(Code::kResourceUnknown, kNotFound);
  TRY_ASSIGN(const RegistryToken token, registry_token(*api, *place));
  print_credential(context, server, {place->server, kTokenUser, token.secret});
  return {};
}

Result<void> store(const Invocation&, Context& context, const std::string& input) {
  TRY_ASSIGN(const json::value request, parse_json(input));
  const Credential credential{host_of(text_at(request, "ServerURL")), text_at(request, "Username"),
                              text_at(request, "Secret")};
  if (credential.server.empty()) return fail(Code::kInvalidRequest, kNoServer);
  if (credential.username.empty()) return fail(Code::kInvalidRequest, kNoUser);
  // A token ends; `get` makes a new one whenever it is asked.
  if (credential.username == kTokenUser) return {};
  return own_file(context).store(credential);
}

Result<void> erase(const Invocation&, Context& context, const std::string& input) {
  const std::string server = host_of(trimmed(input));
  if (server.empty()) return fail(Code::kInvalidRequest, kNoServer);
  TRY(own_file(context).erase(server));
  return {};
}

Result<void> list(const Invocation& call, Context& context, const std::string&) {
  json::object out;
  TRY_ASSIGN(const auto kept, own_file(context).list());
  for (const Credential& credential : kept) out[credential.server] = credential.username;
  if (auto api = ApiClient::open(call, context); api) {
    for (const std::string& place : api->info().http_listen) out.emplace(place, kTokenUser);
    Job job{call, context, *api};
    const auto subscription = subscription_id(job);
    const auto registries =
        subscription ? api->list(Face::kManagement,
                                 versioned(*subscription + "/providers/"
                                                           "Microsoft.ContainerRegistry/registries",
                                           kRegistryVersion))
                     : Result<json::array>(json::array{});
    for (const json::value& registry : registries.value_or(json::array{})) {
      const std::string server = text_at(registry, "properties.loginServer");
      if (!api->info().domain.empty() && !server.empty()) out.emplace(server, kTokenUser);
    }
  }
  context.out << json::serialize(out) << '\n';
  return {};
}

struct Operation {
  std::string_view name;
  Result<void> (*run)(const Invocation&, Context&, const std::string& input);
};
constexpr std::array kOperations = {Operation{"get", &get}, Operation{"store", &store},
                                    Operation{"erase", &erase}, Operation{"list", &list}};

}  // namespace

int run_docker_credential(const Invocation& call, Context& context) {
  for (const Operation& operation : kOperations) {
    if (operation.name != call.words.front()) continue;
    auto input =
        operation.name == "list" ? Result<std::string>("") : read_input(context, kMaxInput);
    const auto done =
        input ? operation.run(call, context, *input) : Result<void>(fail(input.error()));
    if (done) return kGood;
    context.out << done.error().message << '\n';
    return kProblem;
  }
  return kUsage;
}

}  // namespace berth::cli
