// The metadata key of the repository that a permit is for.
#pragma once

#include "meta/records.h"
#include "policy/permit.h"

namespace berth::registry {

template <policy::Action A>
meta::RepositoryKey key_of(const policy::Permit<A>& permit) {
  return {permit.registry(), permit.repository()};
}

}  // namespace berth::registry
