// From the bytes of a request head to the Request that handlers see.
//
// parse_request_head is pure: it neither waits nor allocates once `out` has seen a few requests. It
// is strict where leniency has let requests be smuggled past proxies (RFC 9112 §11.2): one Host,
// one way to tell the body's length, no transfer coding but "chunked", no white space where none
// belongs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/exchange.h"
#include "http/limits.h"

namespace berth::http {

struct Field {
  std::string_view name, value;
};

// A failure that the HTTP layer finds itself. `status` goes before that of error.code: 414, 417,
// 431, 501 and 505 have no Code of their own.
struct Refusal {
  unsigned status;
  Error error;
};

// Views point into the parsed bytes, which must outlive them.
class RequestHead final : public Request {
 public:
  Method method() const override { return method_; }
  std::string_view method_text() const override { return method_text_; }
  std::string_view path() const override { return path_; }
  std::string_view query() const override { return query_; }
  std::optional<std::string_view> header(std::string_view name) const override;
  std::string joined_header(std::string_view name) const override;
  std::optional<std::uint64_t> content_length() const override { return content_length_; }
  bool chunked() const override { return chunked_; }

  bool http_1_1() const { return http_1_1_; }
  bool keep_alive() const { return keep_alive_; }
  bool expects_continue() const { return expects_continue_; }
  const std::vector<Field>& fields() const { return fields_; }

  void clear() { *this = RequestHead(std::move(fields_)); }
  RequestHead() = default;

 private:
  friend class HeadParser;
  friend tl::expected<void, Refusal> parse_request_head(std::string_view head, const Limits& limits,
                                                        RequestHead& out);
  // Keeps the capacity of the vector from request to request.
  explicit RequestHead(std::vector<Field>&& reused) : fields_(std::move(reused)) {
    fields_.clear();
  }

  Method method_ = Method::kOther;
  std::string_view method_text_, target_, path_, query_;
  std::vector<Field> fields_;
  std::optional<std::uint64_t> content_length_;
  bool chunked_ = false;
  bool http_1_1_ = true;
  bool keep_alive_ = false;
  bool expects_continue_ = false;
};

// `head` runs from the request line to the blank line, both included, as HeadScanner finds it. On
// an error `out` holds what was understood until then, for the log.
tl::expected<void, Refusal> parse_request_head(std::string_view head, const Limits& limits,
                                               RequestHead& out);

}  // namespace berth::http
