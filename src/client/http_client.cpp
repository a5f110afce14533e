#include "client/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <signal.h>

#include <strings.h>

#include <algorithm>
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
  std::size_t max_bytes = 0;
  std::string pending;          // the body, or the line that has not ended yet
  std::vector<Header> headers;  // of the latest answer: an interim one (1xx) is forgotten
  std::size_t header_bytes = 0;
  bool stopped = false;  // the callback wants no more
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
    too_large = pending.size() + data.size() > max_bytes;
    if (!too_large) pending.append(data);
    return !too_large;
  }

  // One header line as libcurl gives it, the status line and the empty last one included.
  bool take_header(std::string_view text) {
    header_bytes += text.size();
    too_large = header_bytes > kMaxAnswerBytes;
    if (text.starts_with("HTTP/")) headers.clear();
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return !too_large;
    std::string_view value = text.substr(colon + 1);
    const std::size_t begin = value.find_first_not_of(" \t");
    const std::size_t end = value.find_last_not_of(" \t\r\n");
    value = begin == std::string_view::npos || end == std::string_view::npos
                ? std::string_view()
                : value.substr(begin, end - begin + 1);
    headers.push_back({std::string(text.substr(0, colon)), std::string(value)});
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

std::size_t on_header(char* data, std::size_t one, std::size_t size, void* receiver) noexcept {
  try {
    return static_cast<Receiver*>(receiver)->take_header({data, one * size}) ? one * size : 0;
  } catch (const std::bad_alloc&) {
    return 0;
  }
}

// The list that libcurl reads its request headers from; it must outlive the transfer.
class HeaderList {
 public:
  explicit HeaderList(const std::vector<Header>& headers) {
    add("Expect:");  // a second round trip before every larger body
    for (const Header& header : headers) {
      // "Name;" is how libcurl spells a header without a value.
      add(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
    }
  }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { ::curl_slist_free_all(list_); }
  curl_slist* get() const { return list_; }

 private:
  void add(const std::string& line) {
    if (curl_slist* const longer = ::curl_slist_append(list_, line.c_str())) list_ = longer;
  }
  curl_slist* list_ = nullptr;
};

struct FailureRow {
  CURLcode curl;
  Code code;
  std::string_view what;
};
constexpr std::array kFailures = {
    FailureRow{CURLE_OPERATION_TIMEDOUT, Code::kTimeout, "did not answer in time"},
    FailureRow{CURLE_URL_MALFORMAT, Code::kInvalidRequest, "is not a URL"},
    FailureRow{CURLE_UNSUPPORTED_PROTOCOL, Code::kInvalidRequest,
               "is not an http:// or https:// URL"},
    FailureRow{CURLE_PEER_FAILED_VERIFICATION, Code::kDenied,
               "has a certificate that is not trusted here, or not for this name"},
    FailureRow{CURLE_SSL_CACERT_BADFILE, Code::kInvalidRequest,
               "cannot be asked: the file of trusted certificates is unreadable or no PEM"},
    FailureRow{CURLE_SSL_CONNECT_ERROR, Code::kUnavailable, "does not speak TLS as it should"},
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
  // Without the query: it may say more than a message should.
  const std::string place = request.unix_socket.empty()
                                ? request.url.substr(0, request.url.find_first_of("?#"))
                                : request.unix_socket;
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

constexpr std::array<std::string_view, 6> kMethods = {"GET", "HEAD",  "POST",
                                                      "PUT", "PATCH", "DELETE"};

// What libcurl would pass on as it stands: a line break in a header would be a second header.
Result<void> check(const HttpRequest& request) {
  if (std::find(kMethods.begin(), kMethods.end(), request.method) == kMethods.end()) {
    return fail(Code::kInvalidRequest, fmt::format("{} is not a method to send", request.method));
  }
  for (const Header& header : request.headers) {
    const std::string_view control("\r\n\0", 3);
    if (header.name.empty() || header.name.find_first_of(" :;") != std::string::npos ||
        header.name.find_first_of(control) != std::string::npos ||
        header.value.find_first_of(control) != std::string::npos) {
      return fail(Code::kInvalidRequest, "a request header has an illegal name or a line break");
    }
  }
  const auto scheme = request.url.find("://");
  const auto authority = scheme == std::string::npos ? 0 : scheme + 3;
  const auto at = request.url.find('@', authority);
  if (at < std::min(request.url.find_first_of("/?#", authority), request.url.size())) {
    return fail(Code::kInvalidRequest, "a URL must not hold a user name");
  }
  return {};
}

void prepare_method(CURL* curl, const HttpRequest& request) {
  if (request.method == "HEAD") {
    set(curl, CURLOPT_NOBODY, 1L);
  } else if (request.method != "GET") {
    set(curl, CURLOPT_POST, 1L);
    set(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    set(curl, CURLOPT_POSTFIELDS, request.body.data());
    set(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
}

void prepare(CURL* curl, const HttpRequest& request, Receiver& receiver, char* error_text) {
  ::curl_easy_reset(curl);
  set(curl, CURLOPT_ERRORBUFFER, error_text);
  set(curl, CURLOPT_NOSIGNAL, 1L);
  set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  set(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!request.ca_file.empty()) {
    set(curl, CURLOPT_CAINFO, request.ca_file.c_str());
    set(curl, CURLOPT_CAPATH, static_cast<char*>(nullptr));  // these and no others
  }
  set(curl, CURLOPT_PROXY, "");
  set(curl, CURLOPT_USERAGENT, "berth");
  set(curl, CURLOPT_URL, request.url.c_str());
  if (!request.unix_socket.empty()) {
    set(curl, CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
  }
  prepare_method(curl, request);
  set(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  set(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  set(curl, CURLOPT_WRITEFUNCTION, &on_data);
  set(curl, CURLOPT_WRITEDATA, static_cast<void*>(&receiver));
  set(curl, CURLOPT_HEADERFUNCTION, &on_header);
  set(curl, CURLOPT_HEADERDATA, static_cast<void*>(&receiver));
}

// OpenSSL writes without a flag against SIGPIPE, and CURLOPT_NOSIGNAL keeps libcurl's hands off
// signals. A server that hangs up must not end this process: the signal is blocked for this thread
// while this lives, and taken back if one came.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;
  ~NoPipeSignal() {
    const timespec now{};
    if (!was_pending_) ::sigtimedwait(&pipe_, nullptr, &now);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

Result<HttpResponse> perform(CURL* curl, const HttpRequest& request, const LineCallback* line) {
  if (curl == nullptr) return fail(Code::kInternal, "the HTTP client could not be started");
  TRY(check(request));
  std::array<char, CURL_ERROR_SIZE> error_text{};
  Receiver receiver;
  receiver.curl = curl;
  receiver.line = line;
  receiver.max_bytes = request.max_answer_bytes;
  prepare(curl, request, receiver, error_text.data());
  const HeaderList headers(request.headers);
  set(curl, CURLOPT_HTTPHEADER, headers.get());
  const NoPipeSignal quiet;
  const CURLcode code = ::curl_easy_perform(curl);
  if (receiver.too_large) {
    return fail(Code::kTooLarge,
                fmt::format("the answer has more than {} bytes{}", receiver.max_bytes,
                            receiver.streaming() ? " in one line" : ""));
  }
  if (code != CURLE_OK && !receiver.stopped) {
    return fail(to_error(curl, code, request, error_text.data()));
  }
  HttpResponse response;
  long status = 0;
  ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  response.headers = std::move(receiver.headers);
  if (!receiver.streaming()) {
    response.body = std::move(receiver.pending);
  } else if (!receiver.stopped && !receiver.pending.empty()) {
    receiver.deliver(receiver.pending);
  }
  return response;
}

}  // namespace

const std::string* HttpResponse::header(std::string_view name) const {
  const auto at = std::find_if(headers.begin(), headers.end(), [&](const Header& header) {
    return header.name.size() == name.size() &&
           ::strncasecmp(header.name.data(), name.data(), name.size()) == 0;
  });
  return at == headers.end() ? nullptr : &at->value;
}

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
