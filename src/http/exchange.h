// What a handler sees of HTTP: a request, its body as a stream, and a response that it returns as a
// value. Nothing of Beast appears here.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/byte_stream.h"
#include "base/file.h"
#include "base/task.h"
#include "http/peer.h"

namespace berth::http {

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };

// The request line and header. Views live as long as the exchange.
class Request {
 public:
  virtual ~Request() = default;
  virtual Method method() const = 0;
  virtual std::string_view method_text() const = 0;
  virtual std::string_view path() const = 0;   // as sent: still percent-encoded, without the query
  virtual std::string_view query() const = 0;  // without '?', as sent
  // The first header of that name (case-insensitive), trimmed; nullopt when absent.
  virtual std::optional<std::string_view> header(std::string_view name) const = 0;
  // All of them joined by ", ": for Accept and the like, which may be repeated.
  virtual std::string joined_header(std::string_view name) const = 0;
  virtual std::optional<std::uint64_t> content_length() const = 0;
  virtual bool chunked() const = 0;
};

// Response body. A shared string is sent without a copy; a FileRange with sendfile where the
// connection is plain; a ByteStream is pumped and must yield exactly `length` bytes, or any number
// with chunked coding when there is no length.
struct StreamBody {
  std::shared_ptr<ByteStream> stream;
  std::optional<std::uint64_t> length;
};
using Body = std::variant<std::monostate, std::string, std::shared_ptr<const std::string>,
                          FileRange, StreamBody>;

struct Response {
  unsigned status = 200;
  std::vector<std::pair<std::string_view, std::string>> headers;  // names are literals
  Body body;
  // For HEAD (and 304): announce this Content-Length without a body. Without it the length is the
  // body's; a HEAD's body is never sent.
  std::optional<std::uint64_t> announced_length;
  bool close = false;  // end the connection after this response

  static constexpr std::size_t kUsualHeaders = 8;  // at most, nearly always

  Response() = default;
  explicit Response(unsigned s) : status(s) { headers.reserve(kUsualHeaders); }
  Response& header(std::string_view name, std::string value) {
    headers.emplace_back(name, std::move(value));
    return *this;
  }
};

// One request on one connection. Lives until the response is written; one coroutine at a time.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual const Request& request() const = 0;
  // The request's body. The first read sends `100 Continue` if the client waits for it, so a
  // request that is refused before costs the client no byte. Errors: kClientGone, kTimeout (slower
  // than the configured minimum), kTooLarge (see allow_body), kInvalidRequest (malformed chunk).
  virtual ByteStream& body() = 0;
  // The body may be this long; 1 MiB unless raised. Call before the first read.
  virtual void allow_body(std::uint64_t bytes) = 0;
  // UUID of this request, in every log line, error body and the X-Ms-Correlation-Request-Id header.
  virtual const std::string& correlation_id() const = 0;
  virtual const Peer& peer() const = 0;
};

// The application behind a listener. Safe from any thread; one call per request.
class Service {
 public:
  virtual ~Service() = default;
  virtual Task<Response> handle(Exchange& exchange) = 0;
  // Renders a failure of the HTTP layer itself (bad request line, header too large, an exception
  // that escaped a handler) in the protocol of this listener.
  virtual Response failure(const Error& error, const std::string& correlation_id) = 0;
};

}  // namespace berth::http
