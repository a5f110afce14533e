// The one decision of Berth, in two pure calls over an immutable snapshot:
//
//   admit(snapshot, source)    before authentication: may anything from there speak at all?
//   decide(snapshot, request)  after it: may this principal do this action?
//
// No I/O, no clock, no allocation on the allow path. Both return a value that says why, for the
// error body, the log and every later explanation; there is no second implementation of any rule.
//
// The policy of today is the laptop face: each registry is open to every caller on the machine
// itself, and to nobody else. The machine's own socket belongs to root and to the server's user.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "oci/name.h"
#include "policy/action.h"

namespace berth::policy {

// Where a request comes from; decided once per connection.
struct Source {
  std::string address;  // numeric, empty for the machine's own socket
  bool loopback = false;
  bool own_socket = false;           // the Unix socket in the data directory
  std::optional<std::uint32_t> uid;  // of the peer on that socket
  std::string listener;
};

// Who asks. Anonymous until sign-in exists; the field is here so that every decision carries it.
struct Principal {
  std::string name;  // empty: anonymous
  bool anonymous() const { return name.empty(); }
};

enum class Verdict { kAllow, kDeny };

// `rule` names what decided, for the operator; `reason` may be told to the caller.
struct Decision {
  Verdict verdict = Verdict::kDeny;
  std::string_view rule;
  std::string_view reason;
  bool allowed() const { return verdict == Verdict::kAllow; }
};

struct RegistryPolicy {
  bool loopback_only = true;        // network: only callers on this machine
  bool anonymous_may_write = true;  // the laptop face: no sign-in yet, so everybody admitted may
};

struct Snapshot {
  std::map<std::string, RegistryPolicy, std::less<>> registries;
  std::uint32_t server_uid = 0;  // may operate over the own socket, as may root
};

struct AccessRequest {
  const Source& source;
  const Principal& principal;
  Action action;
  std::string_view registry;
  const oci::RepositoryName* repository = nullptr;  // null for actions on the registry
};

Decision admit(const Snapshot& snapshot, const Source& source, std::string_view registry);
Decision decide(const Snapshot& snapshot, const AccessRequest& request);

}  // namespace berth::policy
