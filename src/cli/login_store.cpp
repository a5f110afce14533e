#include "cli/login_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "cli/json_text.h"
#include "cli/private_file.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

struct TextField {
  std::string_view name;
  std::string Login::*member;
};
constexpr std::array kTexts = {
    TextField{"server", &Login::server},
    TextField{"caFile", &Login::ca_file},
    TextField{"user", &Login::user},
    TextField{"clientId", &Login::client_id},
    TextField{"tenant", &Login::tenant},
    TextField{"subscription", &Login::subscription},
    TextField{"tokenUrl", &Login::token_url},
    TextField{"managementAudience", &Login::management_audience},
    TextField{"graph", &Login::graph},
    TextField{"graphAudience", &Login::graph_audience},
    TextField{"refreshToken", &Login::refresh_token},
};
struct TokenField {
  std::string_view name;
  Token Login::*member;
};
constexpr std::array kTokens = {TokenField{"managementToken", &Login::management_token},
                                TokenField{"graphToken", &Login::graph_token}};

json::object to_json(const Login& login) {
  json::object out;
  for (const TextField& field : kTexts) out[field.name] = login.*field.member;
  for (const TokenField& field : kTokens) {
    const Token& token = login.*field.member;
    out[field.name] = json::object{{"value", token.value}, {"expiresAt", token.expires_at}};
  }
  return out;
}

Login from_json(const json::value& value) {
  Login login;
  for (const TextField& field : kTexts) login.*field.member = text_at(value, field.name);
  for (const TokenField& field : kTokens) {
    const std::string name(field.name);
    login.*field.member = {text_at(value, name + ".value"), number_at(value, name + ".expiresAt")};
  }
  return login;
}

Result<std::string> path_of(const Context& context) {
  const std::string directory = config_directory(context);
  if (directory.empty()) {
    return fail(Code::kInvalidRequest, "logins are kept in $XDG_CONFIG_HOME or $HOME; set one");
  }
  return directory + "/logins.json";
}

}  // namespace

Login* Logins::find(const std::string& server) {
  const auto at = std::find_if(logins.begin(), logins.end(),
                               [&](const Login& login) { return login.server == server; });
  return at == logins.end() ? nullptr : &*at;
}

void Logins::put(Login login) {
  current = login.server;
  if (Login* const old = find(login.server)) {
    *old = std::move(login);
  } else {
    logins.push_back(std::move(login));
  }
}

bool Logins::remove(const std::string& server) {
  if (current == server) current.clear();
  return std::erase_if(logins, [&](const Login& login) { return login.server == server; }) > 0;
}

std::string config_directory(const Context& context) {
  if (const std::string xdg = context.variable("XDG_CONFIG_HOME"); !xdg.empty()) {
    return xdg + "/berth";
  }
  const std::string home = context.variable("HOME");
  return home.empty() ? "" : home + "/.config/berth";
}

Result<Logins> load_logins(const Context& context) {
  if (config_directory(context).empty()) return Logins{};
  TRY_ASSIGN(const std::string path, path_of(context));
  TRY_ASSIGN(const auto text, read_private(path));
  Logins out;
  if (!text) return out;
  const auto value = parse_json(*text);
  if (!value || !value->is_object()) {
    return fail(Code::kInvalidRequest, fmt::format("{} is damaged; remove it and log in", path));
  }
  out.current = text_at(*value, "current");
  out.local_data = text_at(*value, "localData");
  for (const json::value& login : array_at(*value, "logins")) {
    out.logins.push_back(from_json(login));
  }
  return out;
}

Result<void> save_logins(const Context& context, const Logins& logins) {
  TRY_ASSIGN(const std::string path, path_of(context));
  json::array rows;
  for (const Login& login : logins.logins) rows.push_back(to_json(login));
  const json::object out{
      {"current", logins.current}, {"localData", logins.local_data}, {"logins", std::move(rows)}};
  return write_private(path, pretty(out));
}

}  // namespace berth::cli
