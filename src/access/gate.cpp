#include "access/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "access/data_link.h"
#include "access/host.h"
#include "access/network_refusal.h"
#include "base/ascii.h"

namespace berth::access {
namespace {

using policy::Action;
using policy::Verdict;

// The registry behind the laptop face.
constexpr std::string_view kDefaultRegistry = "default";

std::optional<std::string> registry_of_laptop_host(std::string_view host) {
  static constexpr std::array<std::string_view, 3> kHosts = {"localhost", "127.0.0.1", "[::1]"};
  if (std::ranges::find(kHosts, split_host(host).name) == kHosts.end()) return std::nullopt;
  return std::string(kDefaultRegistry);
}

// How B3 names what was asked for; the word of the action is that of its scope.
struct Asked {
  std::string_view type, action;
};
constexpr std::array<Asked, policy::kActionNames.size()> kAsked = {{
    {"repository", "pull"},
    {"repository", "push"},
    {"repository", "delete"},
    {"repository", "metadata_read"},
    {"repository", "metadata_write"},
    {"repository", "delete"},
    {"registry", "*"},
    {},  // GET /v2/ asks for nothing by name
    {},
}};

std::string cause_of(const policy::Decision& decision) {
  return fmt::format("rule {}: {}", decision.rule, decision.reason);
}

// ACR tells "who are you" from "you may not" by nothing but the challenge.
Error access_refusal(Code code, Action action, const oci::RepositoryName* repository,
                     std::string cause) {
  Error error(code, std::string(kAuthenticationRequired));
  const Asked& asked = kAsked[static_cast<std::size_t>(action)];
  if (!asked.type.empty()) {
    error.details = {{"Type", std::string(asked.type)},
                     {"Name", repository != nullptr ? repository->text() : "catalog"},
                     {"Action", std::string(asked.action)}};
  }
  error.cause = std::move(cause);
  return error;
}

Error arm_refusal(const policy::Principal& principal, std::string_view operation,
                  std::string_view scope) {
  return Error(Code::kDenied,
               fmt::format("The client '{}' with object id '{}' does not have authorization to "
                           "perform action '{}' over scope '{}' or the scope is invalid. If access "
                           "was recently granted, please refresh your credentials.",
                           principal.name, principal.id, operation, scope));
}

}  // namespace

std::optional<std::string> registry_of_host(std::string_view host, bool tls,
                                            std::string_view domain) {
  if (!tls) return registry_of_laptop_host(host);
  std::string name = host_name(host);
  const auto dot = name.find('.');
  if (domain.empty() || dot == 0 || dot == std::string::npos ||
      !equal_no_case(std::string_view(name).substr(dot + 1), domain)) {
    return std::nullopt;
  }
  name.resize(dot);
  return name;
}

bool has_data_endpoint(const policy::RegistryPolicy& registry) {
  return registry.network != nullptr && registry.network->rules().data_endpoint;
}

bool own_origin(std::string_view origin, std::string_view host) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) return equal_no_case(origin.substr(scheme.size()), host);
  }
  return false;
}

namespace {

// The registry's name as decisions know it. One that was deleted and made anew under its name is
// another one: it has none.
std::string registry_name(const policy::Snapshot& snapshot, const Visit& visit) {
  if (!visit.registry) return {};
  std::string name = lower(visit.registry->name);
  const policy::RegistryPolicy* now = snapshot.registries.find(name);
  return now != nullptr && now->key != visit.registry->key ? std::string() : name;
}

Result<void> check_origin(const Arrival& arrival) {
  if (!arrival.origin || own_origin(*arrival.origin, arrival.host)) return {};
  return fail(
      Error(Code::kDenied, "Pages of another site may not call this registry (Origin header).")
          .with("origin", std::string(arrival.origin->substr(0, 255))));
}

Error misdirected(const Arrival& arrival) {
  return Error(Code::kMisdirected,
               arrival.source.tls
                   ? "The Host header names no registry of this server; use the login server of "
                     "the registry."
                   : "The Host header names no registry of this server; use localhost, 127.0.0.1 "
                     "or [::1] with the port you connected to.")
      .with("host", std::string(arrival.host.substr(0, 255)));
}

}  // namespace

Gate::Gate(const PolicyStore& policy, std::string domain, const Clock& clock)
    : policy_(policy), domain_(std::move(domain)), clock_(clock) {}

Result<Visit> Gate::enter(Arrival arrival) const {
  const auto named = registry_of_host(arrival.host, arrival.source.tls, domain_);
  return enter_at(std::move(arrival), named);
}

Result<Visit> Gate::enter_data(Arrival arrival, const std::optional<std::string>& registry) const {
  return enter_at(std::move(arrival), registry);
}

Result<Visit> Gate::enter_at(Arrival&& arrival, const std::optional<std::string>& named) const {
  const auto snapshot = policy_.current();
  // The network first: who may not come in from there learns that, whatever name was used.
  const policy::Admission admission =
      policy::admit(*snapshot, arrival.source, named ? std::string_view(*named) : "", clock_.now());
  if (!admission.allowed()) {
    return fail(network_refusal({admission, admission, arrival.source, arrival.ignored_header}));
  }
  if (!named) return fail(misdirected(arrival));
  TRY(check_origin(arrival));
  return Visit{std::move(arrival.source),
               std::string(arrival.host),
               snapshot->registries.share(*named),
               Identity{},
               false,
               arrival.ignored_header};
}

Result<void> Gate::enter_operations(const Arrival& arrival) const {
  const policy::Admission admission =
      policy::admit(*policy_.current(), arrival.source, "", clock_.now());
  if (!admission.allowed()) {
    return fail(network_refusal({admission, admission, arrival.source, arrival.ignored_header}));
  }
  if (!registry_of_laptop_host(arrival.host)) return fail(misdirected(arrival));
  return check_origin(arrival);
}

Result<Visit> Gate::enter_own_socket(policy::Source source) const {
  const policy::Admission admission = policy::admit(*policy_.current(), source, {}, clock_.now());
  if (!admission.allowed()) return fail(network_refusal({admission, admission, source}));
  policy::Principal owner;
  owner.kind = policy::PrincipalKind::kOwner;
  owner.id = owner.name = "owner";
  return Visit{std::move(source), {}, nullptr, Identity(std::move(owner))};
}

Result<void> Gate::ask_network(const Visit& visit) const {
  const auto snapshot = policy_.current();
  const TimePoint now = clock_.now();
  const std::string registry = registry_name(*snapshot, visit);
  const policy::Principal& principal = visit.identity.principal();
  const policy::Admission admission = policy::admit(*snapshot, visit.source, registry, now);
  const auto refused = [&](const policy::Decision& decision) {
    return fail(network_refusal({decision, admission, visit.source, visit.ignored_header}));
  };
  if (!admission.allowed()) return refused(admission);
  if (admission.only == 0) return {};
  const policy::Decision decision = policy::decide(
      *snapshot, {visit.source, principal, Action::kRegistryRead, registry, nullptr, now});
  if (principal.anonymous() || decision.verdict == Verdict::kDenyNetwork) return refused(decision);
  return {};
}

Way Gate::way_of(const Visit& visit) const {
  const auto snapshot = policy_.current();
  const policy::Admission admission =
      policy::admit(*snapshot, visit.source, registry_name(*snapshot, visit), clock_.now());
  Way way{std::string(admission.private_endpoint)};
  // Who needs no kind to come in gets a link that needs none.
  const policy::Principal& principal = visit.identity.principal();
  if (admission.only == 0 || !principal.in_directory()) return way;
  const policy::PrincipalRecord* record = snapshot->principals.find(principal.id);
  if (record != nullptr) way.service = record->service;
  return way;
}

Result<policy::PullPermit> Gate::redeem(const Visit& visit, const DataLink& link) const {
  const auto snapshot = policy_.current();
  const TimePoint now = clock_.now();
  const std::string registry = registry_name(*snapshot, visit);
  if (registry.empty() || link.registry != visit.registry->key) {
    return fail(Code::kDenied, "The link is for another registry than the one that was asked.");
  }
  const policy::Decision decision = policy::admit_link(
      *snapshot, {visit.source, registry, link.private_endpoint, link.service, now});
  if (!decision.allowed()) {
    const policy::Admission admission = policy::admit(*snapshot, visit.source, registry, now);
    return fail(network_refusal({decision, admission, visit.source, visit.ignored_header}));
  }
  const policy::RegistryPolicy* now_there = snapshot->registries.find(registry);
  if (now_there == nullptr || !has_data_endpoint(*now_there)) {
    return fail(Code::kDenied,
                fmt::format("The data endpoint of {} is off. Ask the login server of the registry "
                            "for the blob again: it serves blobs itself now.",
                            visit.registry->name));
  }
  return policy::PullPermit(visit.registry->key, link.repository);
}

Result<void> Gate::ask(const Visit& visit, Action action,
                       const oci::RepositoryName* repository) const {
  return ask_in(*policy_.current(), visit, action, repository);
}

Result<policy::CatalogView> Gate::ask_catalog(const Visit& visit) const {
  const auto snapshot = policy_.current();
  TRY(ask_in(*snapshot, visit, Action::kCatalogRead, nullptr));
  const std::string registry = registry_name(*snapshot, visit);
  return policy::catalog_view(*snapshot, {visit.source, visit.identity.principal(),
                                          Action::kCatalogRead, registry, nullptr, clock_.now()});
}

Result<void> Gate::ask_in(const policy::Snapshot& snapshot, const Visit& visit, Action action,
                          const oci::RepositoryName* repository) const {
  const std::string registry = registry_name(snapshot, visit);
  const policy::Principal& principal = visit.identity.principal();
  const TimePoint now = clock_.now();
  const policy::Decision decision =
      policy::decide(snapshot, {visit.source, principal, action, registry, repository, now});
  const Code denied = principal.anonymous() ? Code::kUnauthorized : Code::kInsufficientScope;
  switch (decision.verdict) {
    case Verdict::kDenyNetwork:
      return fail(network_refusal({decision, policy::admit(snapshot, visit.source, registry, now),
                                   visit.source, visit.ignored_header}));
    case Verdict::kDenyCredential:
      return fail(access_refusal(Code::kUnauthorized, action, repository, cause_of(decision)));
    case Verdict::kDenyPermission:
      return fail(access_refusal(denied, action, repository, cause_of(decision)));
    case Verdict::kAllow:
      break;
  }
  const RegistryToken* token = visit.identity.access_token();
  const std::string_view name = repository != nullptr ? repository->text() : std::string_view();
  if (token != nullptr && !covers(token->grants, action, name)) {
    return fail(access_refusal(denied, action, repository, "the token was not asked for this"));
  }
  return {};
}

Result<void> Gate::allow(const policy::Source& source, const policy::Principal& principal,
                         std::string_view operation, std::string_view scope,
                         const conditions::Facts* facts,
                         std::optional<std::string_view> named) const {
  const policy::Decision decision = policy::decide(
      *policy_.current(), {source, principal, operation, scope, clock_.now(), facts});
  switch (decision.verdict) {
    case Verdict::kDenyNetwork:
      return fail(network_refusal({decision, policy::Admission(), source}));
    case Verdict::kDenyCredential:
      return fail(Error(Code::kUnauthorized,
                        "The credential is missing or not good any more; sign in again.")
                      .because(cause_of(decision)));
    case Verdict::kDenyPermission:
      return fail(arm_refusal(principal, operation, named.value_or(scope))
                      .because(fmt::format("{}, over scope {}", cause_of(decision), scope)));
    case Verdict::kAllow:
      break;
  }
  return {};
}

bool Gate::allows(const policy::Source& source, const policy::Principal& principal,
                  std::string_view operation, std::string_view scope,
                  const conditions::Facts* facts) const {
  return policy::decide(*policy_.current(),
                        {source, principal, operation, scope, clock_.now(), facts})
      .allowed();
}

}  // namespace berth::access
