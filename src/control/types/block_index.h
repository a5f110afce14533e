// Which of many blocks of addresses meets another: asked in a number of steps that grows with the
// length of an address, not with the blocks. Blocks may nest and repeat. Not thread-safe.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <map>
#include <optional>

#include "base/ip.h"

namespace berth::control {

class BlockIndex {
 public:
  // Owners come in rising order; of those with the same block the first counts.
  void add(const IpPrefix& block, std::size_t owner);
  // The lowest owner of a block that has an address in common with this one. Where there is one
  // within it, all those within it are looked at.
  std::optional<std::size_t> first_overlap(const IpPrefix& block) const;

 private:
  struct Family {
    std::map<IpPrefix, std::size_t> owners;
    std::bitset<129> lengths;  // that there are blocks of
  };
  std::array<Family, 2> families_;  // of IPv6 and of IPv4: neither holds addresses of the other
};

}  // namespace berth::control
