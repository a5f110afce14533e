// What a change of a registry's network rules would do to callers that are known: the decision
// itself, asked before and after. Pure; computes on a copy of the snapshot.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "explain/explain.h"
#include "policy/decision.h"
#include "policy/network.h"

namespace berth::explain {

// Somebody who was seen, or may come. Without a principal only the network is asked, and where it
// lets in services of some kinds only, somebody without a name is not let in; without an action,
// reading (kPull with a repository, else kRegistryRead).
struct Caller {
  policy::Source source;
  const policy::Principal* principal = nullptr;
  std::optional<policy::Action> action = {};
  const oci::RepositoryName* repository = nullptr;
};
struct CallerChange {
  std::size_t caller = 0;  // its place in the question
  policy::Decision before, after;
};
struct NetworkPreview {
  std::vector<CallerChange> locked_out, let_in;  // in the callers' order
  std::size_t unchanged = 0;
};
// Of a registry that is not there nothing changes. The decisions' texts are literals.
NetworkPreview preview_network(const policy::Snapshot& snapshot, std::string_view registry,
                               const policy::NetworkRules& after,
                               const std::vector<Caller>& callers, TimePoint now);

}  // namespace berth::explain
