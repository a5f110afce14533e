#include "cli/network_block.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>

#include "cli/api_error.h"
#include "server/config_values.h"

namespace berth::cli {
namespace {

bool has_any(const std::string& text, std::string_view of) {
  return text.find_first_of(of) != std::string::npos;
}

// What is wrong with one that is no address in parts.
std::string shape_fault(const Invocation& call, const std::string& given) {
  if (given.find_first_not_of("0123456789./") == std::string::npos) {
    return "; IPv4 has four numbers from 0 to 255, without leading zeros";
  }
  if (has_any(given, "*")) return "; all of IPv4 is 0.0.0.0/0, less has a longer length";
  if (has_any(given, "%")) return "; a rule has no zone";
  if (given.starts_with('[')) return "; a rule has no brackets";
  if (given.find_first_not_of("0123456789.-") == std::string::npos) {
    return "; a range is several blocks";
  }
  const bool parts = std::ranges::count(given, '/') == 1 && !has_any(given, ".:");
  if (parts && call.command->flag("--subnet") != nullptr) {
    return "; a subnet stands after --subnet";
  }
  return has_any(given, "ghijklmnopqrstuvwxyz") ? "; names are not looked up" : "";
}

// What is wrong with a block, where its shape says so.
std::string block_fault(const Invocation& call, const std::string& given) {
  if (has_any(given, ",;")) return "; separate several with spaces";
  const std::size_t slash = given.find('/');
  const auto address = IpAddress::parse(given.substr(0, slash));
  if (address && slash != std::string::npos) {
    return fmt::format("; after the slash comes a number from 0 to {}", address->v4() ? 32 : 128);
  }
  const std::size_t colon = given.rfind(':');
  if (colon != std::string::npos && IpAddress::parse_host(given.substr(0, colon))) {
    return "; a rule has no port";
  }
  return shape_fault(call, given);
}

}  // namespace

Result<IpPrefix> block_of(const Invocation& call, const std::string& given,
                          std::vector<std::string>& notes) {
  const auto block = IpPrefix::parse(given);
  if (!block) {
    return fail(wrong_usage(
        fmt::format("{}: {} is neither an address nor a block of them{}; it must be such as "
                    "203.0.113.7, 203.0.113.0/24 or 2001:db8::/32",
                    call.path, server::in_quotes(given), block_fault(call, given))));
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

bool near(const IpPrefix& one, const IpPrefix& other) {
  constexpr unsigned kV4 = 96 + 16;  // addresses of IPv4 stand behind the first 96 bits
  constexpr unsigned kV6 = 32;
  return one.v4() == other.v4() && nearness(one, other) >= (one.v4() ? kV4 : kV6);
}

}  // namespace berth::cli
