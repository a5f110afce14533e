#include "server/config_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <span>

#include "base/ip.h"

namespace berth::server {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first: formatting takes the first that divides the value.
constexpr std::array<Unit, 5> kSizes = {
    {{"TiB", 1ULL << 40}, {"GiB", 1ULL << 30}, {"MiB", kMiB}, {"KiB", kKiB}, {"", 1}}};
constexpr std::array<Unit, 5> kTimes = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::span<const Unit> units) {
  const std::size_t digits = text.find_first_not_of("0123456789");
  const auto number = parse_number(text.substr(0, digits));
  if (!number) return std::nullopt;
  const std::string_view name =
      digits == std::string_view::npos ? std::string_view() : text.substr(digits);
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (*number > kMax / unit.factor) return std::nullopt;
    return *number * unit.factor;
  }
  return std::nullopt;
}

std::string format_with_unit(std::uint64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (value % unit.factor == 0) return fmt::format("{}{}", value / unit.factor, unit.name);
  }
  return fmt::to_string(value);  // not reached: the smallest factor is 1
}

// Two spellings of one address are one address, IPv4 within IPv6 included.
std::optional<std::string> parse_host(std::string_view host) {
  if (host.empty() || host == "*") return "*";
  if (host == "localhost") return "localhost";
  const auto address = IpAddress::parse_host(host);
  return address ? std::optional(address->text()) : std::nullopt;
}

// RFC 1123 §2.1, in lower case.
bool is_label(std::string_view text) {
  constexpr std::size_t kLongest = 63;
  return !text.empty() && text.size() <= kLongest && text.front() != '-' && text.back() != '-' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, kSizes);
}

std::string format_size(std::uint64_t bytes) {
  return bytes == 0 ? "0" : format_with_unit(bytes, kSizes);
}

std::optional<milliseconds> parse_duration(std::string_view text) {
  const auto value = parse_with_unit(text, kTimes);
  if (!value) return std::nullopt;
  return milliseconds(static_cast<std::int64_t>(*value));
}

std::string format_duration(milliseconds time) {
  return time.count() == 0 ? "0s"
                           : format_with_unit(static_cast<std::uint64_t>(time.count()), kTimes);
}

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto host = parse_host(text.substr(0, colon));
  const auto port = parse_number(text.substr(colon + 1));
  if (!host || !port || *port > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  return ListenAddress{*host, static_cast<std::uint16_t>(*port)};
}

std::optional<std::string> parse_domain(std::string_view text) {
  std::string out(text.substr(0, kMaxDomain + 1));
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (out.size() > kMaxDomain) return std::nullopt;
  std::size_t labels = 0;
  std::string_view last;
  for (std::size_t begin = 0; begin <= out.size(); begin += last.size() + 1) {
    last = std::string_view(out).substr(begin, std::min(out.find('.', begin), out.size()) - begin);
    if (!is_label(last)) return std::nullopt;
    ++labels;
  }
  // Digits at the end make it an address to most programs.
  if (labels < 2 || last.find_first_not_of("0123456789") == std::string_view::npos) {
    return std::nullopt;
  }
  return out;
}

std::optional<std::string> parse_region(std::string_view text) {
  constexpr std::size_t kShortest = 2;
  constexpr std::size_t kLongest = 32;
  if (text.size() < kShortest || text.size() > kLongest || !is_label(text) ||
      text.find('-') != std::string_view::npos) {
    return std::nullopt;
  }
  return std::string(text);
}

bool ListenAddress::link_local() const {
  return host.starts_with("169.254.");
}

bool ListenAddress::loopback() const {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::string ListenAddress::text() const {
  const bool six = host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", six ? "[" : "", host, six ? "]" : "", port);
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string out = "\"";
  for (const char c : text.substr(0, kLongest)) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (u < 0x20 || u == 0x7f) {
      out += fmt::format("\\x{:02x}", u);
    } else {
      out += c;
    }
  }
  return out + (text.size() > kLongest ? "\"…" : "\"");
}

}  // namespace berth::server
