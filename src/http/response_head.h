// From a Response to the bytes of its head. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/exchange.h"

namespace berth::http {

// What of the request decides how the response is framed.
struct RequestTraits {
  bool head = false;  // a HEAD request
  bool http_1_1 = true;
  bool keep_alive = true;
};

// How the body is delimited (RFC 9112 §6.3) and whether the connection survives.
struct Framing {
  enum class Kind { kNone, kLength, kChunked, kUntilClose };
  Kind kind = Kind::kNone;
  std::optional<std::uint64_t> content_length;  // the header, if one is sent
  bool keep_alive = true;
};

Framing plan_framing(const Response& response, const RequestTraits& request);

struct HeadParts {
  const Response& response;
  const Framing& framing;
  const RequestTraits& request;
  std::string_view date;  // IMF-fixdate
  std::string_view correlation_id;
};

// Replaces `out` with the head. Returns the names of headers that were left out: they would have
// broken the message (CR, LF or another control character), or belong to this function.
std::vector<std::string_view> write_response_head(const HeadParts& parts, std::string& out);

}  // namespace berth::http
