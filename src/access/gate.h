// Where every request passes, on every face, in this order:
//
//   enter(arrival)                 the Host names a face, the page behind it is no stranger, and
//                                  policy::admit lets the source in  → Visit
//   authorize<Action>(visit, repo) policy::decide allows it          → Permit<Action>
//
// The gate holds no rule of its own: it translates between HTTP's facts and the pure decision, and
// is the only maker of permits. Safe from any thread; the snapshot is replaced as a whole.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "policy/permit.h"

namespace berth::access {

// What a request says about its way here.
struct Arrival {
  policy::Source source;
  std::string_view host;                   // the Host header, with its port
  std::optional<std::string_view> origin;  // the Origin header, if a browser sent one
};

// A request that was let in: where it comes from, which registry it reached, who it is.
struct Visit {
  policy::Source source;
  std::string registry;
  policy::Principal principal;
};

class Gate {
 public:
  explicit Gate(policy::Snapshot snapshot);

  // kMisdirected (421) for a Host that names no face; kDenied for a foreign Origin and for what
  // policy::admit refuses, with the address that was seen.
  Result<Visit> enter(Arrival arrival) const;
  // The machine's own socket: no Host to check.
  Result<Visit> enter_own_socket(policy::Source source) const;

  template <policy::Action A>
  Result<policy::Permit<A>> authorize(
      const Visit& visit, const std::optional<oci::RepositoryName>& repository = {}) const {
    TRY(ask(visit, A, repository ? &*repository : nullptr));
    return policy::Permit<A>(visit.registry, repository, visit.principal);
  }

  void replace(policy::Snapshot snapshot);

 private:
  Result<void> ask(const Visit& visit, policy::Action action,
                   const oci::RepositoryName* repository) const;

  std::atomic<std::shared_ptr<const policy::Snapshot>> snapshot_;
};

// The registry that a Host header names, nullopt when it names no face. The laptop face answers to
// `localhost`, `127.0.0.1` and `[::1]`, with or without a port, and to nothing else, so that no web
// page reaches it by DNS rebinding.
std::optional<std::string_view> registry_of_host(std::string_view host);
// Whether a page of this origin was served by the very host and port that the request names.
bool own_origin(std::string_view origin, std::string_view host);

}  // namespace berth::access
