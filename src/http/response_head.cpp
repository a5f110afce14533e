#include "http/response_head.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.h"
#include "http/token.h"

namespace berth::http {
namespace {

struct Reason {
  unsigned status;
  std::string_view text;
};
constexpr std::array kReasons = {
    Reason{200, "OK"},
    Reason{201, "Created"},
    Reason{202, "Accepted"},
    Reason{204, "No Content"},
    Reason{206, "Partial Content"},
    Reason{301, "Moved Permanently"},
    Reason{302, "Found"},
    Reason{303, "See Other"},
    Reason{304, "Not Modified"},
    Reason{307, "Temporary Redirect"},
    Reason{308, "Permanent Redirect"},
    Reason{400, "Bad Request"},
    Reason{401, "Unauthorized"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{406, "Not Acceptable"},
    Reason{408, "Request Timeout"},
    Reason{409, "Conflict"},
    Reason{411, "Length Required"},
    Reason{412, "Precondition Failed"},
    Reason{413, "Content Too Large"},
    Reason{414, "URI Too Long"},
    Reason{415, "Unsupported Media Type"},
    Reason{416, "Range Not Satisfiable"},
    Reason{417, "Expectation Failed"},
    Reason{421, "Misdirected Request"},
    Reason{429, "Too Many Requests"},
    Reason{431, "Request Header Fields Too Large"},
    Reason{500, "Internal Server Error"},
    Reason{501, "Not Implemented"},
    Reason{502, "Bad Gateway"},
    Reason{503, "Service Unavailable"},
    Reason{504, "Gateway Timeout"},
    Reason{505, "HTTP Version Not Supported"},
    Reason{507, "Insufficient Storage"},
};

// Written here for every response, so a handler's own would contradict them.
constexpr std::array<std::string_view, 5> kOwnHeaders = {
    "Content-Length", "Transfer-Encoding", "Connection", "Date", "X-Ms-Correlation-Request-Id"};

std::string_view reason_of(unsigned status) {
  const auto* const found = std::find_if(kReasons.begin(), kReasons.end(),
                                         [&](const Reason& r) { return r.status == status; });
  return found == kReasons.end() ? std::string_view("Unknown") : found->text;
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

bool is_token(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), is_token_char);
}

bool is_safe(std::string_view name, std::string_view value) {
  const bool clean = std::none_of(value.begin(), value.end(), [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return (u < 0x20 && u != '\t') || u == 0x7f;
  });
  return clean && is_token(name) &&
         std::none_of(kOwnHeaders.begin(), kOwnHeaders.end(),
                      [&](std::string_view own) { return equal_no_case(own, name); });
}

std::optional<std::uint64_t> body_length(const Body& body) {
  struct Measure {
    std::optional<std::uint64_t> operator()(std::monostate) const { return 0; }
    std::optional<std::uint64_t> operator()(const std::string& s) const { return s.size(); }
    std::optional<std::uint64_t> operator()(const std::shared_ptr<const std::string>& s) const {
      return s ? s->size() : 0;
    }
    std::optional<std::uint64_t> operator()(const FileRange& f) const { return f.length; }
    std::optional<std::uint64_t> operator()(const StreamBody& s) const { return s.length; }
  };
  return std::visit(Measure{}, body);
}

void append_framing(const HeadParts& parts, std::string& out) {
  const Framing& framing = parts.framing;
  if (framing.content_length) {
    out += "\r\nContent-Length: ";
    append_number(out, *framing.content_length);
  }
  if (framing.kind == Framing::Kind::kChunked) out += "\r\nTransfer-Encoding: chunked";
  if (!framing.keep_alive) {
    out += "\r\nConnection: close";
  } else if (!parts.request.http_1_1) {
    out += "\r\nConnection: keep-alive";
  }
}

}  // namespace

Framing plan_framing(const Response& response, const RequestTraits& request) {
  Framing framing;
  framing.keep_alive = request.keep_alive && !response.close;
  const auto length = body_length(response.body);
  if (response.status == 204) return framing;
  if (response.status == 304 || request.head) {
    framing.content_length = response.announced_length;
    if (!framing.content_length && response.status != 304) framing.content_length = length;
    return framing;
  }
  framing.content_length = length;
  if (length) {
    framing.kind = Framing::Kind::kLength;
  } else if (request.http_1_1) {
    framing.kind = Framing::Kind::kChunked;
  } else {
    framing.kind = Framing::Kind::kUntilClose;
    framing.keep_alive = false;
  }
  return framing;
}

std::vector<std::string_view> write_response_head(const HeadParts& parts, std::string& out) {
  std::vector<std::string_view> left_out;
  out.assign("HTTP/1.1 ");
  append_number(out, parts.response.status);
  out += ' ';
  out += reason_of(parts.response.status);
  out += "\r\nDate: ";
  out += parts.date;
  append_framing(parts, out);
  out += "\r\nX-Ms-Correlation-Request-Id: ";
  out += parts.correlation_id;
  for (const auto& [name, value] : parts.response.headers) {
    if (!is_safe(name, value)) {
      left_out.push_back(name);
      continue;
    }
    out += "\r\n";
    out += name;
    out += ": ";
    out += value;
  }
  out += "\r\n\r\n";
  return left_out;
}

}  // namespace berth::http
