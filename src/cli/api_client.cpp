#include "cli/api_client.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/api_error.h"
#include "cli/json_text.h"
#include "cli/oauth.h"
#include "cli/url.h"
#include "cli/verbs.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxPages = 1000;
constexpr std::size_t kMaxBody = 64UL * 1024 * 1024;
// The explanation of a condition is as deep as the condition, twice.
constexpr std::size_t kMaxDepth = 256;

// The absolute URL of a list's next page; empty on the last one. Graph's name has a dot in it.
std::string next_of(const json::value& page) {
  for (const std::string_view name : {"nextLink", "@odata.nextLink"}) {
    const json::value* link = page.is_object() ? page.get_object().if_contains(name) : nullptr;
    if (link != nullptr && link->is_string()) return std::string(link->get_string());
  }
  return {};
}

std::string absolute(const std::string& path) {
  std::error_code error;
  const auto out = std::filesystem::absolute(path, error);
  return error ? path : out.lexically_normal().string();
}

Result<Login> remote_login(const std::string& named, Logins& logins) {
  const auto url = parse_url(named);
  const std::string server = named.empty() ? logins.current : url ? url->origin() : named;
  if (Login* const login = logins.find(server)) return *login;
  return fail(with_hint({Code::kUnauthorized, fmt::format("there is no login for {}", server)},
                        fmt::format("sign in first: berth login --server {}", server)));
}

ServerInfo info_of(const Login& login) {
  ServerInfo info;
  info.tenant = login.tenant;
  info.subscription = login.subscription;
  info.graph = login.graph;
  if (const auto url = parse_url(login.server)) {
    info.domain = url->domain();
    info.port = url->port;
  }
  return info;
}

Result<json::value> body_of(const client::HttpResponse& answer) {
  if (answer.body.empty()) return json::value(nullptr);
  auto value = parse_json(answer.body, kMaxDepth);
  if (!value) return fail(Code::kInternal, "the server's answer is no JSON");
  return value;
}

// Nobody named the directory: in a shared one, such as /tmp, somebody else may have put a socket
// there to be told passwords.
bool is_a_strangers(const std::string& socket) {
  struct stat info {};
  return ::lstat(socket.c_str(), &info) == 0 && info.st_uid != 0 && info.st_uid != ::geteuid();
}
Error stranger(const std::string& socket) {
  return with_hint({Code::kUnavailable, socket + " belongs to another user, so it is not used"},
                   "name the data directory with --data if it is the server you mean");
}

}  // namespace

Result<ApiClient> ApiClient::open(const Invocation& call, const Context& context) {
  ApiClient out(context);
  TRY_ASSIGN(Logins logins, load_logins(context));
  Error local_problem;
  if (!call.has("--server")) {
    const auto config = server::load_config(config_input(call, context));
    if (!config) return fail(wrong_usage(config.error().front().message));
    std::vector<std::string> places = {config->config.server.data};
    // Without a word about where the data is, the server that was last used is meant.
    if (!call.has("--data") && !logins.local_data.empty()) places.push_back(logins.local_data);
    const bool named = std::ranges::any_of(config->values, [](const server::EffectiveValue& value) {
      return value.key == "server.data" && !value.is_default;
    });
    for (const std::string& data : places) {
      out.data_ = absolute(data);
      out.socket_ = out.data_ + "/berth.sock";
      if (!named && is_a_strangers(out.socket_)) {
        if (local_problem.message.empty()) local_problem = stranger(out.socket_);
        continue;
      }
      const auto known = out.learn_info();
      if (known) return out;
      if (local_problem.message.empty()) local_problem = known.error();
    }
    out.data_.clear();
    out.socket_.clear();
    // Only "nobody is there" and "not for you" make a remote login the one that is meant.
    const bool absent = local_problem.code == Code::kUnavailable;
    if (logins.current.empty() || (!absent && local_problem.code != Code::kDenied)) {
      return fail(std::move(local_problem));
    }
  }
  TRY_ASSIGN(out.login_, remote_login(call.value("--server"), logins));
  out.info_ = info_of(out.login_);
  return out;
}

Result<void> ApiClient::learn_info() {
  auto answer = get(Face::kMachine, "/berth/v1/info");
  if (!answer) return fail(std::move(answer.error()));
  info_.version = text_at(*answer, "version");
  info_.domain = text_at(*answer, "domain");
  info_.tenant = text_at(*answer, "tenantId");
  info_.subscription = text_at(*answer, "subscriptionId");
  info_.graph = text_at(*answer, "faces.graph");
  for (const json::value& place : array_at(*answer, "httpListen")) {
    if (place.is_string()) info_.http_listen.emplace_back(place.get_string());
  }
  if (const auto port = number_at(*answer, "httpsPort"); port != 0 && port != 443) {
    info_.port = std::to_string(port);
  }
  return {};
}

Result<Token> ApiClient::token(Token Login::*which, const std::string& resource) {
  const Token before = login_.*which;
  TRY_ASSIGN(const Token out, fresh_token(login_, which, resource));
  if (out.value != before.value) {
    // Read again: another `berth` may have written meanwhile.
    TRY_ASSIGN(Logins logins, load_logins(*context_));
    const std::string current = logins.current;
    logins.put(login_);
    logins.current = current;
    TRY(save_logins(*context_, logins));
  }
  return out;
}

Result<Token> ApiClient::management_token() {
  return token(&Login::management_token, login_.management_audience);
}

Result<std::string> ApiClient::subscription() {
  if (!info_.subscription.empty() || local()) return info_.subscription;
  // Nothing was visible when the caller signed in; a role may have come since.
  TRY_ASSIGN(const json::array rows,
             list(Face::kManagement, "/subscriptions?api-version=2019-11-01"));
  if (!rows.empty()) info_.subscription = text_at(rows.front(), "subscriptionId");
  return info_.subscription;
}

Result<void> ApiClient::address(Face face, const std::string& target,
                                client::HttpRequest& request) {
  if (local()) {
    request.unix_socket = socket_;
    request.url = "http://localhost" + target;
    return {};
  }
  if (face == Face::kMachine) {
    return fail(Code::kInvalidRequest, "this works on the server's own machine only");
  }
  const bool graph = face == Face::kGraph;
  request.url = (graph ? login_.graph : login_.server) + target;
  request.ca_file = login_.ca_file;
  TRY_ASSIGN(const Token bearer,
             graph ? token(&Login::graph_token, login_.graph_audience) : management_token());
  request.headers.push_back({"Authorization", "Bearer " + bearer.value});
  return {};
}

Result<client::HttpResponse> ApiClient::exchange(Face face, client::HttpRequest& request,
                                                 const std::string& target) {
  request.max_answer_bytes = kMaxBody;
  TRY(address(face, target, request));
  auto answer = http_.send(request);
  if (!answer) {
    const bool denied = answer.error().code == Code::kDenied;
    const char* const hint =
        !local() ? "berth login --ca-file names the authority that the server's certificate is from"
        : !denied
            ? "start it with berth serve, name its directory with --data, or sign in to "
              "another with berth login --server https://management.DOMAIN"
            : "run this as root or as the server's user, or sign in with berth login --server";
    return fail(with_hint(std::move(answer.error()), hint));
  }
  if (answer->status < 200 || answer->status > 299) return fail(api_error(*answer));
  return answer;
}

Result<json::value> ApiClient::send(Face face, std::string_view method, const std::string& target,
                                    const json::value& body, const std::string& version) {
  client::HttpRequest request;
  request.method = method;
  if (!version.empty()) request.headers.push_back({"If-Match", version});
  if (!body.is_null()) {
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = json::serialize(body);
  }
  TRY_ASSIGN(const client::HttpResponse answer, exchange(face, request, target));
  return body_of(answer);
}

Result<json::value> ApiClient::get(Face face, const std::string& target) {
  return send(face, "GET", target, nullptr);
}

Result<json::value> ApiClient::get(Face face, const std::string& target, std::string& version) {
  client::HttpRequest request;
  TRY_ASSIGN(const client::HttpResponse answer, exchange(face, request, target));
  const std::string* const tag = answer.header("ETag");
  version = tag == nullptr ? "" : *tag;
  return body_of(answer);
}

Result<json::array> ApiClient::list(Face face, const std::string& target) {
  json::array out;
  std::string next = target;
  for (std::size_t page = 0; page < kMaxPages && !next.empty(); ++page) {
    TRY_ASSIGN(const json::value value, get(face, next));
    for (const json::value& item : array_at(value, "value")) out.push_back(item);
    // Only the path: the next page is asked of the same server.
    const auto link = parse_url(next_of(value));
    next = link ? link->target : "";
  }
  return out;
}

}  // namespace berth::cli
