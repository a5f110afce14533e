#include "policy/prefix_table.h"

#include <algorithm>

namespace berth::policy {
namespace {

// None comes after the last address there is, none before the first.
std::optional<IpAddress> neighbour(const IpAddress& address, bool above) {
  auto bytes = address.bytes();
  for (std::size_t i = bytes.size(); i-- > 0;) {
    const std::uint8_t before = above ? bytes[i]++ : bytes[i]--;
    if (before != (above ? 0xff : 0)) return IpAddress::from_v6(bytes);
  }
  return std::nullopt;
}

// Blocks nest or lie apart, so that those which hold an address are a stack: walks over the starts
// and ends of all blocks in order and tells each range between two of them.
class Sweep {
 public:
  using Emit = std::function<void(const IpAddress& first, const IpAddress& last,
                                  std::span<const std::size_t> innermost_first)>;
  Sweep(std::span<const IpPrefix> blocks, Emit emit) : blocks_(blocks), emit_(std::move(emit)) {}

  void enter(std::size_t block) {
    const IpAddress& first = blocks_[block].first();
    leave_before(first);
    if (!open_.empty()) {
      if (const auto end = neighbour(first, false)) tell_up_to(*end);
    }
    open_.insert(open_.begin(), block);
    from_ = first;
  }
  void finish() {
    while (!open_.empty()) leave();
  }

 private:
  void leave_before(const IpAddress& address) {
    while (!open_.empty() && blocks_[open_.front()].last() < address) leave();
  }
  void leave() {
    tell_up_to(blocks_[open_.front()].last());
    open_.erase(open_.begin());
  }
  void tell_up_to(const IpAddress& last) {
    if (!from_ || last < *from_) return;
    emit_(*from_, last, open_);
    from_ = neighbour(last, true);
  }

  const std::span<const IpPrefix> blocks_;
  const Emit emit_;
  std::vector<std::size_t> open_;  // innermost first
  std::optional<IpAddress> from_;  // of what was not told yet; none: nothing can be left
};

}  // namespace

PrefixTable::PrefixTable(std::span<const IpPrefix> blocks, const Choose& choose) {
  for (const bool v4 : {false, true}) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      if (blocks[i].v4() == v4) order.push_back(i);
    }
    // An outer block before the inner ones.
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return blocks[i]; });
    std::vector<Range>& ranges = families_[v4 ? 1 : 0];
    Sweep sweep(blocks, [&](const IpAddress& first, const IpAddress& last, auto held_by) {
      ranges.push_back({first, last, choose ? choose(held_by) : held_by.front()});
    });
    for (const std::size_t block : order) sweep.enter(block);
    sweep.finish();
  }
}

std::optional<std::size_t> PrefixTable::find(const IpAddress& address) const {
  const std::vector<Range>& ranges = families_[address.v4() ? 1 : 0];
  const auto after = std::ranges::upper_bound(ranges, address, {}, &Range::first);
  if (after == ranges.begin()) return std::nullopt;
  const Range& range = *std::prev(after);
  if (range.last < address) return std::nullopt;
  return range.value;
}

}  // namespace berth::policy
