#include "net/endpoint.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <charconv>

#include "base/ip.h"

namespace berth::net {
namespace {

constexpr std::string_view kExamples =
    "write 127.0.0.1:5000, [::1]:5000, localhost:5000 or unix:/path/to/socket";

tl::unexpected<Error> bad(std::string_view text, std::string_view why) {
  return fail(Code::kInvalidRequest,
              fmt::format("Listen address \"{}\": {}; {}.", text, why, kExamples));
}

std::string host_fault(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) {
    return fmt::format("\"{}\" is no IPv6 address", host);
  }
  if (host.find(':') != std::string_view::npos) return "an IPv6 address needs brackets around it";
  return fmt::format("\"{}\" is no numeric address (names are not looked up)", host);
}

Result<std::uint16_t> parse_port(std::string_view text, std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || ec != std::errc{} || end != digits.data() + digits.size()) {
    return bad(text, fmt::format("\"{}\" is no port between 0 and 65535", digits));
  }
  return port;
}

Result<std::vector<Endpoint>> parse_unix(std::string_view text, std::string_view path) {
  if (!path.starts_with('/')) return bad(text, "the path of a Unix socket must be absolute");
  constexpr std::size_t kMaxPath = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > kMaxPath) {
    return bad(text, fmt::format("the path is {} bytes long, the system allows {}", path.size(),
                                 kMaxPath));
  }
  if (path.find('\0') != std::string_view::npos) return bad(text, "the path holds a zero byte");
  return std::vector<Endpoint>{{Endpoint::Kind::kUnix, std::string(path), 0}};
}

}  // namespace

Result<std::vector<Endpoint>> Endpoint::parse(std::string_view text) {
  constexpr std::string_view kUnixPrefix = "unix:";
  if (text.starts_with(kUnixPrefix)) return parse_unix(text, text.substr(kUnixPrefix.size()));

  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad(text, "the port is missing");
  const std::string_view host = text.substr(0, colon);
  TRY_ASSIGN(const std::uint16_t port, parse_port(text, text.substr(colon + 1)));

  if (host == "localhost") {
    return std::vector<Endpoint>{{Kind::kIpv4, "127.0.0.1", port}, {Kind::kIpv6, "::1", port}};
  }
  const auto address = IpAddress::parse_host(host);
  if (!address) return bad(text, host_fault(host));
  // An IPv4-mapped address is IPv4: a socket for IPv6 alone, as ours are, cannot be bound to it.
  const Kind kind = address->v4() ? Kind::kIpv4 : Kind::kIpv6;
  return std::vector<Endpoint>{{kind, address->text(), port}};
}

bool Endpoint::is_loopback() const {
  return kind == Kind::kUnix || is_loopback_address(address);
}

std::string Endpoint::text() const {
  switch (kind) {
    case Kind::kUnix:
      return "unix:" + address;
    case Kind::kIpv6:
      return fmt::format("[{}]:{}", address, port);
    case Kind::kIpv4:
      break;
  }
  return fmt::format("{}:{}", address, port);
}

bool is_loopback_address(std::string_view address) {
  const auto parsed = IpAddress::parse(address);
  return parsed && parsed->loopback();
}

}  // namespace berth::net
