// The PROXY protocol, versions 1 and 2 (HAProxy, doc/proxy-protocol.txt), as a pure function over
// the first bytes of a connection. Who may send it is the listener's business; here the bytes are
// believed. Of the TLVs: the checksum is verified where there is one (0x03, CRC32C), and the three
// that name a private link are read (0xEE Azure LinkID, 0xEA AWS VPC endpoint id, 0xE0 Google PSC
// connection id). Others are skipped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/ip.h"

namespace berth::net {

struct ProxyHeader {
  // Absent for LOCAL and UNKNOWN: the connection is the proxy's own, as a health check is.
  struct Way {
    IpAddress source, destination;
    std::uint16_t source_port = 0, destination_port = 0;
  };
  std::optional<Way> way;
  std::string link;  // as base/private_link.h names it; empty: none. At most one is taken.
};

// Longest header that is read: version 1 is at most 107 bytes, version 2 may bring certificates.
inline constexpr std::size_t kMaxProxyHeader = 4096;

struct ProxyParse {
  enum class State { kMore, kDone, kBad } state = State::kMore;
  std::size_t length = 0;    // kDone: of the header; what follows is the client's
  std::string_view problem;  // kBad: a literal for the log
  ProxyHeader header;
};
ProxyParse parse_proxy_header(std::span<const std::byte> bytes);

}  // namespace berth::net
