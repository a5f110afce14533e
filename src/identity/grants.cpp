#include "identity/grants.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "identity/login.h"
#include "policy/decision.h"

namespace berth::identity {
namespace {

namespace json = boost::json;

// Scopes that ask for a kind of answer and name no resource (OpenID Connect Core §3.1.2.1).
constexpr std::array<std::string_view, 4> kPlainScopes = {"openid", "profile", "email",
                                                          "offline_access"};

std::string person_key(std::string_view user) {
  return "user:" + lower(user.substr(0, Limits::kNameBytes));
}
std::string client_key(std::string_view client) {
  return "client:" + lower(client.substr(0, Limits::kNameBytes));
}

json::object token_answer(std::string access_token) {
  return {{"token_type", "Bearer"},
          {"expires_in", kAccessLifetime.count()},
          {"ext_expires_in", kAccessLifetime.count()},
          {"access_token", std::move(access_token)}};
}

// The resource of "https://management.berth.test//.default": all before the last '/'.
std::string_view resource_of_scope(std::string_view scope) {
  const std::size_t scheme = scope.find("://");
  const std::size_t slash = scope.rfind('/');
  if (scheme == std::string_view::npos || slash < scheme + 3) return scope;
  return scope.substr(0, slash);
}

const std::string& device_grant() {
  static const std::string kName = "urn:ietf:params:oauth:grant-type:device_code";
  return kName;
}

}  // namespace

Result<void> Grants::throttled(std::string_view address, std::string_view name) const {
  const auto free = p_.throttle.check(address, name);
  if (free) return {};
  Error error = refuse(Sts::kTooManyAttempts,
                       "Too many failed sign-ins from this address or for this name; wait.");
  for (const Detail& detail : free.error().details) error.details.push_back(detail);
  return fail(std::move(error));
}

Result<std::string> Grants::audience(const Form& form) const {
  std::string resource = without_end_slash(form.get("resource"));
  const bool by_resource = !resource.empty();
  std::string_view rest = by_resource ? std::string_view() : form.get("scope");
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    const bool plain =
        std::find(kPlainScopes.begin(), kPlainScopes.end(), word) != kPlainScopes.end();
    if (word.empty() || plain) continue;
    const std::string next = without_end_slash(resource_of_scope(word));
    if (!resource.empty() && next != resource) {
      return fail(refuse(Sts::kBadScope,
                         "The scopes name more than one resource; ask for each "
                         "with a request of its own."));
    }
    resource = next;
  }
  if (resource.empty()) return p_.names.graph();
  std::string found = p_.names.audience(resource, *p_.directory.policy().current());
  if (!found.empty()) return found;
  return fail(refuse(
      Sts::kUnknownResource,
      fmt::format("The resource principal named {} was not found in the tenant. This directory "
                  "gives tokens for {}, {}, {} and https://<registry>.{}.",
                  resource.substr(0, Limits::kNameBytes), p_.names.management(), p_.names.graph(),
                  kRegistryAudience, p_.names.domain())));
}

Task<Result<Client>> Grants::client_of(const OAuthRequest& request) {
  const std::string& in_form = request.form.get("client_id");
  const std::string name = client_key(in_form.empty() ? request.basic_user : in_form);
  // A public client's name is everybody's: nobody may use it up for the others.
  const bool tries = !request.basic_password.empty() ||
                     !request.form.get("client_secret").empty() ||
                     !request.form.get("client_assertion").empty();
  const std::string key = tries ? name : std::string();
  CO_TRY(throttled(request.address, key));
  auto client = co_await p_.clients.identify(request);
  // A missing field is a mistake; a cause names a credential that was tried and is not good.
  if (!client && !client.error().cause.empty() && client.error().code != Code::kUnavailable) {
    p_.throttle.failed(request.address, key);
  }
  co_return client;
}

Result<void> Grants::may_act_for_users(const Client& client) const {
  if (client.public_client || !client.credential.empty()) return {};
  return fail(refuse(Sts::kNotAPublicClient,
                     "The request body must contain the following parameter: 'client_assertion' or "
                     "'client_secret'; or make the application a public client."));
}

Task<Result<json::object>> Grants::token(const OAuthRequest& request) {
  static const std::map<std::string, Handler, std::less<>> kHandlers = {
      {"client_credentials", &Grants::client_credentials},
      {"password", &Grants::password},
      {"refresh_token", &Grants::refresh_token},
      {"authorization_code", &Grants::authorization_code},
      {device_grant(), &Grants::device},
      {"device_code", &Grants::device},  // the older name
  };
  const std::string& grant = request.form.get("grant_type");
  const auto handler = kHandlers.find(grant);
  if (grant.empty()) {
    co_return fail(refuse(Sts::kMissingParameter,
                          "The request body must contain the following parameter: 'grant_type'."));
  }
  if (handler == kHandlers.end()) {
    co_return fail(refuse(Sts::kUnsupportedGrant,
                          "The app requested an unsupported grant type. Use client_credentials, "
                          "password, refresh_token, authorization_code or " +
                              device_grant() + "."));
  }
  CO_TRY_ASSIGN(Client client, co_await client_of(request));
  co_return co_await (this->*handler->second)(request, std::move(client));
}

Task<Result<json::object>> Grants::client_credentials(const OAuthRequest& request, Client client) {
  if (client.credential.empty()) {
    co_return fail(refuse(Sts::kNoCredential,
                          "The request body must contain the following parameter: "
                          "'client_assertion' or 'client_secret'."));
  }
  CO_TRY_ASSIGN(const std::string audience, audience(request.form));
  const auto state = p_.directory.state();
  const ServicePrincipal* sp = state->find<ServicePrincipal>(client.object_id);
  if (sp == nullptr) {
    co_return fail(refuse(Sts::kUnknownClient,
                          fmt::format("Application '{}' has no service principal in the directory. "
                                      "Make one: az ad sp create --id {}.",
                                      client.app_id, client.app_id)));
  }
  if (!sp->enabled) {
    co_return fail(refuse(Sts::kApplicationDisabled,
                          fmt::format("Application '{}' is disabled.", client.app_id))
                       .because("disabled"));
  }
  AccessTokenRequest wanted;
  wanted.principal.id = sp->id;
  wanted.principal.credential = client.credential;
  wanted.audience = audience;
  wanted.client = client.app_id;
  auto token = p_.issuer.access_token(wanted);
  if (!token) co_return fail(refuse(Sts::kUnknownClient, "The application was just removed."));
  co_return token_answer(std::move(*token));
}

Task<Result<Person>> Grants::sign_in(std::string_view user, std::string_view password,
                                     std::string_view address) {
  const std::string name = person_key(user);
  CO_TRY(throttled(address, name));
  const auto check = co_await check_password(p_.directory, user, password);
  if (!check) {
    Error error = refuse(Sts::kTooManyAttempts, check.error().message);
    error.details.insert(error.details.end(), check.error().details.begin(),
                         check.error().details.end());
    co_return fail(std::move(error));
  }
  using Outcome = PasswordCheck::Outcome;
  if (check->outcome == Outcome::kGood) {
    co_return Person{check->principal.id, check->principal.credential};
  }
  p_.throttle.failed(address, name);
  if (check->outcome == Outcome::kDisabled) {
    co_return fail(refuse(Sts::kUserDisabled, "The user account is disabled.").because("disabled"));
  }
  co_return fail(
      refuse(Sts::kBadUserOrPassword,
             "Error validating credentials due to invalid username or password. Write "
             "the user as name@" +
                 p_.directory.domain() + ".")
          .because(check->outcome == Outcome::kUnknown ? "unknown_principal" : "bad_secret"));
}

Result<json::object> Grants::user_answer(const UserGrant& grant, const UserAnswer& wanted) const {
  const auto state = p_.directory.state();
  const User* user = state->find<User>(grant.user);
  policy::Principal principal;
  principal.kind = policy::PrincipalKind::kUser;
  principal.id = grant.user;
  principal.credential = grant.credential;
  const auto good = policy::still_good(*p_.directory.policy().current(), principal);
  if (user == nullptr || !good.allowed()) {
    return fail(refuse(Sts::kGrantRevoked,
                       "The provided grant has been revoked: the user was disabled or removed, or "
                       "the password was changed. Sign in again.")
                    .because(std::string(good.rule)));
  }
  auto token = p_.issuer.access_token({principal, wanted.audience, grant.client, grant.id});
  if (!token) return fail(refuse(Sts::kGrantRevoked, "The user was just removed."));
  json::object answer = token_answer(std::move(*token));
  answer["refresh_token"] = p_.user_grants.refresh_token(grant);
  answer["id_token"] = p_.issuer.id_token(*user, grant.client, wanted.nonce);
  answer["client_info"] = p_.issuer.client_info(*user);
  // As asked: clients look tokens up in their caches by these very words.
  answer["scope"] = wanted.scope.empty() ? wanted.audience + "/.default" : wanted.scope;
  return answer;
}

Task<Result<json::object>> Grants::password(const OAuthRequest& request, Client client) {
  CO_TRY(may_act_for_users(client));
  const Form& form = request.form;
  for (const std::string_view name : {"username", "password"}) {
    if (!form.get(name).empty()) continue;
    co_return fail(
        refuse(Sts::kMissingParameter,
               fmt::format("The request body must contain the following parameter: '{}'.", name)));
  }
  CO_TRY_ASSIGN(const std::string audience, audience(form));
  CO_TRY_ASSIGN(const Person person,
                co_await sign_in(form.get("username"), form.get("password"), request.address));
  CO_TRY_ASSIGN(const UserGrant grant,
                co_await p_.user_grants.begin(person.user, person.credential, client.app_id));
  co_return user_answer(grant, {audience, form.get("scope"), ""});
}

Task<Result<json::object>> Grants::refresh_token(const OAuthRequest& request, Client client) {
  CO_TRY(may_act_for_users(client));
  CO_TRY_ASSIGN(const std::string audience, audience(request.form));
  const auto grant = co_await p_.user_grants.use(request.form.get("refresh_token"), client.app_id);
  if (!grant && grant.error().code != Code::kUnauthorized) co_return fail(grant.error());
  if (!grant) {
    const std::string& cause = grant.error().cause;
    if (cause == "idle") {
      co_return fail(refuse(Sts::kGrantIdle,
                            "The refresh token has expired due to inactivity. Sign in again: "
                            "az login.")
                         .because(cause));
    }
    p_.throttle.failed(request.address, {});
    co_return fail(refuse(Sts::kGrantRevoked,
                          "The refresh token is not good: it is of another client or directory, it "
                          "was revoked, or an older copy of it was used. Sign in again: az login.")
                       .because(cause));
  }
  co_return user_answer(*grant, {audience, request.form.get("scope"), ""});
}

}  // namespace berth::identity
