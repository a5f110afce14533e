#include "client/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

namespace berth::client {
namespace {

// libcurl wants one call before the first use, from one thread: a static initialiser is that.
void initialise_curl() {
  static const CURLcode done = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(done);
}

// What has arrived, shared with libcurl's callbacks during one request.
struct Receiver {
  CURL* curl = nullptr;
  const LineCallback* line = nullptr;  // null: collect the body
  std::string pending;                 // the body, or the line that has not ended yet
  bool stopped = false;                // the callback wants no more
  bool too_large = false;

  bool streaming() const {
    long status = 0;
    ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return line != nullptr && status >= 200 && status < 300;
  }

  bool deliver(std::string_view text) {
    if (text.ends_with('\r')) text.remove_suffix(1);
    stopped = !(*line)(text);
    return !stopped;
  }

  // false ends the transfer.
  bool take(std::string_view data) {
    if (streaming()) {
      for (auto end = data.find('\n'); end != std::string_view::npos; end = data.find('\n')) {
        pending.append(data.substr(0, end));
        data.remove_prefix(end + 1);
        const std::string whole = std::exchange(pending, {});
        if (!deliver(whole)) return false;
      }
    }
    too_large = pending.size() + data.size() > kMaxAnswerBytes;
    if (!too_large) pending.append(data);
    return !too_large;
  }
};

// No exception may pass through libcurl's C frames.
std::size_t on_data(char* data, std::size_t one, std::size_t size, void* receiver) noexcept {
  try {
    const bool more = static_cast<Receiver*>(receiver)->take({data, one * size});
    return more ? one * size : CURL_WRITEFUNC_ERROR;
  } catch (const std::bad_alloc&) {
    return CURL_WRITEFUNC_ERROR;
  }
}

struct FailureRow {
  CURLcode curl;
  Code code;
  std::string_view what;
};
constexpr std::array kFailures = {
    FailureRow{CURLE_OPERATION_TIMEDOUT, Code::kTimeout, "did not answer in time"},
    FailureRow{CURLE_URL_MALFORMAT, Code::kInvalidRequest, "is not a URL"},
    FailureRow{CURLE_UNSUPPORTED_PROTOCOL, Code::kInvalidRequest, "is not an http:// URL"},
    FailureRow{CURLE_GOT_NOTHING, Code::kClientGone, "closed the connection without an answer"},
    FailureRow{CURLE_PARTIAL_FILE, Code::kClientGone, "closed the connection within its answer"},
    FailureRow{CURLE_RECV_ERROR, Code::kClientGone, "closed the connection within its answer"},
    FailureRow{CURLE_SEND_ERROR, Code::kClientGone, "closed the connection within the request"},
};

Error connect_error(const std::string& place, long os_error) {
  if (os_error == EACCES || os_error == EPERM) {
    return {Code::kDenied, fmt::format("{} may not be opened by this user", place)};
  }
  return {Code::kUnavailable, fmt::format("nobody listens on {}", place)};
}

Error to_error(CURL* curl, CURLcode code, const HttpRequest& request, const char* detail) {
  const std::string& place = request.unix_socket.empty() ? request.url : request.unix_socket;
  Error error(Code::kInternal, fmt::format("the request to {} failed", place));
  if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST) {
    long os_error = 0;
    ::curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &os_error);
    error = connect_error(place, os_error);
  }
  for (const FailureRow& row : kFailures) {
    if (row.curl == code) error = Error(row.code, fmt::format("{} {}", place, row.what));
  }
  return std::move(error).because(fmt::format("curl {}: {}", static_cast<int>(code), detail));
}

// Setting an option fails only for lack of memory; the request then fails by itself.
template <class T>
void set(CURL* curl, CURLoption option, T value) {
  static_cast<void>(::curl_easy_setopt(curl, option, value));
}

void prepare(CURL* curl, const HttpRequest& request, Receiver& receiver, char* error_text) {
  ::curl_easy_reset(curl);
  set(curl, CURLOPT_ERRORBUFFER, error_text);
  set(curl, CURLOPT_NOSIGNAL, 1L);
  set(curl, CURLOPT_PROTOCOLS_STR, "http");
  set(curl, CURLOPT_PROXY, "");
  set(curl, CURLOPT_USERAGENT, "berth");
  set(curl, CURLOPT_URL, request.url.c_str());
  if (!request.unix_socket.empty()) {
    set(curl, CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
  }
  if (request.method == "POST") {
    set(curl, CURLOPT_POST, 1L);
    set(curl, CURLOPT_POSTFIELDS, request.body.data());
    set(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  set(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  set(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  set(curl, CURLOPT_WRITEFUNCTION, &on_data);
  set(curl, CURLOPT_WRITEDATA, static_cast<void*>(&receiver));
}

Result<HttpResponse> perform(CURL* curl, const HttpRequest& request, const LineCallback* line) {
  if (curl == nullptr) return fail(Code::kInternal, "the HTTP client could not be started");
  std::array<char, CURL_ERROR_SIZE> error_text{};
  Receiver receiver{curl, line, {}, false, false};
  prepare(curl, request, receiver, error_text.data());
  const CURLcode code = ::curl_easy_perform(curl);
  if (receiver.too_large) {
    return fail(Code::kTooLarge, fmt::format("the answer has more than {} bytes{}", kMaxAnswerBytes,
                                             receiver.streaming() ? " in one line" : ""));
  }
  if (code != CURLE_OK && !receiver.stopped) {
    return fail(to_error(curl, code, request, error_text.data()));
  }
  HttpResponse response;
  long status = 0;
  ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  if (!receiver.streaming()) {
    response.body = std::move(receiver.pending);
  } else if (!receiver.stopped && !receiver.pending.empty()) {
    receiver.deliver(receiver.pending);
  }
  return response;
}

}  // namespace

struct HttpClient::Handle {
  CURL* curl;
  Handle() : curl((initialise_curl(), ::curl_easy_init())) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { ::curl_easy_cleanup(curl); }
};

HttpClient::HttpClient() : handle_(std::make_unique<Handle>()) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Result<HttpResponse> HttpClient::send(const HttpRequest& request) {
  return perform(handle_->curl, request, nullptr);
}

Result<HttpResponse> HttpClient::stream_lines(const HttpRequest& request,
                                              const LineCallback& line) {
  return perform(handle_->curl, request, &line);
}

std::string library_versions() {
  initialise_curl();
  return ::curl_version();
}

}  // namespace berth::client
