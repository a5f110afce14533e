// Blocks of addresses as people type them. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/ip.h"
#include "cli/command.h"

namespace berth::cli {

// An address or a block; one with bits after its length gets a line in `notes`. The error is wrong
// usage and says what is wrong with it.
Result<IpPrefix> block_of(const Invocation& call, const std::string& given,
                          std::vector<std::string>& notes);
// How much two blocks have in common: a block around or inside the other is nearest, then the
// longest common beginning.
unsigned nearness(const IpPrefix& one, const IpPrefix& other);
// Near enough for a slip of the hand: of one family, and overlapping or in the same /16 (IPv4) or
// /32 (IPv6).
bool near(const IpPrefix& one, const IpPrefix& other);

}  // namespace berth::cli
