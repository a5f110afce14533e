#include "control/types/block_index.h"

#include <algorithm>

namespace berth::control {

void BlockIndex::add(const IpPrefix& block, std::size_t owner) {
  Family& family = families_[block.v4() ? 1 : 0];
  family.owners.try_emplace(block, owner);
  family.lengths.set(block.length());
}

std::optional<std::size_t> BlockIndex::first_overlap(const IpPrefix& block) const {
  const Family& family = families_[block.v4() ? 1 : 0];
  std::optional<std::size_t> first;
  const auto take = [&](std::size_t owner) { first = std::min(first.value_or(owner), owner); };
  // Two blocks that meet are one within the other. Those around this one begin with its own bits.
  for (unsigned length = 0; length < block.length(); ++length) {
    if (!family.lengths.test(length)) continue;
    const auto around = family.owners.find(IpPrefix(block.first(), length));
    if (around != family.owners.end()) take(around->second);
  }
  // Those within it, itself among them, follow each other.
  for (auto at = family.owners.lower_bound(block); at != family.owners.end(); ++at) {
    if (!block.contains(at->first)) break;
    take(at->second);
  }
  return first;
}

}  // namespace berth::control
