#include "http/request_head.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <limits>
#include <utility>

#include "base/ascii.h"
#include "http/request_target.h"

namespace berth::http {
namespace {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;

constexpr std::array kMethods = {
    std::pair{std::string_view("GET"), Method::kGet},
    std::pair{std::string_view("HEAD"), Method::kHead},
    std::pair{std::string_view("POST"), Method::kPost},
    std::pair{std::string_view("PUT"), Method::kPut},
    std::pair{std::string_view("PATCH"), Method::kPatch},
    std::pair{std::string_view("DELETE"), Method::kDelete},
    std::pair{std::string_view("OPTIONS"), Method::kOptions},
};

Method method_of(std::string_view text) {
  for (const auto& [name, method] : kMethods) {
    if (name == text) return method;
  }
  return Method::kOther;
}

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

tl::unexpected<Refusal> refuse(unsigned status, Code code, std::string message) {
  return tl::unexpected(Refusal{status, Error(code, std::move(message))});
}

tl::unexpected<Refusal> bad_request(std::string message) {
  return refuse(400, Code::kInvalidRequest, std::move(message));
}

}  // namespace

// Beast reads the grammar; this class keeps what it finds and counts the fields on which the
// framing of the message depends.
class HeadParser final : public bhttp::basic_parser<true> {
 public:
  HeadParser(RequestHead& out, std::size_t max_fields) : out_(out), max_fields_(max_fields) {
    header_limit(std::numeric_limits<std::uint32_t>::max());  // the caller knows the size already
    body_limit(boost::none);  // counted by BodyReader, which knows what the handler allows
  }

  tl::expected<void, Refusal> parse(std::string_view head);

 private:
  void on_request_impl(bhttp::verb, beast::string_view method, beast::string_view target,
                       int version, beast::error_code&) override {
    out_.method_text_ = view(method);
    out_.method_ = method_of(out_.method_text_);
    out_.target_ = view(target);
    out_.http_1_1_ = version == 11;
  }
  void on_field_impl(bhttp::field id, beast::string_view name, beast::string_view value,
                     beast::error_code& ec) override;
  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
  void on_header_impl(beast::error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  std::size_t on_body_impl(beast::string_view, beast::error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, beast::error_code&) override {
    return 0;
  }
  void on_finish_impl(beast::error_code&) override {}

  tl::expected<void, Refusal> explain(const beast::error_code& ec, std::string_view head) const;
  tl::expected<void, Refusal> check_framing();
  tl::expected<void, Refusal> check_host_and_expect();

  RequestHead& out_;
  const std::size_t max_fields_;
  unsigned hosts_ = 0, lengths_ = 0, codings_ = 0;
  std::string_view host_, length_, coding_, expect_;
};

void HeadParser::on_field_impl(bhttp::field id, beast::string_view name, beast::string_view value,
                               beast::error_code& ec) {
  if (out_.fields_.size() == max_fields_) {
    ec = bhttp::error::header_limit;
    return;
  }
  const Field field{view(name), view(value)};
  out_.fields_.push_back(field);
  if (id == bhttp::field::host) {
    ++hosts_;
    host_ = field.value;
  } else if (id == bhttp::field::content_length) {
    ++lengths_;
    length_ = field.value;
  } else if (id == bhttp::field::transfer_encoding) {
    ++codings_;
    coding_ = field.value;
  } else if (id == bhttp::field::expect) {
    expect_ = field.value;
  }
}

// Beast has one error for "HTTP/2.0" and for "HTP/1.1"; only the former deserves a 505.
bool names_other_http_version(std::string_view head) {
  const std::string_view line = head.substr(0, head.find('\r'));
  const std::size_t space = line.rfind(' ');
  if (space == std::string_view::npos) return false;
  const std::string_view version = line.substr(space + 1);
  const bool known = version == "HTTP/1.1" || version == "HTTP/1.0";
  return !known && version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.';
}

tl::expected<void, Refusal> HeadParser::explain(const beast::error_code& ec,
                                                std::string_view head) const {
  using bhttp::error;
  if (ec == error::header_limit) {
    return refuse(431, Code::kTooLarge,
                  "The request has more than " + std::to_string(max_fields_) + " header fields.");
  }
  if (ec == error::bad_version && names_other_http_version(head)) {
    return refuse(505, Code::kUnsupported, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
  }
  static const std::array kTexts = {
      std::pair{error::bad_method, "The request line must begin with a method and one space."},
      std::pair{error::bad_target, "The request target holds a character that must be encoded."},
      std::pair{error::bad_version, "The request line must end in HTTP/1.1."},
      std::pair{error::bad_field, "A header name is malformed, or white space precedes its colon."},
      std::pair{error::bad_content_length,
                "Content-Length must be one decimal number and excludes Transfer-Encoding."},
      std::pair{error::multiple_content_length, "Content-Length must be sent once."},
      std::pair{error::bad_transfer_encoding,
                "Transfer-Encoding must be sent once and excludes Content-Length."},
  };
  for (const auto& [code, text] : kTexts) {
    if (ec == code) return bad_request(text);
  }
  return bad_request("The request head is malformed.");
}

// RFC 9112 §6: how long is the body? Anything doubtful is refused, and the connection closed.
tl::expected<void, Refusal> HeadParser::check_framing() {
  if (lengths_ > 1) return bad_request("Content-Length must be sent once.");
  const bool digits = std::all_of(length_.begin(), length_.end(), berth::is_digit);
  if (!digits) return bad_request("Content-Length must be one decimal number.");
  if (codings_ > 1) return bad_request("Transfer-Encoding must be sent once.");
  if (codings_ > 0) {
    if (!equal_no_case(coding_, "chunked")) {
      return refuse(501, Code::kUnsupported, "Transfer-Encoding must be \"chunked\".");
    }
    if (!out_.http_1_1_) return bad_request("HTTP/1.0 has no Transfer-Encoding.");
    out_.chunked_ = true;
  }
  if (lengths_ == 1) out_.content_length_ = *content_length();
  return {};
}

tl::expected<void, Refusal> HeadParser::check_host_and_expect() {
  if (hosts_ != 1) return bad_request("The request needs exactly one Host header.");
  if (!is_valid_host(host_)) return bad_request("The Host header is not a host name with port.");
  if (expect_.empty() || !out_.http_1_1_) return {};  // RFC 9110 §10.1.1: ignored in HTTP/1.0
  if (!equal_no_case(expect_, "100-continue")) {
    return refuse(417, Code::kInvalidRequest, "The only Expect known here is \"100-continue\".");
  }
  out_.expects_continue_ = out_.chunked_ || out_.content_length_.value_or(0) > 0;
  return {};
}

tl::expected<void, Refusal> HeadParser::parse(std::string_view head) {
  beast::error_code ec;
  const std::size_t used = put(boost::asio::buffer(head.data(), head.size()), ec);
  if (ec) return explain(ec, head);
  if (!is_header_done() || used != head.size()) {
    return bad_request("The request head is malformed.");
  }
  if (auto ok = check_framing(); !ok) return ok;
  if (auto ok = check_host_and_expect(); !ok) return ok;
  out_.keep_alive_ = keep_alive();
  const auto target = split_target(out_.target_, host_, out_.method_ == Method::kOptions);
  if (!target) return bad_request(std::string(target.error()));
  out_.path_ = target->path;
  out_.query_ = target->query;
  return {};
}

tl::expected<void, Refusal> parse_request_head(std::string_view head, const Limits& limits,
                                               RequestHead& out) {
  out.clear();
  HeadParser parser(out, limits.max_header_fields);
  auto parsed = parser.parse(head);
  if (out.target_.size() > limits.max_target_bytes) {
    return refuse(
        414, Code::kTooLarge,
        "The request target is longer than " + std::to_string(limits.max_target_bytes) + " bytes.");
  }
  if (parsed && out.method_text_ == "CONNECT") {
    return refuse(501, Code::kUnsupported, "This server is no proxy: CONNECT is not supported.");
  }
  return parsed;
}

std::optional<std::string_view> RequestHead::header(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equal_no_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::string RequestHead::joined_header(std::string_view name) const {
  std::string joined;
  for (const Field& field : fields_) {
    if (!equal_no_case(field.name, name)) continue;
    if (!joined.empty()) joined += ", ";
    joined += field.value;
  }
  return joined;
}

}  // namespace berth::http
