// libFuzzer target: what a connection begins with, as a PROXY header; and the same bytes as the
// block of a version 2 header, so that mutations reach addresses and TLVs.
#include <span>
#include <string>

#include "check.h"
#include "net/proxy_protocol.h"

namespace {

using namespace berth;
using net::ProxyParse;
using State = ProxyParse::State;

ProxyParse parse(std::string_view text) {
  return net::parse_proxy_header(std::as_bytes(std::span(text.data(), text.size())));
}

void check_header(const net::ProxyHeader& header) {
  const std::string& link = header.link;
  BERTH_CHECK(link.empty() || header.way);
  BERTH_CHECK(link.empty() || link.starts_with("azure:") || link.starts_with("aws:vpce-") ||
              link.starts_with("gcp:"));
  BERTH_CHECK(link.size() < 80 && std::ranges::all_of(link, [](char c) {
                return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == ':' || c == '-';
              }));
  if (!header.way) return;
  for (const IpAddress& address : {header.way->source, header.way->destination}) {
    BERTH_CHECK(IpAddress::parse(address.text()) == address);
  }
}

// Bytes come in pieces: no beginning of a header is a header or wrong, and nothing that follows
// one changes it.
void check(std::string_view text) {
  const ProxyParse whole = parse(text);
  if (whole.state == State::kMore) {
    BERTH_CHECK(text.size() < net::kMaxProxyHeader);
    return;
  }
  const ProxyParse longer = parse(std::string(text) + "x");
  BERTH_CHECK(longer.state == whole.state && longer.length == whole.length);
  if (whole.state == State::kBad) {
    BERTH_CHECK(!whole.problem.empty());
    return;
  }
  BERTH_CHECK(whole.length <= text.size() && whole.length <= net::kMaxProxyHeader);
  for (std::size_t n = 0; n < whole.length; n += 1 + whole.length / 16) {
    BERTH_CHECK(parse(text.substr(0, n)).state == State::kMore);
  }
  BERTH_CHECK(parse(text.substr(0, whole.length - 1)).state == State::kMore);
  BERTH_CHECK(parse(text.substr(0, whole.length)).header.link == whole.header.link);
  check_header(whole.header);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  check(text);
  if (size > 0xffff) return 0;
  for (const char family : {'\x00', '\x11', '\x21'}) {
    std::string header("\r\n\r\n\0\r\nQUIT\n\x21", 13);
    header += family;
    header += static_cast<char>(size >> 8U);
    header += static_cast<char>(size & 0xffU);
    header += text;
    BERTH_CHECK(parse(header).state != State::kMore);
    check(header);
  }
  return 0;
}
