#include "net/proxy_protocol.h"

#include <gtest/gtest.h>

namespace berth::net {
namespace {

using State = ProxyParse::State;
using namespace std::string_literals;

ProxyParse parse(std::string_view text) {
  return parse_proxy_header(std::as_bytes(std::span(text.data(), text.size())));
}

std::string tlv(unsigned type, const std::string& value) {
  return {std::string(1, static_cast<char>(type)) + static_cast<char>(value.size() >> 8U) +
          static_cast<char>(value.size() & 0xffU) + value};
}
const std::string kV4 = "\xc0\x00\x02\x07\x0a\x0a\x09\x04\x30\x39\x01\xbb"s;
std::string v2(unsigned command, unsigned family, const std::string& block) {
  return "\r\n\r\n\0\r\nQUIT\n"s + static_cast<char>(command) + static_cast<char>(family) +
         static_cast<char>(block.size() >> 8U) + static_cast<char>(block.size() & 0xffU) + block;
}
std::string v4_with(const std::string& extras) {
  return v2(0x21, 0x11, kV4 + extras);
}

// "<from>:<port>><to>:<port> <link>", "own" without a way, "more", or "bad: <problem>".
std::string read(std::string_view bytes) {
  const ProxyParse parsed = parse(bytes);
  if (parsed.state == State::kMore) return "more";
  if (parsed.state == State::kBad) return "bad: " + std::string(parsed.problem);
  EXPECT_LE(parsed.length, bytes.size());
  if (!parsed.header.way) return "own";
  const auto& way = *parsed.header.way;
  const std::string link = parsed.header.link.empty() ? "" : " " + parsed.header.link;
  return way.source.text() + ":" + std::to_string(way.source_port) + ">" + way.destination.text() +
         ":" + std::to_string(way.destination_port) + link;
}

TEST(ProxyProtocol, Version1) {
  const std::string wrong = "bad: version 1: not TCP4 or TCP6 with addresses and ports";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"PROXY TCP4 192.0.2.7 10.10.9.4 12345 443\r\nGET", "192.0.2.7:12345>10.10.9.4:443"},
      {"PROXY TCP6 2001:db8::7 ::1 0 65535\r\n", "2001:db8::7:0>::1:65535"},
      {"PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n", "192.0.2.7:1>::1:2"},
      {"PROXY UNKNOWN\r\n", "own"},
      {"PROXY UNKNOWN ffff::1 what 99999999 ever\r\n", "own"},
      {"", "more"},
      {"PRO", "more"},
      {"PROXY TCP4 192.0.2.7 10.10.9.4 12345 443\r", "more"},
      {"PROXY UNKNOWNS\r\n", wrong},
      {"PROXY TCP4 ::ffff:192.0.2.7 10.10.9.4 1 2\r\n", wrong},
      {"PROXY TCP6 192.0.2.7 ::1 1 2\r\n", wrong},
      {"PROXY TCP4 192.0.2.7 10.10.9.4 1 65536\r\n", wrong},
      {"PROXY TCP4 192.0.2.7 10.10.9.4 01 2\r\n", wrong},
      {"PROXY TCP4 192.0.2.7 10.10.9.4 -1 2\r\n", wrong},
      {"PROXY TCP4 192.0.2.07 10.10.9.4 1 2\r\n", wrong},
      {"PROXY TCP4  192.0.2.7 10.10.9.4 1 2\r\n", wrong},
      {"PROXY TCP4 192.0.2.7 10.10.9.4 1 2 \r\n", wrong},
      {"PROXY TCP4 192.0.2.7 10.10.9.4 1\r\n", wrong},
      {"PROXY TCP4 192.0.2.7 \r\n", wrong},
      {"PROXY UDP4 192.0.2.7 10.10.9.4 1 2\r\n", wrong},
      {"PROXY \r\n", wrong},
      {"PROXY TCP4 192.0.2.7 10.10.9.4 1 2\n", "more"},
      {"PROXY TCP4 192.0.2.7 10.10.9.4 1 2\rX", "bad: version 1: CR without LF"},
      {"PROXY " + std::string(101, 'x'), "bad: version 1: no line end within 107 bytes"},
      {"PROXY UNKNOWN " + std::string(91, 'x') + "\r\n", "own"},
      {"PROXY UNKNOWN " + std::string(92, 'x') + "\r\n", "bad: version 1: CR without LF"},
      {"PROXX", "bad: the connection does not begin with a PROXY header"},
      {"\x16\x03\x01", "bad: the connection does not begin with a PROXY header"},
  };
  for (const auto& [bytes, expected] : cases) EXPECT_EQ(read(bytes), expected) << bytes;
}

TEST(ProxyProtocol, Version2) {
  const std::string v6 = std::string(15, '\0') + "\x01\x20\x01\x0d\xb8"s + std::string(11, '\0') +
                         "\x09\x00\x01\x00\x02"s;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {v4_with(""), "192.0.2.7:12345>10.10.9.4:443"},
      {v4_with("") + "\x16\x03\x01", "192.0.2.7:12345>10.10.9.4:443"},
      {v2(0x21, 0x21, v6), "::1:1>2001:db8::9:2"},
      {v2(0x21, 0x00, ""), "own"},
      {v2(0x20, 0x00, ""), "own"},
      {v2(0x20, 0x11, "junk"), "own"},
      {v2(0x20, 0xff, tlv(0xee, "\x01\x01\x02\x03\x04")), "own"},
      {v2(0x21, 0x11, kV4.substr(1)), "bad: version 2: no room for addresses"},
      {v2(0x21, 0x21, kV4), "bad: version 2: no room for addresses"},
      {v2(0x21, 0x12, kV4), "bad: version 2: not TCP over IPv4 or IPv6"},
      {v2(0x21, 0x31, std::string(216, 'x')), "bad: version 2: not TCP over IPv4 or IPv6"},
      {v2(0x22, 0x11, kV4), "bad: version 2: neither LOCAL nor PROXY"},
      {v2(0x11, 0x11, kV4), "bad: version 2: neither LOCAL nor PROXY"},
      {v2(0x21, 0x11, std::string(4081, 'x')), "bad: version 2: longer than 4096 bytes"},
      {v4_with(tlv(0x04, std::string(4065, '\0'))), "192.0.2.7:12345>10.10.9.4:443"},
      {v4_with("\x04\x00"s), "bad: version 2: a TLV is cut off"},
      {v4_with("\x04\x00\x02x"s), "bad: version 2: a TLV is longer than the header"},
  };
  for (const auto& [bytes, expected] : cases) EXPECT_EQ(read(bytes), expected);
}

TEST(ProxyProtocol, PrivateLinks) {
  const std::string way = "192.0.2.7:12345>10.10.9.4:443";
  const std::string azure = tlv(0xee, "\x01\xd2\x04\x00\x80"s);
  const std::string aws = tlv(0xea, "\x01vpce-08d2bf15fac5001c9");
  const std::string google = tlv(0xe0, "\xff\xff\xff\xff\xff\xff\xff\xfe");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {v4_with(azure), way + " azure:2147484882"},
      {v4_with(aws), way + " aws:vpce-08d2bf15fac5001c9"},
      {v4_with(google), way + " gcp:18446744073709551614"},
      {v4_with(tlv(0x04, "") + tlv(0x99, "x") + aws), way + " aws:vpce-08d2bf15fac5001c9"},
      {v4_with(tlv(0xee, "\x02zz") + tlv(0xea, "\x07")), way},  // other subtypes
      {v4_with(azure + azure), "bad: version 2: two private links"},
      {v4_with(azure + aws), "bad: version 2: two private links"},
      {v4_with(tlv(0xee, "")), "bad: version 2: the Azure TLV is malformed"},
      {v4_with(tlv(0xee, "\x01zzz")), "bad: version 2: the Azure TLV is malformed"},
      {v4_with(tlv(0xea, "")), "bad: version 2: the AWS TLV is malformed"},
      {v4_with(tlv(0xea, "\x01vpce-")), "bad: version 2: the AWS TLV is malformed"},
      {v4_with(tlv(0xea, "\x01vpce-1\n")), "bad: version 2: the AWS TLV is malformed"},
      {v4_with(tlv(0xea, "\x01vpcf-1")), "bad: version 2: the AWS TLV is malformed"},
      {v4_with(tlv(0xea, "\x01vpce-a-b")), "bad: version 2: the AWS TLV is malformed"},
      {v4_with(tlv(0xea, "\x01vpce-" + std::string(59, 'a'))),
       way + " aws:vpce-" + std::string(59, 'a')},
      {v4_with(tlv(0xea, "\x01vpce-" + std::string(60, 'a'))),
       "bad: version 2: the AWS TLV is malformed"},
      {v4_with(tlv(0xe0, "1234567")), "bad: version 2: the Google TLV is malformed"},
      {v2(0x21, 0x00, google), "bad: version 2: a link without addresses"},
  };
  for (const auto& [bytes, expected] : cases) EXPECT_EQ(read(bytes), expected);
}

// The sum was computed apart: CRC-32C of the header with four zeros in its place.
TEST(ProxyProtocol, ChecksumIsVerified) {
  std::string good = v4_with(tlv(0x03, "\x2f\x71\x62\x5c"));
  EXPECT_EQ(read(good), "192.0.2.7:12345>10.10.9.4:443");
  for (std::size_t i = kV4.size(); i < good.size(); ++i) {
    if (i == 16 + kV4.size()) continue;  // another type: no checksum is there
    std::string changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 0x40);
    EXPECT_NE(read(changed), "192.0.2.7:12345>10.10.9.4:443") << i;
  }
  const std::string twice = tlv(0x03, "\x63\x35\x3c\xeb") + tlv(0x03, "abcd");
  EXPECT_EQ(read(v4_with(twice)), "bad: version 2: two checksums");
  EXPECT_EQ(read(v4_with(tlv(0x03, "abc"))), "bad: version 2: the checksum is malformed");
  EXPECT_EQ(read(v4_with(tlv(0x03, "abcd"))), "bad: version 2: the checksum is wrong");
}

TEST(ProxyProtocol, EveryBeginningOfAGoodHeaderWantsMore) {
  for (const std::string& header :
       {"PROXY TCP4 192.0.2.7 10.10.9.4 12345 443\r\n"s, v4_with(tlv(0xe0, "12345678"))}) {
    for (std::size_t n = 0; n < header.size(); ++n) {
      EXPECT_EQ(parse(header.substr(0, n)).state, State::kMore) << n;
    }
    const ProxyParse whole = parse(header + "more");
    EXPECT_EQ(whole.state, State::kDone);
    EXPECT_EQ(whole.length, header.size());
  }
}

}  // namespace
}  // namespace berth::net
