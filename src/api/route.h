// The API as a table. A row is a method, a path pattern, the action that the caller must be
// allowed, and a handler that takes the permit of exactly that action: a route without an action,
// or with another than its handler's, does not compile.
//
// Pattern language: literal segments; `{name}` for a repository name of one or more segments;
// `{reference}` for one segment, `{digest}` for one with a ':' and `{tag}` for one without. The
// literals before and after `{name}` decide, so a repository may be called anything (`a/blobs/b`
// too); rows are tried in order. A `{name}` at the very end takes no segment that starts with '_':
// those are ACR's own words (`_tags`, `_manifests`).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/gate.h"
#include "api/read_body.h"
#include "api/uri.h"
#include "http/exchange.h"
#include "policy/permit.h"

namespace berth::api {

// One request as a handler sees it. Handlers read parameters here and return a Response or an
// Error.
struct Call {
  http::Exchange& exchange;
  const access::Gate& gate;
  const access::Visit& visit;
  Query query;
  const std::string& name;       // {name}, decoded, not yet parsed
  const std::string& reference;  // {reference}, {digest} or {tag}, decoded, not yet parsed

  const http::Request& request() const { return exchange.request(); }
  bool head() const { return exchange.request().method() == http::Method::kHead; }
};

using Answer = Task<Result<http::Response>>;

// The body of a request that this permit is for; the permit is asked for again when it is there.
template <policy::Action A>
Task<Result<std::string>> read_body(Call& call, const policy::Permit<A>& permit,
                                    std::uint64_t limit, std::string_view what) {
  const AskAgain ask_again = [&]() -> Task<Result<void>> {
    co_return call.gate.ask(call.visit, A, &permit.repository());
  };
  co_return co_await read_body(call.exchange, limit, what, ask_again);
}

struct PathMatch {
  std::string name, reference;
};
// `path` is decoded. Trailing slashes count: a pattern that ends in '/' matches with and without
// it.
std::optional<PathMatch> match_path(std::string_view pattern, std::string_view path);

struct Route {
  http::Method method;  // a GET row answers HEAD too
  std::string_view pattern;
  policy::Action action;
  // Parses {name}, asks the gate for the permit, calls the handler.
  std::function<Answer(Call&)> run;
};

// Parses the repository name when the pattern has one.
Result<std::optional<oci::RepositoryName>> repository_of(std::string_view pattern,
                                                         const Call& call);

// A row whose handler is a member function of `owner`: Answer (Owner::*)(Call&, const Permit<A>&).
template <class Owner, policy::Action A>
Route route(http::Method method, std::string_view pattern, Owner& owner,
            Answer (Owner::*handler)(Call&, const policy::Permit<A>&)) {
  return {method, pattern, A, [&owner, handler, pattern](Call& call) -> Answer {
            CO_TRY_ASSIGN(const auto repository, repository_of(pattern, call));
            // The decision comes before any look-up, on the name alone.
            CO_TRY_ASSIGN(const policy::Permit<A> permit,
                          call.gate.authorize<A>(call.visit, repository));
            co_return co_await (owner.*handler)(call, permit);
          }};
}

}  // namespace berth::api
