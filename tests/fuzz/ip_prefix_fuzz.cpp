// libFuzzer target: addresses and blocks as text. Input: two lines. What is read is written in one
// way, which reads back as the same; two blocks overlap only where one holds the other.
#include <string>

#include "base/ip.h"
#include "check.h"

namespace {

using namespace berth;

void check_address(std::string_view text) {
  const auto address = IpAddress::parse(text);
  if (!address) return;
  const std::string written = address->text();
  BERTH_CHECK(IpAddress::parse(written) == address);
  BERTH_CHECK(IpAddress::parse(written)->text() == written);
  BERTH_CHECK((written.find(':') == std::string::npos) == address->v4());
  const auto alone = IpPrefix::parse(text);
  BERTH_CHECK(alone && alone->first() == *address && alone->last() == *address);
  BERTH_CHECK(alone->text() == written && alone->length() == (address->v4() ? 32U : 128U));
}

void check_block(const IpPrefix& block) {
  BERTH_CHECK(IpPrefix::parse(block.text()) == block);
  // A block of IPv6 may end where the mapped IPv4 addresses lie, and does not hold those.
  BERTH_CHECK(block.contains(block.first()));
  BERTH_CHECK(block.contains(block.last()) == (block.v4() == block.last().v4()));
  BERTH_CHECK(block.first() <= block.last() && block.overlaps(block));
  BERTH_CHECK(block.length() <= (block.v4() ? 32U : 128U));
  BERTH_CHECK(IpPrefix(block.last(), block.length()) == block || block.v4() != block.last().v4());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [first, second] = fuzz::split_line(fuzz::as_text(data, size));
  check_address(first);
  const auto a = IpPrefix::parse(first);
  const auto b = IpPrefix::parse(second);
  if (a) check_block(*a);
  if (!a || !b) return 0;
  const bool overlap = a->overlaps(*b);
  BERTH_CHECK(overlap == b->overlaps(*a));
  BERTH_CHECK(overlap == (a->contains(b->first()) || b->contains(a->first())));
  BERTH_CHECK(IpPrefixList({*a, *b}).contains(b->first()));
  return 0;
}
