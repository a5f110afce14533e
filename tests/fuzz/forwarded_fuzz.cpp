// libFuzzer target: forwarding headers. Input: a line that a client wrote, then what the declared
// proxies wrote. Nothing that the client writes may change who it is.
#include <string>

#include "check.h"
#include "http/forwarded.h"

namespace {

using namespace berth;

const IpPrefixList& proxies() {
  static const IpPrefixList kList(
      {*IpPrefix::parse("10.0.0.0/8"), *IpPrefix::parse("2001:db8:1::/48")});
  return kList;
}

void check(std::string_view sent, std::string_view header, bool rfc7239) {
  const auto peer = *IpAddress::parse("10.0.0.1");
  const auto ask = [&](std::string_view text) {
    return http::client_behind({peer, text, rfc7239, proxies()});
  };
  const auto client = ask(header);
  if (!client) {
    BERTH_CHECK(client.error().code == Code::kInvalidRequest);
    fuzz::check_error(client.error());
    return;
  }
  BERTH_CHECK(ask(header).value() == *client);
  const auto stranger = *IpAddress::parse("203.0.113.99");
  BERTH_CHECK(http::client_behind({stranger, header, rfc7239, proxies()}).value() == stranger);
  if (proxies().contains(*client)) return;
  for (const std::string& before : {std::string(sent), std::string("for=192.0.2.1;x=\""),
                                    std::string("\\"), std::string("for=\"\\"), std::string()}) {
    BERTH_CHECK(ask(before + ", " + std::string(header)).value() == *client);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [sent, header] = fuzz::split_line(fuzz::as_text(data, size));
  check(sent, header, false);
  check(sent, header, true);
  check(sent, "for=\"" + std::string(header) + "\"", true);
  return 0;
}
