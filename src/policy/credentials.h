// Whether what proved a principal is still good: the second step of every decision. Pure; part of
// the decision, not called by others (they call still_good).
#pragma once

#include "policy/decision.h"

namespace berth::policy {

// `registry`: the one that the principal is known to, null when there is none any more. An empty
// credential is never good: it would equal that of a password that was never made.
Decision credential_is_good(const Snapshot& snapshot, const RegistryPolicy* registry,
                            const Principal& principal);

}  // namespace berth::policy
