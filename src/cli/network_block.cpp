#include "cli/network_block.h"

#include <fmt/format.h>

#include <bit>
#include <cstdint>

#include "cli/api_error.h"
#include "server/config_values.h"

namespace berth::cli {
namespace {

// What is wrong with a block, where its shape says so.
std::string block_fault(const std::string& given) {
  if (given.find_first_of(",;") != std::string::npos) return "; separate several with spaces";
  const std::size_t slash = given.find('/');
  const auto address = IpAddress::parse(given.substr(0, slash));
  if (address && slash != std::string::npos) {
    return fmt::format("; after the slash comes a number from 0 to {}", address->v4() ? 32 : 128);
  }
  const std::size_t colon = given.rfind(':');
  if (colon != std::string::npos && IpAddress::parse(given.substr(0, colon))) {
    return "; a rule has no port";
  }
  return {};
}

}  // namespace

Result<IpPrefix> block_of(const Invocation& call, const std::string& given,
                          std::vector<std::string>& notes) {
  const auto block = IpPrefix::parse(given);
  if (!block) {
    return fail(wrong_usage(
        fmt::format("{}: {} is neither an address nor a block of them{}; it must be such as "
                    "203.0.113.7, 203.0.113.0/24 or 2001:db8::/32",
                    call.path, server::in_quotes(given), block_fault(given))));
  }
  const auto address = IpAddress::parse(given.substr(0, given.find('/')));
  if (address && *address != block->first()) {
    notes.push_back(fmt::format("{} is the block {}", given, block->text()));
  }
  return *block;
}

unsigned nearness(const IpPrefix& one, const IpPrefix& other) {
  constexpr unsigned kOverlap = 1000;
  const auto& a = one.first().bytes();
  const auto& b = other.first().bytes();
  unsigned common = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto differing = static_cast<std::uint8_t>(a[i] ^ b[i]);
    common += static_cast<unsigned>(std::countl_zero(differing));
    if (differing != 0) break;
  }
  return common + (one.overlaps(other) ? kOverlap : 0);
}

}  // namespace berth::cli
