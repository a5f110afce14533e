// The one decision of Berth, in pure calls over an immutable snapshot:
//
//   admit(snapshot, source, registry)  before authentication: may anything from there speak at all?
//   decide(snapshot, request)          after it: may this principal do this action?
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
#include "policy/principal.h"
#include "policy/snapshot.h"
#include "policy/trace.h"

namespace berth::policy {

// Where a request comes from; decided once per connection.
struct Source {
  std::string address;  // numeric, empty for the machine's own socket
  bool loopback = false;
  bool tls = false;
  bool own_socket = false;           // the Unix socket in the data directory
  std::optional<std::uint32_t> uid;  // of the peer on that socket
  std::string listener;
  // The network that a connection came through, as far as the listener can tell; empty otherwise.
  std::string private_endpoint, subnet;  // resource ids
};

enum class Verdict {
  kAllow,
  kDenyNetwork,     // from there nobody may: 403
  kDenyCredential,  // the credential is not, or no longer, good: 401
  kDenyPermission,  // good, but not for this
};

// The rule that refuses a name which no registry has.
inline constexpr std::string_view kRegistryUnknownRule = "registry-unknown";

// `rule` names what decided, for the operator; `reason` may be told to the caller. Both are
// literals.
struct Decision {
  Verdict verdict = Verdict::kDenyPermission;
  std::string_view rule;
  std::string_view reason;
  bool allowed() const { return verdict == Verdict::kAllow; }
};

struct AccessRequest {
  const Source& source;
  const Principal& principal;
  Action action;
  std::string_view registry;                        // its name; empty for kOperate
  const oci::RepositoryName* repository = nullptr;  // null for actions on the registry
  TimePoint now = {};
};
struct ControlRequest {
  const Source& source;
  const Principal& principal;
  std::string_view operation;  // "Microsoft.ContainerRegistry/registries/write"
  std::string_view scope;      // resource id, any case
  TimePoint now = {};
  // What a condition of delegation looks at (C2: Role Based Access Control Administrator): the
  // attributes of the role assignment that is written or removed. Null: none of them is there.
  const conditions::Facts* facts = nullptr;
};

Decision admit(const Snapshot& snapshot, const Source& source, std::string_view registry);
Decision decide(const Snapshot& snapshot, const AccessRequest& request, Trace* trace = nullptr);
Decision decide(const Snapshot& snapshot, const ControlRequest& request, Trace* trace = nullptr);
// Which repositories the catalog shows to whom decide() allows kCatalogRead.
CatalogView catalog_view(const Snapshot& snapshot, const AccessRequest& request);
// Whether the principal's credential is still good; the first step of both decisions.
Decision still_good(const Snapshot& snapshot, const Principal& principal);

}  // namespace berth::policy
