// `berth login --server`: to the control plane of a remote server.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <ostream>
#include <utility>

#include "cli/api_client.h"
#include "cli/ask.h"
#include "cli/json_text.h"
#include "cli/oauth.h"
#include "cli/output.h"
#include "cli/signin_verbs.h"
#include "cli/url.h"
#include "client/http_client.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::array kColumns = {Column{"SERVER", "server"}, Column{"USER", "user"},
                                 Column{"TENANT", "tenant"},
                                 Column{"SUBSCRIPTION", "subscription"}};

Result<std::string> checked(const std::string& server) {
  const auto url = parse_url(server);
  if (url && (url->scheme == "https" || url->loopback())) return url->origin();
  return fail(
      wrong_usage(fmt::format("--server is {}; it must be https://management.DOMAIN", server)));
}

// A path that still leads there from another directory.
std::string absolute(const std::string& path) {
  std::error_code error;
  const auto out = std::filesystem::absolute(path, error);
  return path.empty() || error ? path : out.string();
}

Result<Token> with_password(const Invocation& call, Context& context, Login& login) {
  const bool program = call.has("--service-principal");
  login.user = call.value("--username");
  TRY_ASSIGN(const std::string secret, read_secret(context, program ? "Secret" : "Password",
                                                   call.has("--password-stdin"), false));
  std::vector<Field> grant;
  if (program) {
    login.client_id = login.user;
    grant = {{"grant_type", "client_credentials"},
             {"client_id", login.client_id},
             {"client_secret", secret}};
    // Its secret is not kept; so both tokens are asked for now.
    TRY_ASSIGN(login.graph_token, request_token(login, login.graph_audience, grant));
  } else {
    grant = {{"grant_type", "password"},
             {"client_id", login.client_id},
             {"username", login.user},
             {"password", secret}};
  }
  return request_token(login, login.management_audience, std::move(grant));
}

// The first subscription that the caller sees. None is no reason to refuse: pulling needs none.
void learn_subscription(Login& login) {
  client::HttpRequest request;
  request.url = login.server + "/subscriptions?api-version=2019-11-01";
  request.ca_file = login.ca_file;
  request.headers = {{"Authorization", "Bearer " + login.management_token.value}};
  const auto answer = client::HttpClient().send(request);
  if (!answer || answer->status != 200) return;
  const auto value = parse_json(answer->body).value_or(json::value(nullptr));
  const auto& rows = array_at(value, "value");
  if (!rows.empty()) login.subscription = text_at(rows.front(), "subscriptionId");
}

std::string name_in(const std::string& token) {
  const json::value claims = claims_of(token);
  for (const char* claim : {"upn", "preferred_username", "unique_name", "appid", "sub"}) {
    if (std::string name = text_at(claims, claim); !name.empty()) return name;
  }
  return {};
}

// The owner's socket goes before every login, and whoever signed in must not act as the owner
// unawares.
void note_what_is_used(const Invocation& call, Context& context, const Login& login) {
  Invocation next = call;
  for (const char* flag : {"--server", "--data"}) next.values.erase(flag);
  const auto api = ApiClient::open(next, context);
  if (!api || !api->local()) return;
  context.err << fmt::format(
      "note: commands still run as this machine's owner, over {}; with --server {} they run as "
      "{}\n",
      api->socket(), login.server, login.user);
}

}  // namespace

Result<void> login_to_server(const Invocation& call, Context& context, const std::string& server) {
  if (call.has("--service-principal") && !call.has("--username")) {
    return fail(wrong_usage("berth login --service-principal needs --username CLIENT-ID"));
  }
  TRY_ASSIGN(const std::string origin, checked(server));
  TRY_ASSIGN(auto found, discover(origin, absolute(call.value("--ca-file"))));
  Login& login = found.login;
  const bool device = call.has("--device-code") || !call.has("--username");
  const auto show = [&](const std::string& message) { context.err << message << '\n'; };
  TRY_ASSIGN(login.management_token, device ? device_token(login, found.device_url, show)
                                            : with_password(call, context, login));
  if (login.user.empty()) login.user = name_in(login.management_token.value);
  login.tenant = text_at(claims_of(login.management_token.value), "tid");
  if (login.tenant.empty()) login.tenant = call.value("--tenant");
  learn_subscription(login);
  TRY_ASSIGN(Logins logins, load_logins(context));
  logins.put(login);
  TRY(save_logins(context, logins));
  if (call.words.empty()) {
    const json::object shown{{"server", login.server},
                             {"user", login.user},
                             {"tenant", login.tenant},
                             {"subscription", login.subscription}};
    print_one(call, context, shown, kColumns);
    note_what_is_used(call, context, login);
  }
  return {};
}

}  // namespace berth::cli
