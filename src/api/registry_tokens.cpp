#include "api/registry_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>

#include "access/host.h"
#include "api/arrival.h"
#include "api/json_response.h"

namespace berth::api {
namespace {

namespace json = boost::json;

constexpr std::string_view kAcrAudience = "https://containerregistry.azure.net";

http::Response token_answer(const json::object& body) {
  http::Response response = json_response(200, body);
  response.header("Cache-Control", "no-store");
  return response;
}

Error unauthorized(std::string cause) {
  return Error(Code::kUnauthorized, std::string(access::kAuthenticationRequired))
      .because(std::move(cause));
}

Error wrong(std::string_view parameter, std::string message) {
  return Error(Code::kInvalidRequest, std::move(message)).with("parameter", std::string(parameter));
}

// `service` is optional, but a client that names another registry asked the wrong one.
Result<void> check_service(const Query& query, const access::Visit& visit) {
  const auto service = query.get("service");
  if (!service || service->empty() ||
      access::host_name(*service) == access::host_name(visit.service)) {
    return {};
  }
  return fail(wrong("service", fmt::format("This is the token service of {}.", visit.service)));
}

bool of_registry(const access::Grant& grant) {
  return grant.type == "registry" && grant.name != "catalog";
}

}  // namespace

Task<Result<http::Response>> RegistryTokens::handle(http::Exchange& exchange, std::string_view path,
                                                    access::Visit& visit) const {
  const http::Method method = exchange.request().method();
  if (path == "/oauth2/token" && method == http::Method::kGet) {
    co_return co_await token_by_get(exchange, visit);
  }
  const bool post = method == http::Method::kPost;
  if (path == "/oauth2/token" && post) co_return co_await token_by_post(exchange, visit);
  if (path == "/oauth2/exchange" && post) co_return co_await exchange_token(exchange, visit);
  if (path == "/oauth2/token" || path == "/oauth2/exchange") {
    const std::string allow = path == "/oauth2/token" ? "GET, POST" : "POST";
    co_return fail(
        Error(Code::kUnsupported, fmt::format("This path knows {}.", allow)).with("allow", allow));
  }
  co_return fail(Code::kRouteUnknown, "Here are /oauth2/token and /oauth2/exchange.");
}

Task<Result<http::Response>> RegistryTokens::token_by_get(http::Exchange& exchange,
                                                          access::Visit& visit) const {
  const http::Request& request = exchange.request();
  // Clients write this query as a form, with a '+' between two scopes.
  CO_TRY_ASSIGN(const Query query, Query::parse(form_text(request.query())));
  CO_TRY(check_service(query, visit));
  auto identity = co_await authenticator_.authenticate(request.header("Authorization"),
                                                       *visit.registry, visit.source);
  visit.credentials_sent = request.header("Authorization").has_value();
  if (!identity) co_return fail(std::move(identity).error());
  visit.identity = std::move(*identity);
  co_return issue(visit, query.all("scope"));
}

// Nothing but the network was decided before the form, and that by a registry whose settings may
// be others now.
AskAgain RegistryTokens::enters_again(const http::Exchange& exchange, access::Visit& visit) const {
  return [this, &exchange, &visit]() -> Task<Result<void>> {
    CO_TRY_ASSIGN(visit, gate_.enter(arrival_of(exchange)));
    co_return Result<void>();
  };
}

Task<Result<http::Response>> RegistryTokens::token_by_post(http::Exchange& exchange,
                                                           access::Visit& visit) const {
  CO_TRY_ASSIGN(const Query form,
                co_await read_form(exchange, enters_again(exchange, visit), {"scope"}));
  CO_TRY(check_service(form, visit));
  auto identity = co_await identity_of(form, visit);
  visit.credentials_sent =
      form.get("username").has_value() || !form.get("refresh_token").value_or("").empty();
  if (!identity) co_return fail(std::move(identity).error());
  visit.identity = std::move(*identity);
  co_return issue(visit, form.all("scope"));
}

Task<Result<access::Identity>> RegistryTokens::identity_of(const Query& form,
                                                           const access::Visit& visit) const {
  const std::string_view grant = form.get("grant_type").value_or("");
  const std::string_view refresh = form.get("refresh_token").value_or("");
  const auto user = form.get("username");
  if (grant == "password" && user) {
    const access::BasicCredentials given{std::string(*user),
                                         std::string(form.get("password").value_or(""))};
    co_return co_await authenticator_.check_password(given, *visit.registry, visit.source);
  }
  // How the JavaScript SDK asks for anonymous access.
  if (grant == "password" && refresh.empty()) co_return access::Identity{};
  if (grant != "refresh_token") {
    co_return fail(wrong("grant_type", "grant_type must be refresh_token or password."));
  }
  const access::BasicCredentials given{std::string(access::kNullGuid), std::string(refresh)};
  co_return co_await authenticator_.check_password(given, *visit.registry, visit.source);
}

// What is left of the asked scopes. A word stays when any of its actions is allowed.
Result<std::vector<access::Grant>> RegistryTokens::granted(
    const access::Visit& visit, const std::vector<access::Grant>& asked) const {
  std::vector<access::Grant> out;
  for (const access::Grant& grant : asked) {
    access::Grant left{grant.type, grant.name, {}};
    const bool named = grant.type == "repository";
    std::optional<oci::RepositoryName> repository;
    if (named) {
      TRY_ASSIGN(oci::RepositoryName name, oci::RepositoryName::parse(grant.name));
      repository = std::move(name);
    }
    for (const std::string& word : grant.actions) {
      const auto actions = access::actions_of_word(grant.type, word);
      const bool any = std::any_of(actions.begin(), actions.end(), [&](policy::Action action) {
        return gate_.ask(visit, action, repository ? &*repository : nullptr).has_value();
      });
      if (any) left.actions.push_back(word);
    }
    if (!left.actions.empty()) out.push_back(std::move(left));
  }
  return out;
}

Result<http::Response> RegistryTokens::issue(const access::Visit& visit,
                                             const std::vector<std::string_view>& scopes) const {
  std::vector<access::Grant> asked;
  for (const std::string_view text : scopes) {
    TRY_ASSIGN(std::vector<access::Grant> some, access::parse_scopes(text));
    asked.insert(asked.end(), some.begin(), some.end());
  }
  if (asked.size() > access::kMaxScopes) {
    return fail(wrong("scope", fmt::format("At most {} scopes at once.", access::kMaxScopes)));
  }
  TRY(gate_.ask_network(visit));
  const policy::Principal& who = visit.identity.principal();
  if (!who.anonymous()) TRY(gate_.ask(visit, policy::Action::kRegistryRead, nullptr));
  TRY_ASSIGN(const std::vector<access::Grant> grants, granted(visit, asked));
  // Whoever asks for something and may have nothing of it is refused here, where clients say so in
  // plain words. A scope-map token gets an empty token instead: docker then reports the refusal of
  // the request itself, "denied: requested access to the resource is denied" (B3).
  // `registry:None:*` is asked by `az acr check-health`, which only wants a token.
  const bool wants = std::any_of(asked.begin(), asked.end(),
                                 [](const access::Grant& grant) { return !of_registry(grant); });
  const bool own = who.kind == policy::PrincipalKind::kToken;
  const bool nobody = who.anonymous() && !visit.registry->anonymous_pull;
  if (grants.empty() && !own && (wants || nobody)) {
    return fail(unauthorized(who.anonymous() ? "anonymous" : "nothing of the scope is allowed"));
  }
  const Seconds lifetime = lifetime_of(visit.identity);
  const std::string token =
      tokens_.access_token(who, *visit.registry, visit.service, grants, lifetime);
  return token_answer({{"access_token", token},
                       {"token", token},
                       {"token_type", "Bearer"},
                       {"expires_in", lifetime.count()},
                       {"issued_at", to_rfc3339(clock_.now())}});
}

Seconds RegistryTokens::lifetime_of(const access::Identity& identity) const {
  const access::RegistryToken* token = identity.access_token();
  if (token == nullptr) return access::kAccessTokenLifetime;
  const auto left = std::chrono::duration_cast<Seconds>(token->expires - clock_.now());
  return std::clamp(left, Seconds(1), access::kAccessTokenLifetime);
}

std::vector<std::string> RegistryTokens::audiences(const access::Visit& visit) const {
  std::vector<std::string> out{std::string(kAcrAudience), "https://" + visit.service};
  if (visit.registry->arm_audience && faces_.any()) out.push_back(faces_.url("management"));
  return out;
}

Task<Result<http::Response>> RegistryTokens::exchange_token(http::Exchange& exchange,
                                                            access::Visit& visit) const {
  CO_TRY_ASSIGN(const Query form, co_await read_form(exchange, enters_again(exchange, visit)));
  CO_TRY(check_service(form, visit));
  const std::string_view grant = form.get("grant_type").value_or("");
  if (grant != "access_token" && grant != "access_token_refresh_token") {
    co_return fail(wrong("grant_type",
                         "grant_type must be access_token: send a directory token for the audience "
                         "https://containerregistry.azure.net."));
  }
  const auto token = form.get("access_token");
  if (!token || token->empty()) {
    co_return fail(wrong("access_token", "The form has no access_token."));
  }
  const std::string caller = policy::caller_key(visit.source);
  CO_TRY(throttle_.check(caller, {}));
  const std::vector<std::string> accepted = audiences(visit);
  auto principal = co_await directory_.accept_token(*token, accepted);
  visit.credentials_sent = true;
  if (!principal) {
    if (principal.error().code == Code::kUnauthorized) throttle_.failed(caller, {});
    co_return fail(std::move(principal).error());
  }
  visit.identity = access::Identity(std::move(*principal));
  CO_TRY(gate_.ask_network(visit));
  CO_TRY(gate_.ask(visit, policy::Action::kRegistryRead, nullptr));
  co_return token_answer(
      {{"refresh_token", tokens_.refresh_token(visit.identity.principal(), *visit.registry,
                                               visit.service, tenant_)}});
}

}  // namespace berth::api
