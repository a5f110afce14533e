#include "connection.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace load {
namespace {

constexpr std::size_t kBufferBytes = 256UL * 1024;
constexpr std::size_t kSmallBody = 16UL * 1024;  // sent in one packet train with the header
constexpr long kSocketSeconds = 120;

}  // namespace

Address parse_url(const std::string& url) {
  constexpr std::string_view kUnix = "unix:";
  if (url.rfind(kUnix, 0) == 0) return {"localhost", "", url.substr(kUnix.size())};
  constexpr std::string_view kScheme = "http://";
  if (url.rfind(kScheme, 0) != 0) throw std::runtime_error("not an http:// URL: " + url);
  std::string rest = url.substr(kScheme.size());
  rest = rest.substr(0, rest.find('/'));
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string::npos) throw std::runtime_error("no port in " + url);
  return {rest.substr(0, colon), rest.substr(colon + 1), ""};
}

Connection::Connection(Address address, std::string standing)
    : address_(std::move(address)), standing_(std::move(standing)), buffer_(kBufferBytes) {}

Connection::~Connection() {
  close();
}

void Connection::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  begin_ = end_ = 0;
}

void Connection::open() {
  if (fd_ >= 0) return;
  if (address_.socket.empty()) {
    open_tcp();
  } else {
    open_unix();
  }
}

void Connection::open_unix() {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (address_.socket.size() >= sizeof to.sun_path)
    throw std::runtime_error("socket path too long");
  address_.socket.copy(to.sun_path, address_.socket.size());
  fd_ = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    close();
    throw std::runtime_error("cannot connect to " + address_.socket);
  }
}

void Connection::open_tcp() {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address_.host.c_str(), address_.port.c_str(), &hints, &found) != 0) {
    throw std::runtime_error("cannot resolve " + address_.host);
  }
  fd_ = socket(found->ai_family, SOCK_STREAM, 0);
  const timeval limit{kSocketSeconds, 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const int one = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const int failed = connect(fd_, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  if (failed != 0) {
    close();
    throw std::runtime_error("cannot connect to " + address_.host + ":" + address_.port);
  }
}

void Connection::write(const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t sent = send(fd_, data, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) throw std::runtime_error("cannot send");
    data += sent;
    size -= static_cast<std::size_t>(sent);
  }
}

bool Connection::fill() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == buffer_.size()) {
    memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) throw std::runtime_error("a header line is too long");
  ssize_t got = 0;
  do {
    got = recv(fd_, buffer_.data() + end_, buffer_.size() - end_, 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0) throw std::runtime_error("cannot receive");
  end_ += static_cast<std::size_t>(got);
  return got > 0;
}

std::string Connection::line() {
  while (true) {
    const char* from = buffer_.data() + begin_;
    const auto* found = static_cast<const char*>(memchr(from, '\n', end_ - begin_));
    if (found == nullptr) {
      if (!fill()) throw std::runtime_error("the server closed the connection");
      continue;
    }
    std::string text(from, static_cast<std::size_t>(found - from));
    begin_ += text.size() + 1;
    if (!text.empty() && text.back() == '\r') text.pop_back();
    return text;
  }
}

void Connection::skip(std::size_t bytes) {
  while (bytes > 0) {
    if (begin_ == end_ && !fill()) throw std::runtime_error("a body is cut off");
    const std::size_t n = std::min(bytes, end_ - begin_);
    begin_ += n;
    bytes -= n;
  }
}

void Connection::read_body(Response& response) {
  if (const auto length = response.headers.find("content-length");
      length != response.headers.end()) {
    response.body_bytes = atol(length->second.c_str());
    return skip(static_cast<std::size_t>(response.body_bytes));
  }
  if (response.headers["transfer-encoding"] != "chunked") return;
  while (true) {
    const std::size_t n = strtoul(line().c_str(), nullptr, 16);
    if (n == 0) break;
    skip(n);
    line();
    response.body_bytes += static_cast<long>(n);
  }
  while (!line().empty()) {
  }
}

Response Connection::read_response(const std::string& method) {
  Response response;
  std::string text = line();
  if (text.size() < 12) throw std::runtime_error("no status line");
  response.status = atoi(text.c_str() + 9);
  while (!(text = line()).empty()) {
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos) continue;
    std::string name = text.substr(0, colon);
    for (char& c : name) c = static_cast<char>(tolower(static_cast<unsigned char>(c)));
    const std::size_t value = text.find_first_not_of(' ', colon + 1);
    response.headers[name] = value == std::string::npos ? "" : text.substr(value);
  }
  const bool bodyless = method == "HEAD" || response.status == 204 || response.status == 304;
  if (!bodyless) read_body(response);
  if (response.headers["connection"] == "close") close();
  return response;
}

Response Connection::request(const std::string& method, const std::string& target,
                             const std::string& header, std::string_view body) {
  open();
  const bool absolute = target.rfind("http://", 0) == 0;
  std::string text = method + " " + (absolute ? target.substr(target.find('/', 7)) : target) +
                     " HTTP/1.1\r\nHost: localhost" + (address_.port.empty() ? "" : ":") +
                     address_.port + "\r\n" + standing_ + header;
  if (method != "GET" && method != "HEAD") {
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  text += "\r\n";
  if (body.size() <= kSmallBody) {
    text += body;
    body = {};
  }
  write(text.data(), text.size());
  write(body.data(), body.size());
  return read_response(method);
}

}  // namespace load
