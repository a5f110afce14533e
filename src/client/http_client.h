// A small blocking HTTP/1.1 client: requests over TCP, TLS or a Unix socket, answers whole or line
// by line. The only user of libcurl. For the command line and other places that may block; never
// call it from a loop thread.
//
// Thread contract: one thread at a time for each HttpClient; different clients are independent. A
// client keeps its connection between requests to the same place. Redirects are not followed, the
// proxies and .netrc of the environment are not used, and user names in URLs are refused: what a
// request carries goes to the address that it names and nowhere else.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace berth::client {

// Larger answers, and longer single lines, are refused with kTooLarge unless a request says more.
inline constexpr std::size_t kMaxAnswerBytes = 1024UL * 1024;

// Names compare without case, RFC 9110 §5.1.
struct Header {
  std::string name;
  std::string value;
  bool operator==(const Header&) const = default;
};

struct HttpRequest {
  std::string method = "GET";   // GET, HEAD, POST, PUT, PATCH or DELETE
  std::string url;              // http:// or https://
  std::string unix_socket;      // when set, connect here; `url` then only names host and path
  std::vector<Header> headers;  // each replaces the one that would be sent by itself
  std::string body;             // not for GET and HEAD
  // PEM certificates that https trusts, a file; empty: those of the system.
  std::string ca_file;
  std::size_t max_answer_bytes = kMaxAnswerBytes;
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(5);
  // The whole exchange; 0: no limit, for an answer that takes as long as the work it reports on.
  std::chrono::milliseconds timeout = std::chrono::seconds(30);
};

struct HttpResponse {
  int status = 0;
  std::string body;  // empty after stream_lines with a 2xx status
  std::vector<Header> headers;

  // The value of the first header of this name; null when there is none.
  const std::string* header(std::string_view name) const;
};

// One line without its end; valid during the call. false: stop, the rest is not wanted.
using LineCallback = std::function<bool(std::string_view line)>;

// Errors of both calls: kUnavailable when nobody listens there (no such socket, connection
// refused, unknown host); kDenied when the socket may not be opened, and when the certificate of
// the other side is not to be trusted; kTimeout; kTooLarge; kInvalidRequest for a malformed URL,
// method, header or CA file; kClientGone when the server ends the answer early; kInternal for
// everything else. An HTTP status is never an error here.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  Result<HttpResponse> send(const HttpRequest& request);

  // Gives each line of a 2xx answer to `line` as it arrives; other answers come back whole. A last
  // line without an end is a line. Stopping early is success. `line` must not throw.
  Result<HttpResponse> stream_lines(const HttpRequest& request, const LineCallback& line);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

// What the HTTP client is made of, for `berth version`: "libcurl/7.88.1 OpenSSL/3.0.16 zlib/…".
std::string library_versions();

}  // namespace berth::client
