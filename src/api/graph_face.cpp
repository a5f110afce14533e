#include "api/graph_face.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "access/authorization.h"
#include "api/refusal_log.h"
#include "api/source.h"
#include "base/guid.h"

namespace berth::api {
namespace {

using http::Method;

constexpr std::string_view kVersion = "/v1.0/";
constexpr std::string_view kGiveRoles = "Microsoft.Authorization/roleAssignments/write";

template <class Handlers>
GraphHandler bind(Handlers& handlers, GraphAnswer (Handlers::*method)(GraphCall&)) {
  return [&handlers, method](GraphCall& call) { return (handlers.*method)(call); };
}

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (!part.empty()) out.push_back(part);
  }
  return out;
}

bool match(std::string_view pattern, std::string_view path, std::string& id, std::string& second) {
  const auto wanted = segments(pattern);
  const auto given = segments(path);
  if (wanted.size() != given.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "{id}") {
      id = is_guid(given[i]) ? identity::lower(given[i]) : std::string(given[i]);
    } else if (wanted[i] == "{second}") {
      second = is_guid(given[i]) ? identity::lower(given[i]) : std::string(given[i]);
    } else if (identity::lower(wanted[i]) != identity::lower(given[i])) {
      return false;
    }
  }
  return true;
}

Error no_token(std::string cause) {
  return Error(Code::kUnauthorized,
               "Access token is empty or invalid; send Authorization: Bearer "
               "with a token for this directory's graph.")
      .because(std::move(cause))
      .named("InvalidAuthenticationToken");
}

}  // namespace

GraphFace::GraphFace(Parts parts)
    : p_(std::move(parts)), people_(p_.directory), applications_(p_.directory) {
  routes_ = people_routes();
  for (Route& route : application_routes()) routes_.push_back(std::move(route));
}

std::vector<GraphFace::Route> GraphFace::people_routes() {
  using P = GraphPeople;
  const auto to = [&](auto method) { return bind(people_, method); };
  return {
      {Method::kGet, "me", "", to(&P::me)},
      {Method::kPost, "directoryObjects/getByIds", "", to(&P::by_ids)},
      {Method::kGet, "directoryObjects/{id}", "", to(&P::object)},
      {Method::kGet, "users", "", to(&P::users)},
      {Method::kPost, "users", "users/write", to(&P::add_user)},
      {Method::kGet, "users/{id}", "", to(&P::user)},
      {Method::kPatch, "users/{id}", "users/write", to(&P::change_user)},
      {Method::kDelete, "users/{id}", "users/delete", to(&P::remove_user)},
      {Method::kGet, "groups", "", to(&P::groups)},
      {Method::kPost, "groups", "groups/write", to(&P::add_group)},
      {Method::kGet, "groups/{id}", "", to(&P::group)},
      {Method::kPatch, "groups/{id}", "groups/write", to(&P::change_group)},
      {Method::kDelete, "groups/{id}", "groups/delete", to(&P::remove_group)},
      {Method::kGet, "groups/{id}/members", "", to(&P::members)},
      {Method::kPost, "groups/{id}/members/$ref", "groups/write", to(&P::add_member)},
      {Method::kDelete, "groups/{id}/members/{second}/$ref", "groups/write", to(&P::remove_member)},
      {Method::kGet, "managedIdentities", "", to(&P::identities)},
      {Method::kPost, "managedIdentities", "managedIdentities/write", to(&P::add_identity)},
      {Method::kGet, "managedIdentities/{id}", "", to(&P::identity)},
      {Method::kPatch, "managedIdentities/{id}", "managedIdentities/write",
       to(&P::change_identity)},
      {Method::kDelete, "managedIdentities/{id}", "managedIdentities/delete",
       to(&P::remove_identity)},
  };
}

std::vector<GraphFace::Route> GraphFace::application_routes() {
  using A = GraphApplications;
  const auto to = [&](auto method) { return bind(applications_, method); };
  constexpr std::string_view kTrust = "applications/{id}/federatedIdentityCredentials";
  constexpr std::string_view kOneTrust = "applications/{id}/federatedIdentityCredentials/{second}";
  constexpr std::string_view kApp = "applications/write";
  constexpr std::string_view kSp = "servicePrincipals/write";
  return {
      {Method::kGet, "applications", "", to(&A::applications)},
      {Method::kPost, "applications", kApp, to(&A::add_application)},
      {Method::kGet, "applications/{id}", "", to(&A::application)},
      {Method::kPatch, "applications/{id}", kApp, to(&A::change_application)},
      {Method::kDelete, "applications/{id}", "applications/delete", to(&A::remove_application)},
      {Method::kPost, "applications/{id}/addPassword", kApp, to(&A::add_password)},
      {Method::kPost, "applications/{id}/removePassword", kApp, to(&A::remove_password)},
      {Method::kGet, kTrust, "", to(&A::federated)},
      {Method::kPost, kTrust, kApp, to(&A::add_federated)},
      {Method::kGet, kOneTrust, "", to(&A::federated_one)},
      {Method::kPatch, kOneTrust, kApp, to(&A::change_federated)},
      {Method::kDelete, kOneTrust, kApp, to(&A::remove_federated)},
      {Method::kGet, "servicePrincipals", "", to(&A::service_principals)},
      {Method::kPost, "servicePrincipals", kSp, to(&A::add_service_principal)},
      {Method::kGet, "servicePrincipals/{id}", "", to(&A::service_principal)},
      {Method::kPatch, "servicePrincipals/{id}", kSp, to(&A::change_service_principal)},
      {Method::kDelete, "servicePrincipals/{id}", "servicePrincipals/delete",
       to(&A::remove_service_principal)},
      {Method::kPost, "servicePrincipals/{id}/addPassword", kSp, to(&A::add_password)},
      {Method::kPost, "servicePrincipals/{id}/removePassword", kSp, to(&A::remove_password)},
  };
}

Task<Result<policy::Principal>> GraphFace::who(const http::Exchange& exchange) const {
  if (exchange.peer().unix_socket) {
    CO_TRY_ASSIGN(const access::Visit visit, p_.gate.enter_own_socket(source_of(exchange.peer())));
    co_return visit.identity.principal();
  }
  const auto token =
      access::after_scheme(exchange.request().header("Authorization").value_or(""), "Bearer");
  if (!token) co_return fail(no_token("no bearer token"));
  const std::array<std::string, 1> audiences{p_.names.graph()};
  auto principal = co_await p_.login.accept_token(*token, audiences);
  if (!principal && principal.error().code == Code::kUnauthorized) {
    co_return fail(no_token(principal.error().cause));
  }
  co_return principal;
}

Result<void> GraphFace::may(const policy::Source& source, const policy::Principal& caller,
                            const Route& route) const {
  const bool known = caller.in_directory() || caller.kind == policy::PrincipalKind::kOwner;
  if (route.operation.empty() && known) return {};
  const std::string operation = fmt::format("Microsoft.Directory/{}", route.operation);
  const bool allowed =
      known && std::any_of(p_.scopes.begin(), p_.scopes.end(), [&](const std::string& scope) {
        return p_.gate.allows(source, caller, operation, scope) &&
               p_.gate.allows(source, caller, kGiveRoles, scope);
      });
  if (allowed) return {};
  return fail(Error(Code::kDenied,
                    fmt::format("Insufficient privileges to complete the operation: {} needs the "
                                "role Owner at scope {}.",
                                operation, fmt::join(p_.scopes, " or ")))
                  .named("Authorization_RequestDenied"));
}

Result<const GraphFace::Route*> GraphFace::find(Method method, GraphCall& call) const {
  const Method wanted = method == Method::kHead ? Method::kGet : method;
  bool path_known = false;
  for (const Route& route : routes_) {
    if (!match(route.pattern, call.path, call.id, call.second)) continue;
    if (route.method == wanted) return &route;
    path_known = true;
  }
  if (path_known) return fail(Code::kUnsupported, "This resource does not know the method.");
  return fail(Error(Code::kRouteUnknown,
                    fmt::format("Resource not found for the segment '{}'. Here are users, groups, "
                                "applications, servicePrincipals, managedIdentities, me and "
                                "directoryObjects, under {}.",
                                call.path.substr(0, call.path.find('/')), kVersion))
                  .named("Request_ResourceNotFound"));
}

// Signed in first: what is here and what is not is nobody else's business.
Task<Result<http::Response>> GraphFace::dispatch(http::Exchange& exchange) {
  CO_TRY_ASSIGN(policy::Principal caller, co_await who(exchange));
  CO_TRY_ASSIGN(std::string path, decode_path(exchange.request().path()));
  while (path.starts_with("//")) path.erase(0, 1);
  path = path.starts_with(kVersion) ? path.substr(kVersion.size()) : std::string();
  CO_TRY_ASSIGN(Query query, Query::parse(exchange.request().query()));
  GraphCall call{exchange, p_.names, std::move(caller), {}, std::move(query), std::move(path), "",
                 "",       {}};
  call.actor = {call.caller.id, call.caller.name, exchange.correlation_id(),
                exchange.peer().address};
  CO_TRY_ASSIGN(const Route* route, find(exchange.request().method(), call));
  const policy::Source source = source_of(exchange.peer());
  CO_TRY(may(source, call.caller, *route));
  call.ask_again = [&]() -> Task<Result<void>> {
    CO_TRY_ASSIGN(const policy::Principal still, co_await who(exchange));
    co_return may(source, still, *route);
  };
  co_return co_await route->run(call);
}

Task<http::Response> GraphFace::handle(http::Exchange& exchange) {
  auto answer = co_await dispatch(exchange);
  if (answer) co_return std::move(*answer);
  log_refusal(p_.log, "graph", exchange, answer.error());
  http::Response response = failure(answer.error(), exchange.correlation_id());
  if (response.status == 401) {
    response.header("WWW-Authenticate",
                    fmt::format("Bearer realm=\"\",authorization_uri=\"{}/adfs/oauth2/authorize\"",
                                p_.names.login()));
  }
  co_return response;
}

http::Response GraphFace::failure(const Error& error, const std::string& correlation_id) {
  return graph_error(error, correlation_id, p_.clock.now());
}

}  // namespace berth::api
