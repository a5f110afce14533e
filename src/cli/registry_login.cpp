#include "cli/registry_login.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <utility>

#include "cli/api_error.h"
#include "cli/json_text.h"
#include "cli/url.h"
#include "client/http_client.h"
#include "crypto/encoding.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

Error no_registry(const ApiClient& api, const std::string& typed) {
  const std::string& domain = api.info().domain;
  Error error(Code::kResourceUnknown, fmt::format("{} is not a registry of this server", typed));
  return with_hint(std::move(error), domain.empty()
                                         ? "it has no domain; its one registry is the default one, "
                                           "on localhost"
                                         : "its registries are called NAME." + domain);
}

Result<Place> default_place(const ApiClient& api) {
  if (!api.local() || api.info().http_listen.empty()) {
    return fail(wrong_usage("say which registry: berth login NAME"));
  }
  return Place{api.info().http_listen.front(), "default"};
}

// Only the port says which server of this machine is meant.
Result<Place> laptop_place(const ApiClient& api, const Url& url) {
  const auto& listen = api.info().http_listen;
  const bool ours = std::any_of(listen.begin(), listen.end(), [&](const std::string& place) {
    const auto known = parse_url(place);
    return known && known->port == url.port;
  });
  if (api.local() && ours) return Place{url.authority(), "default"};
  return fail(with_hint(
      {Code::kResourceUnknown, fmt::format("the server does not listen on {}", url.authority())},
      listen.empty() ? "it serves nothing on plain HTTP" : "it listens on " + listen.front()));
}

Result<client::HttpResponse> send(const client::HttpRequest& request) {
  auto answer = client::HttpClient().send(request);
  if (!answer) return fail(not_reached(std::move(answer.error())));
  return answer;
}

std::int64_t seconds_left(const std::string& token) {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  return std::max<std::int64_t>(0, number_at(claims_of(token), "exp") - now);
}

}  // namespace

Result<Place> place_of(const ApiClient& api, const std::string& typed) {
  if (typed.empty()) return default_place(api);
  const auto url = parse_url(typed);
  if (!url) return fail(wrong_usage(fmt::format("{} is not the name of a registry", typed)));
  if (url->loopback()) return laptop_place(api, *url);
  const std::string& domain = api.info().domain;
  const std::string tail = "." + domain;
  const std::string port = api.info().port.empty() ? "" : ":" + api.info().port;
  if (url->host.find('.') == std::string::npos && url->port.empty()) {
    if (!domain.empty()) return Place{url->host + tail + port, url->host};
    if (url->host == "default") return default_place(api);
  } else if (!domain.empty() && url->host.ends_with(tail) &&
             (url->port.empty() || ":" + url->port == (port.empty() ? ":443" : port))) {
    const std::string name = url->host.substr(0, url->host.size() - tail.size());
    // Every registry is behind the one HTTPS port: whoever left it out meant it.
    if (name.find('.') == std::string::npos) {
      return Place{url->port.empty() ? url->host + port : url->authority(), name};
    }
  }
  return fail(no_registry(api, typed));
}

Result<RegistryToken> registry_token(ApiClient& api, const Place& place) {
  if (!api.local()) {
    TRY_ASSIGN(const Token token, api.management_token());
    return exchange(place.server, api.login().tenant, token.value, api.login().ca_file);
  }
  auto answer = api.send(Face::kMachine, "POST", "/berth/v1/registryToken",
                         json::object{{"registry", place.registry}});
  if (!answer && answer.error().code == Code::kResourceUnknown) {
    return fail(with_hint(std::move(answer.error()), "berth registry list shows every registry"));
  }
  if (!answer) return fail(std::move(answer.error()));
  RegistryToken token{text_at(*answer, "refreshToken"), number_at(*answer, "expiresIn")};
  if (token.secret.empty()) return fail(Code::kInternal, "the server answered without a token");
  return token;
}

Result<RegistryToken> exchange(const std::string& server, const std::string& tenant,
                               const std::string& access_token, const std::string& ca_file) {
  const auto url = parse_url(server);
  if (!url || url->scheme != "https") {
    return fail(Code::kInvalidRequest, fmt::format("{} is not spoken to with https", server));
  }
  client::HttpRequest request;
  request.method = "POST";
  request.url = url->origin() + "/oauth2/exchange";
  request.ca_file = ca_file;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  std::vector<Field> fields = {
      {"grant_type", "access_token"}, {"service", url->host}, {"access_token", access_token}};
  if (!tenant.empty()) fields.push_back({"tenant", tenant});
  request.body = form_of(fields);
  TRY_ASSIGN(const auto answer, send(request));
  if (answer.status == 401) {
    return fail(with_hint(api_error(answer),
                          "you may have no role there: an Owner gives one with berth role assign "
                          "AcrPull --assignee YOU --registry NAME"));
  }
  if (answer.status != 200) return fail(api_error(answer));
  const auto value = parse_json(answer.body).value_or(json::value(nullptr));
  const std::string token = text_at(value, "refresh_token");
  if (token.empty()) return fail(Code::kInternal, "the registry answered without a token");
  return RegistryToken{token, seconds_left(token)};
}

Result<void> try_password(const std::string& server, const std::string& username,
                          const std::string& password, const std::string& ca_file) {
  const auto url = parse_url(server);
  if (!url) return fail(wrong_usage(fmt::format("{} is not the name of a registry", server)));
  client::HttpRequest request;
  const std::string service = url->loopback() ? url->authority() : url->host;
  request.url = url->origin() + "/oauth2/token?" +
                form_of({{"account", username}, {"client_id", "berth"}, {"service", service}});
  request.ca_file = ca_file;
  request.headers = {{"Authorization", "Basic " + crypto::base64(username + ":" + password)}};
  TRY_ASSIGN(const auto answer, send(request));
  if (answer.status == 200) return {};
  Error error = api_error(answer);
  return fail(answer.status == 401 ? with_hint(std::move(error),
                                               "the user name (name@DOMAIN for people) or the "
                                               "password is wrong, was switched off or has ended, "
                                               "or it has no role on this registry: see 'berth "
                                               "role assign'; the server's log has the reason")
                                   : std::move(error));
}

}  // namespace berth::cli
