// The one decision of Berth, in pure calls over an immutable snapshot:
//
//   admit(snapshot, source, registry, now)  before authentication: may anything from there speak
//                                           at all? Allow, deny, or only services of some kinds.
//   decide(snapshot, request)               after it: may this principal do this action?
//
// admit is acr-access-model A2 in the order of docs/network.md §4. decide begins with it, and turns
// "only some kinds" into a refusal for everybody else.
//
// A data-plane request asks for an Action on a registry or repository, a control-plane request for
// an ARM operation at a scope; both end in the same role evaluation (acr-access-model C3). A
// principal whose credential was taken back is refused first, whatever it may do.
//
// No I/O, no clock: the time is part of the question. Both return a value that says why, for the
// error body and the log. With a Trace the same code looks at everything, also behind what decided,
// and writes down what it saw; there is no second implementation of any rule.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "conditions/facts.h"
#include "oci/name.h"
#include "policy/action.h"
#include "policy/network.h"
#include "policy/principal.h"
#include "policy/snapshot.h"
#include "policy/source.h"
#include "policy/trace.h"

namespace berth::policy {

enum class Verdict {
  kAllow,
  kDenyNetwork,     // from there nobody may: 403
  kDenyCredential,  // the credential is not, or no longer, good: 401
  kDenyPermission,  // good, but not for this
};

// The rule that refuses a name which no registry has.
inline constexpr std::string_view kRegistryUnknownRule = "registry-unknown";
// The rule that refuses a link which is used on another way than the one it was given on.
inline constexpr std::string_view kLinkOtherWayRule = "data-link-other-way";

// `rule` names what decided, for the operator; `reason` may be told to the caller. Both are
// literals.
struct Decision {
  Verdict verdict = Verdict::kDenyPermission;
  std::string_view rule;
  std::string_view reason;
  bool allowed() const { return verdict == Verdict::kAllow; }
};

// What admit() found. The views live as long as the snapshot and the source.
struct Admission : Decision {
  // Not 0: allowed so far, and decide() refuses whoever is not of one of these kinds.
  KindSet only = 0;
  // What the operator declared for this way here, whether or not it helps.
  KindSet ingress = 0;
  // The private endpoint that it came through, and its state; the subnet that it came from.
  std::string_view private_endpoint, subnet;
  std::optional<EndpointState> endpoint_state;
  // Where the bypass did not help the services of `ingress`: why. Literal.
  std::string_view bypass_reason;
};

struct AccessRequest {
  const Source& source;
  const Principal& principal;
  Action action;
  std::string_view registry;                        // its name; empty for kOperate
  const oci::RepositoryName* repository = nullptr;  // null for actions on the registry
  TimePoint now;
};
struct ControlRequest {
  const Source& source;
  const Principal& principal;
  std::string_view operation;  // "Microsoft.ContainerRegistry/registries/write"
  std::string_view scope;      // resource id, any case
  TimePoint now;
  // What a condition of delegation looks at (C2: Role Based Access Control Administrator): the
  // attributes of the role assignment that is written or removed. Null: none of them is there.
  const conditions::Facts* facts = nullptr;
};

Admission admit(const Snapshot& snapshot, const Source& source, std::string_view registry,
                TimePoint now);
// A signed link to a blob of the registry, given to somebody who came through `private_endpoint`
// (empty: through none) and, where admit() had said "only", was of the kind `service`. The same
// network decision for the way that the link is used on, and: a link that was given through a
// private endpoint is good through that endpoint only.
struct LinkRequest {
  const Source& source;
  std::string_view registry;
  std::string_view private_endpoint;
  ServiceKind service = ServiceKind::kNone;
  TimePoint now;
};
Decision admit_link(const Snapshot& snapshot, const LinkRequest& request);
Decision decide(const Snapshot& snapshot, const AccessRequest& request, Trace* trace = nullptr);
Decision decide(const Snapshot& snapshot, const ControlRequest& request, Trace* trace = nullptr);
// Which repositories the catalog shows to whom decide() allows kCatalogRead.
CatalogView catalog_view(const Snapshot& snapshot, const AccessRequest& request);
// Whether the principal's credential is still good; the first step of both decisions.
Decision still_good(const Snapshot& snapshot, const Principal& principal);

}  // namespace berth::policy
