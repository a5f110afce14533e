// The network part of the decision (docs/network.md §4): what decision.h declares as admit() and
// admit_link(), and the steps that decide() takes because of it. Part of the decision, not called
// by others. Pure.
#pragma once

#include "policy/decision.h"

namespace berth::policy {

inline constexpr Decision kUnknownRegistry = {Verdict::kDenyNetwork, kRegistryUnknownRule,
                                              "this server has no such registry"};

bool speaks_for_the_machine(const Snapshot& snapshot, const Source& source);

// After admit() said "only": whether the principal is a service of one of these kinds. `network`:
// what admit() looked at.
Decision service_may_pass(const Snapshot& snapshot, const Network& network,
                          const Admission& admission, const Principal& principal);

// Into trace.network; `registry` may be null.
void write_down(Trace& trace, const RegistryPolicy* registry, const Source& source,
                const Admission& admission, TimePoint now);

}  // namespace berth::policy
