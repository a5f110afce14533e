// Where every request passes, on every face, in this order:
//
//   enter(arrival)                  the Host names a registry, the page behind it is no stranger,
//                                   and policy::admit lets the source in  → Visit
//   (Authenticator)                 who is it                             → visit.identity
//   authorize<Action>(visit, repo)  the token covers it and policy::decide allows it
//                                                                         → Permit<Action>
//   allow(…, operation, scope)      the same for the control plane
//
// A data endpoint knows no identity: enter_data(), a link that was verified (data_link.h),
// redeem().
//
// The gate holds no rule of its own: it translates between HTTP's facts and the pure decision, and
// is the only maker of permits. Safe from any thread; the snapshot is replaced as a whole.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "access/authenticator.h"
#include "access/policy_store.h"
#include "base/clock.h"
#include "base/error.h"
#include "policy/permit.h"

namespace berth::access {

struct DataLink;

// What a request says about its way here.
struct Arrival {
  policy::Source source;
  std::string_view host;                   // the Host header, with its port
  std::optional<std::string_view> origin;  // the Origin header, if a browser sent one
  // The name, a literal, of a forwarding header that came along and did not count; empty: none.
  std::string_view ignored_header = {};
};

// A request that was let in: where it comes from, which registry it reached, who it is.
struct Visit {
  policy::Source source;
  std::string service;  // the login server as the client named it; empty on the own socket
  std::shared_ptr<const policy::RegistryPolicy> registry;  // null on the own socket
  Identity identity;
  bool credentials_sent = false;         // good or not
  std::string_view ignored_header = {};  // as in Arrival
};

// What of a visitor's way here a link to the data endpoint carries.
struct Way {
  std::string private_endpoint;  // resource id, lower case; empty: not through one
  // Of a visitor who comes in only because of it.
  policy::ServiceKind service = policy::ServiceKind::kNone;
};

class Gate {
 public:
  // `domain` empty: only the laptop face answers. Conditions know the time from `clock`.
  Gate(const PolicyStore& policy, std::string domain, const Clock& clock);

  // kMisdirected (421) for a Host that names no registry; kDenied for a foreign Origin and for what
  // policy::admit refuses, with the address that was seen. The identity is not known yet.
  Result<Visit> enter(Arrival arrival) const;
  // The same for a data endpoint: `registry` is the one that its host names, nullopt for none.
  Result<Visit> enter_data(Arrival arrival, const std::optional<std::string>& registry) const;
  // The operations listener: the same rules, and no registry behind it.
  Result<void> enter_operations(const Arrival& arrival) const;
  // The machine's own socket: no Host to check; who it is follows from the peer's user.
  Result<Visit> enter_own_socket(policy::Source source) const;

  template <policy::Action A>
  Result<policy::Permit<A>> authorize(
      const Visit& visit, const std::optional<oci::RepositoryName>& repository = {}) const {
    std::string key = visit.registry ? visit.registry->key : std::string();
    if constexpr (A == policy::Action::kCatalogRead) {
      TRY_ASSIGN(policy::CatalogView view, ask_catalog(visit));
      return policy::Permit<A>(std::move(key), std::move(view));
    } else {
      TRY(ask(visit, A, repository ? &*repository : nullptr));
      return policy::Permit<A>(std::move(key), repository);
    }
  }
  // The same question again, for a push that is still running: taking back the credential, the
  // right or the network rule stops it, the end of its token does not.
  Result<void> ask(const Visit& visit, policy::Action action,
                   const oci::RepositoryName* repository) const;

  // Where only some kinds of service come in, whether the visitor, whose identity is known, is of
  // them. For those who make tokens: a token must not go to whom no other request would serve.
  Result<void> ask_network(const Visit& visit) const;

  Way way_of(const Visit& visit) const;
  // For a link that DataLinks::verify gave for the registry of this visit: the network decision
  // for the way that the link is used on, and whether there still is a data endpoint. Who asks does
  // not matter.
  Result<policy::PullPermit> redeem(const Visit& visit, const DataLink& link) const;

  // The control plane: kUnauthorized without a good credential, kDenied (AuthorizationFailed) with
  // the operation and scope in ARM's words. `facts`: what a condition of delegation looks at.
  // `named`: the scope that the refusal names instead, where the caller is not to learn of `scope`.
  Result<void> allow(const policy::Source& source, const policy::Principal& principal,
                     std::string_view operation, std::string_view scope,
                     const conditions::Facts* facts = nullptr,
                     std::optional<std::string_view> named = {}) const;
  // The same without an error to render: for lists that show only what the caller may see.
  bool allows(const policy::Source& source, const policy::Principal& principal,
              std::string_view operation, std::string_view scope,
              const conditions::Facts* facts = nullptr) const;

  const PolicyStore& policy() const { return policy_; }
  const std::string& domain() const { return domain_; }

 private:
  Result<Visit> enter_at(Arrival&& arrival, const std::optional<std::string>& named) const;
  Result<void> ask_in(const policy::Snapshot& snapshot, const Visit& visit, policy::Action action,
                      const oci::RepositoryName* repository) const;
  // The decision and what it shows are of one and the same snapshot.
  Result<policy::CatalogView> ask_catalog(const Visit& visit) const;

  const PolicyStore& policy_;
  const std::string domain_;
  const Clock& clock_;
};

// The registry that a Host header names, nullopt when it names none. The laptop face, plain HTTP,
// answers to `localhost`, `127.0.0.1` and `[::1]`, with or without a port, and to nothing else, so
// that no web page reaches it by DNS rebinding; over TLS it is `<registry>.<domain>`.
std::optional<std::string> registry_of_host(std::string_view host, bool tls,
                                            std::string_view domain);
bool has_data_endpoint(const policy::RegistryPolicy& registry);
// Whether a page of this origin was served by the very host and port that the request names.
bool own_origin(std::string_view origin, std::string_view host);

}  // namespace berth::access
