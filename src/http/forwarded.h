// Who the client behind declared HTTP proxies is: `X-Forwarded-For` or `Forwarded` (RFC 7239), read
// from the right, over the proxies that were declared, to the first address that was not. Entries
// left of that one were written by nobody who is believed, and are not looked at. Pure.
#pragma once

#include <string_view>

#include "base/error.h"
#include "base/ip.h"

namespace berth::http {

struct ForwardedQuestion {
  IpAddress peer;                // who speaks to us; one of `proxies`
  std::string_view header_text;  // all lines of the header, joined by ", "; empty: there was none
  bool rfc7239 = false;          // `Forwarded`; else `X-Forwarded-For`
  const IpPrefixList& proxies;
};
// kInvalidRequest when a declared proxy wrote nothing, or something that is no address ("unknown",
// "_hidden"): guessing would let somebody else in.
Result<IpAddress> client_behind(const ForwardedQuestion& question);

}  // namespace berth::http
