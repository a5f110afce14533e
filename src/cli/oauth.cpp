#include "cli/oauth.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <thread>
#include <utility>

#include "cli/api_error.h"
#include "cli/json_text.h"
#include "client/http_client.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

// The public client id that Azure's own command line has; every authority knows it.
constexpr const char* kPublicClient = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
constexpr std::int64_t kMargin = 60;

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Result<client::HttpResponse> send(client::HttpRequest request, const std::string& ca_file) {
  request.ca_file = ca_file;
  auto answer = client::HttpClient().send(request);
  if (!answer) return fail(not_reached(std::move(answer.error())));
  return answer;
}

Result<json::value> get_json(const std::string& url, const std::string& ca_file) {
  client::HttpRequest request;
  request.url = url;
  TRY_ASSIGN(const auto answer, send(std::move(request), ca_file));
  if (answer.status != 200) return fail(api_error(answer));
  auto value = parse_json(answer.body);
  if (!value) {
    return fail(Code::kInternal, fmt::format("{} does not answer as Berth does", url));
  }
  return value;
}

Result<client::HttpResponse> post_form(const Login& login, const std::string& url,
                                       const std::vector<Field>& fields) {
  client::HttpRequest request;
  request.method = "POST";
  request.url = url;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = form_of(fields);
  return send(std::move(request), login.ca_file);
}

// The endpoint `url`, if it is the server's own.
Result<std::string> own(const std::string& server, std::string url) {
  const auto base = parse_url(server);
  const auto other = parse_url(url);
  if (base && other && same_server(*base, *other)) return url;
  return fail(Code::kDenied,
              fmt::format("{} names a sign-in address of another server, {}; it gets no credential",
                          server, url));
}

std::string scope_of(const std::string& resource) {
  return resource + "/.default";
}

Token token_of(Login& login, const json::value& answer) {
  if (auto refresh = text_at(answer, "refresh_token"); !refresh.empty()) {
    login.refresh_token = std::move(refresh);
  }
  return {text_at(answer, "access_token"), now() + number_at(answer, "expires_in")};
}

}  // namespace

Result<Discovered> discover(const std::string& server, const std::string& ca_file) {
  Discovered out;
  Login& login = out.login;
  login.server = server;
  login.ca_file = ca_file;
  login.client_id = kPublicClient;
  TRY_ASSIGN(const json::value metadata,
             get_json(server + "/metadata/endpoints?api-version=2019-05-01", ca_file));
  const json::value first = metadata.is_array() && !metadata.get_array().empty()
                                ? metadata.get_array().front()
                                : metadata;
  const auto& audiences = array_at(first, "authentication.audiences");
  if (audiences.empty() || !audiences.front().is_string()) {
    return fail(
        Code::kInternal,
        fmt::format("{} does not say how to sign in; is it https://management.DOMAIN?", server));
  }
  login.management_audience = audiences.front().get_string();
  login.graph_audience = text_at(first, "microsoftGraphResourceId");
  TRY_ASSIGN(login.graph, own(server, login.graph_audience));
  while (login.graph.ends_with('/')) login.graph.pop_back();
  std::string authority = text_at(first, "authentication.loginEndpoint");
  while (authority.ends_with('/')) authority.pop_back();
  TRY_ASSIGN(authority, own(server, std::move(authority)));
  TRY_ASSIGN(const json::value openid,
             get_json(authority + "/.well-known/openid-configuration", ca_file));
  TRY_ASSIGN(login.token_url, own(server, text_at(openid, "token_endpoint")));
  if (std::string device = text_at(openid, "device_authorization_endpoint"); !device.empty()) {
    TRY_ASSIGN(out.device_url, own(server, std::move(device)));
  }
  return out;
}

Result<Token> request_token(Login& login, const std::string& resource, std::vector<Field> grant) {
  const bool user = grant.front().value != "client_credentials";
  grant.push_back({"scope", scope_of(resource) + (user ? " offline_access openid profile" : "")});
  TRY_ASSIGN(const auto answer, post_form(login, login.token_url, grant));
  if (answer.status != 200) {
    Error error = api_error(answer);
    error.details.clear();  // the general hint says to do what was just tried
    return fail(std::move(error));
  }
  const auto value = parse_json(answer.body);
  Token token = value ? token_of(login, *value) : Token{};
  if (token.value.empty()) return fail(Code::kInternal, "the server answered without a token");
  return token;
}

Result<Token> device_token(Login& login, const std::string& device_url, const Show& show) {
  if (device_url.empty()) return fail(Code::kInvalidRequest, "the server has no device sign-in");
  TRY_ASSIGN(const auto answer,
             post_form(login, device_url,
                       {{"client_id", login.client_id},
                        {"scope", scope_of(login.management_audience) + " offline_access"}}));
  if (answer.status != 200) return fail(api_error(answer));
  const auto value = parse_json(answer.body).value_or(json::value(nullptr));
  show(text_at(value, "message"));
  const std::int64_t end = now() + std::max<std::int64_t>(number_at(value, "expires_in"), 1);
  const auto pause =
      std::chrono::seconds(std::clamp<std::int64_t>(number_at(value, "interval"), 1, 60));
  while (now() < end) {
    auto token = request_token(login, login.management_audience,
                               {{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                                {"client_id", login.client_id},
                                {"device_code", text_at(value, "device_code")}});
    if (token) return token;
    const std::string& why = token.error().exact_code;
    if (why != "authorization_pending" && why != "slow_down") return token;
    std::this_thread::sleep_for(why == "slow_down" ? 2 * pause : pause);
  }
  return fail(Code::kUnauthorized, "nobody signed in before the code expired; try again");
}

Result<Token> fresh_token(Login& login, Token Login::*which, const std::string& resource) {
  Token& stored = login.*which;
  if (!stored.value.empty() && stored.expires_at - kMargin > now()) return stored;
  if (login.refresh_token.empty()) {
    return fail(with_hint({Code::kUnauthorized,
                           fmt::format("the login of {} to {} is over", login.user, login.server)},
                          fmt::format("sign in again: berth login --server {}", login.server)));
  }
  auto token = request_token(login, resource,
                             {{"grant_type", "refresh_token"},
                              {"client_id", login.client_id},
                              {"refresh_token", login.refresh_token}});
  if (!token) {
    return fail(with_hint(std::move(token.error()),
                          fmt::format("sign in again: berth login --server {}", login.server)));
  }
  stored = *token;
  return token;
}

}  // namespace berth::cli
