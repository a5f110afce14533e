#include "policy/decision.h"

namespace berth::policy {
namespace {

constexpr Decision allow(std::string_view rule) {
  return {Verdict::kAllow, rule, {}};
}
constexpr Decision deny(std::string_view rule, std::string_view reason) {
  return {Verdict::kDeny, rule, reason};
}

bool writes(Action action) {
  return action == Action::kPush || action == Action::kDelete || action == Action::kMetadataWrite ||
         action == Action::kMetadataDelete;
}

}  // namespace

Decision admit(const Snapshot& snapshot, const Source& source, std::string_view registry) {
  if (source.own_socket) return allow("own-socket");  // the file's mode let the caller in
  const auto found = snapshot.registries.find(registry);
  if (found == snapshot.registries.end()) {
    return deny("registry-unknown", "this server has no such registry");
  }
  if (found->second.loopback_only && !source.loopback) {
    return deny(
        "loopback-only",
        "this version of Berth has no sign-in, so it answers only callers on its own machine");
  }
  return allow("loopback");
}

Decision decide(const Snapshot& snapshot, const AccessRequest& request) {
  if (request.action == Action::kOperate) {
    const bool owner = request.source.own_socket && request.source.uid &&
                       (*request.source.uid == 0 || *request.source.uid == snapshot.server_uid);
    if (owner) return allow("own-socket-owner");
    return deny(
        "own-socket-owner",
        "maintenance belongs to root and to the user that runs the server, over its socket");
  }
  const Decision admitted = admit(snapshot, request.source, request.registry);
  if (!admitted.allowed()) return admitted;
  const auto found = snapshot.registries.find(request.registry);
  if (found == snapshot.registries.end()) {
    return deny("registry-unknown", "this server has no such registry");
  }
  if (request.principal.anonymous() && writes(request.action) &&
      !found->second.anonymous_may_write) {
    return deny("anonymous-read-only", "anonymous callers may only read here");
  }
  return allow("laptop-face");
}

}  // namespace berth::policy
