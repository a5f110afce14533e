// The private links of clouds, each a name "azure:<id>", "aws:<id>", "gcp:<id>": a proxy says one
// in its PROXY header (net/proxy_protocol.h), and a private endpoint is known by one
// (docs/network.md 3). An id has the same form in both places, or an endpoint would wait for what
// is never let in. Pure; safe from any thread.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ascii.h"

namespace berth {

struct PrivateLink {
  std::string_view prefix;  // of its names
  bool (*is_id)(std::string_view text);
};

// As it is printed: no sign, no leading zeros.
template <class Number>
bool is_plain_number(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return false;
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && at == end;
}

inline bool is_vpc_endpoint_id(std::string_view text) {
  constexpr std::string_view kStart = "vpce-";
  constexpr std::size_t kLongest = 64;
  if (!text.starts_with(kStart) || text.size() == kStart.size() || text.size() > kLongest) {
    return false;
  }
  for (const char c : text.substr(kStart.size())) {
    if (!is_digit(c) && !is_lower(c)) return false;
  }
  return true;
}

inline constexpr PrivateLink kAzurePrivateLink = {"azure:", is_plain_number<std::uint32_t>};
inline constexpr PrivateLink kAwsPrivateLink = {"aws:", is_vpc_endpoint_id};
inline constexpr PrivateLink kGooglePrivateLink = {"gcp:", is_plain_number<std::uint64_t>};

}  // namespace berth
