#include "net/proxy_protocol.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/private_link.h"

namespace berth::net {
namespace {

using Octets = std::span<const std::byte>;
using namespace std::string_view_literals;

constexpr auto kSignature1 = "PROXY "sv;
constexpr auto kSignature2 = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t kMaxLine = 107;  // of version 1, with its CRLF
constexpr std::size_t kFixed = 16;     // of version 2: signature, command, family, length

ProxyParse more() {
  return {};
}
ProxyParse bad(std::string_view problem) {
  return {ProxyParse::State::kBad, 0, problem, {}};
}

std::string_view text_of(Octets bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
unsigned octet(Octets bytes, std::size_t at) {
  return std::to_integer<unsigned>(bytes[at]);
}
std::uint64_t big_endian(Octets bytes) {
  std::uint64_t value = 0;
  for (const std::byte b : bytes) value = value << 8U | std::to_integer<std::uint64_t>(b);
  return value;
}

// Version 1 --------------------------------------------------------------------------------------

// Without leading zeros, as the specification wants all its numbers.
std::optional<std::uint16_t> port_of(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || at != end) return std::nullopt;
  return port;
}

// An IPv4-mapped address is written with colons and belongs to TCP6.
std::optional<IpAddress> address_of(std::string_view text, bool v6) {
  if ((text.find(':') != std::string_view::npos) != v6) return std::nullopt;
  return IpAddress::parse(text);
}

// `line` is "TCP4 <from> <to> <port> <port>": what stands between "PROXY " and CRLF.
std::optional<ProxyHeader::Way> way_of(std::string_view line) {
  std::array<std::string_view, 5> words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t space = i + 1 < words.size() ? line.find(' ') : line.size();
    if (space == std::string_view::npos) return std::nullopt;
    words[i] = line.substr(0, space);
    line.remove_prefix(std::min(space + 1, line.size()));
  }
  if (words[0] != "TCP4" && words[0] != "TCP6") return std::nullopt;
  const bool v6 = words[0] == "TCP6";
  const auto from = address_of(words[1], v6);
  const auto to = address_of(words[2], v6);
  const auto from_port = port_of(words[3]);
  const auto to_port = port_of(words[4]);
  if (!from || !to || !from_port || !to_port) return std::nullopt;
  return ProxyHeader::Way{*from, *to, *from_port, *to_port};
}

ProxyParse parse_version_1(std::string_view text) {
  const std::size_t end = text.substr(0, kMaxLine).find('\r');
  if (end == std::string_view::npos) {
    return text.size() < kMaxLine ? more() : bad("version 1: no line end within 107 bytes");
  }
  if (text.size() == end + 1 && end + 1 < kMaxLine) return more();
  if (end + 1 >= kMaxLine || text[end + 1] != '\n') return bad("version 1: CR without LF");
  ProxyParse done{ProxyParse::State::kDone, end + 2, {}, {}};
  const std::string_view line = text.substr(kSignature1.size(), end - kSignature1.size());
  // After UNKNOWN anything may follow, and means nothing.
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return done;
  done.header.way = way_of(line);
  return done.header.way ? done : bad("version 1: not TCP4 or TCP6 with addresses and ports");
}

// Version 2 --------------------------------------------------------------------------------------

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value & 1U) != 0 ? value >> 1U ^ 0x82f63b78U : value >> 1U;
    }
    table[i] = value;
  }
  return table;
}

// Of the whole header, with zeros where the checksum itself stands (RFC 9260, appendix A).
std::uint32_t crc32c(Octets header, std::size_t zeros_at) {
  static constexpr auto kTable = make_crc_table();
  std::uint32_t crc = ~0U;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const bool zero = i >= zeros_at && i < zeros_at + 4;
    crc = kTable[(crc ^ (zero ? 0U : octet(header, i))) & 0xffU] ^ crc >> 8U;
  }
  return ~crc;
}

// The three below: the link as text, "" for one of another kind, nullopt when malformed.
using LinkText = std::optional<std::string>;
constexpr unsigned kSubtype = 1;

std::string named(const PrivateLink& link, std::string_view id) {
  return std::string(link.prefix).append(id);
}

LinkText azure_link(Octets value) {
  if (value.empty()) return std::nullopt;
  if (octet(value, 0) != kSubtype) return "";
  if (value.size() != 5) return std::nullopt;
  std::uint32_t id = 0;
  for (std::size_t i = 4; i > 0; --i) id = id << 8U | octet(value, i);
  return named(kAzurePrivateLink, std::to_string(id));
}

LinkText aws_link(Octets value) {
  if (value.empty()) return std::nullopt;
  if (octet(value, 0) != kSubtype) return "";
  const std::string_view id = text_of(value.subspan(1));
  if (!kAwsPrivateLink.is_id(id)) return std::nullopt;
  return named(kAwsPrivateLink, id);
}

LinkText google_link(Octets value) {
  if (value.size() != 8) return std::nullopt;
  return named(kGooglePrivateLink, std::to_string(big_endian(value)));
}

struct LinkType {
  unsigned type;
  LinkText (*read)(Octets);
  std::string_view problem;
};
constexpr std::array kLinkTypes = {
    LinkType{0xee, azure_link, "version 2: the Azure TLV is malformed"},
    LinkType{0xea, aws_link, "version 2: the AWS TLV is malformed"},
    LinkType{0xe0, google_link, "version 2: the Google TLV is malformed"},
};
constexpr unsigned kChecksumType = 0x03;

// Walks over the TLVs of one header; each step returns a problem, or nothing.
class Extras {
 public:
  explicit Extras(Octets whole) : whole_(whole) {}

  std::string_view read(std::size_t at) {
    while (at < whole_.size()) {
      if (whole_.size() - at < 3) return "version 2: a TLV is cut off";
      const unsigned type = octet(whole_, at);
      const auto length = static_cast<std::size_t>(big_endian(whole_.subspan(at + 1, 2)));
      at += 3;
      if (length > whole_.size() - at) return "version 2: a TLV is longer than the header";
      if (const auto problem = take(type, at, length); !problem.empty()) return problem;
      at += length;
    }
    return {};
  }
  std::string link;

 private:
  std::string_view take(unsigned type, std::size_t at, std::size_t length) {
    if (type == kChecksumType) return check(at, length);
    const auto* known = std::ranges::find(kLinkTypes, type, &LinkType::type);
    if (known == kLinkTypes.end()) return {};
    LinkText text = known->read(whole_.subspan(at, length));
    if (!text) return known->problem;
    if (!text->empty() && !link.empty()) return "version 2: two private links";
    if (!text->empty()) link = std::move(*text);
    return {};
  }
  std::string_view check(std::size_t at, std::size_t length) {
    if (std::exchange(checked_, true)) return "version 2: two checksums";
    if (length != 4) return "version 2: the checksum is malformed";
    const bool right = big_endian(whole_.subspan(at, 4)) == crc32c(whole_, at);
    return right ? ""sv : "version 2: the checksum is wrong"sv;
  }

  const Octets whole_;
  bool checked_ = false;
};

template <std::size_t kSize>
std::array<std::uint8_t, kSize> address_bytes(Octets bytes, std::size_t at) {
  std::array<std::uint8_t, kSize> result;
  for (std::size_t i = 0; i < kSize; ++i) {
    result[i] = static_cast<std::uint8_t>(octet(bytes, at + i));
  }
  return result;
}

// The addresses of a block whose family is one of kFamilies. nullopt: it has none, as UNSPEC.
std::optional<ProxyHeader::Way> read_way(Octets block, unsigned family) {
  const auto port = [&](std::size_t at) {
    return static_cast<std::uint16_t>(big_endian(block.subspan(at, 2)));
  };
  if (family == 0x11) {
    return ProxyHeader::Way{IpAddress::from_v4(address_bytes<4>(block, 0)),
                            IpAddress::from_v4(address_bytes<4>(block, 4)), port(8), port(10)};
  }
  if (family == 0x21) {
    return ProxyHeader::Way{IpAddress::from_v6(address_bytes<16>(block, 0)),
                            IpAddress::from_v6(address_bytes<16>(block, 16)), port(32), port(34)};
  }
  return std::nullopt;
}

struct Family {
  unsigned value;  // address family and transport
  std::size_t size;
};
constexpr std::array kFamilies = {Family{0x00, 0}, Family{0x11, 12}, Family{0x21, 36}};

ProxyParse parse_version_2(Octets bytes) {
  if (bytes.size() < kFixed) return more();
  const unsigned command = octet(bytes, 12);
  const std::size_t length = kFixed + static_cast<std::size_t>(big_endian(bytes.subspan(14, 2)));
  if (command != 0x20 && command != 0x21) return bad("version 2: neither LOCAL nor PROXY");
  if (length > kMaxProxyHeader) return bad("version 2: longer than 4096 bytes");
  const bool local = command == 0x20;
  const auto* family = std::ranges::find(kFamilies, octet(bytes, 13), &Family::value);
  if (!local && family == kFamilies.end()) return bad("version 2: not TCP over IPv4 or IPv6");
  if (!local && length < kFixed + family->size) return bad("version 2: no room for addresses");
  if (bytes.size() < length) return more();

  ProxyParse done{ProxyParse::State::kDone, length, {}, {}};
  if (local) return done;  // its block is to be skipped, whatever it holds
  const Octets whole = bytes.first(length);
  done.header.way = read_way(whole.subspan(kFixed), family->value);
  Extras extras(whole);
  if (const auto problem = extras.read(kFixed + family->size); !problem.empty()) {
    return bad(problem);
  }
  if (!extras.link.empty() && !done.header.way) return bad("version 2: a link without addresses");
  done.header.link = std::move(extras.link);
  return done;
}

bool begins(std::string_view text, std::string_view signature) {
  return text.substr(0, signature.size()) == signature.substr(0, text.size());
}

}  // namespace

ProxyParse parse_proxy_header(std::span<const std::byte> bytes) {
  const std::string_view text = text_of(bytes);
  if (begins(text, kSignature1)) return parse_version_1(text);
  if (begins(text, kSignature2)) return parse_version_2(bytes);
  return bad("the connection does not begin with a PROXY header");
}

}  // namespace berth::net
