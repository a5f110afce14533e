// Network rules and ways to a registry by chance, from a seed alone (random_world.h). Addresses and
// blocks lie close together, so that they meet. Tests only.
#pragma once

#include <cstdint>

#include "policy/network.h"
#include "policy/snapshot.h"
#include "random_world.h"
#include "slow_network.h"

namespace berth::permissions {

PlainNetwork random_network(Random& random);
PlainIpRule random_ip_rule(Random& random);
PlainSubnetRule random_subnet_rule(Random& random);
policy::Source random_way(Random& random);
std::int64_t random_moment(Random& random);
std::string to_text(const policy::Source& source);

// With the registry "contoso", which lets anonymous callers pull.
policy::Snapshot to_snapshot(const PlainNetwork& network);
policy::KindSet to_kinds(const std::vector<std::string>& names);

}  // namespace berth::permissions
