// From an address to a value by the blocks that hold it: disjoint ranges in order, found by binary
// search. Built once; what a range maps to is chosen when it is built. A value, safe to read from
// any thread.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/ip.h"

namespace berth::policy {

class PrefixTable {
 public:
  PrefixTable() = default;
  // `choose` gets the indexes of all blocks that hold a range, the longest prefix first, and gives
  // the range's value. Without it the value is the index of the longest.
  using Choose = std::function<std::size_t(std::span<const std::size_t>)>;
  explicit PrefixTable(std::span<const IpPrefix> blocks, const Choose& choose = {});

  std::optional<std::size_t> find(const IpAddress& address) const;

 private:
  struct Range {
    IpAddress first, last;
    std::size_t value;
  };
  // Of IPv6 and of IPv4: ::/0 lies around the mapped addresses and does not hold them.
  std::array<std::vector<Range>, 2> families_;
};

}  // namespace berth::policy
