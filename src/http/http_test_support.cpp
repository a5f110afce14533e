#include "http/http_test_support.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace berth::http {
namespace {

void limit_time(int fd) {
  const timeval five_seconds{5, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &five_seconds, sizeof(five_seconds));
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &five_seconds, sizeof(five_seconds));
}

}  // namespace

RawClient::RawClient(std::uint16_t port, int receive_buffer)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  limit_time(fd());
  if (receive_buffer > 0) {
    ::setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
}

RawClient::RawClient(const std::string& unix_path)
    : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  limit_time(fd());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, unix_path.c_str(), sizeof(address.sun_path) - 1);
  EXPECT_EQ(::connect(fd(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool RawClient::fill() {
  std::string buffer(64UL * 1024, '\0');
  const ssize_t n = ::recv(fd(), buffer.data(), buffer.size(), 0);
  if (n <= 0) return false;
  pending_.append(buffer, 0, static_cast<std::size_t>(n));
  return true;
}

std::string RawClient::read_until(std::string_view text) {
  std::size_t at = std::string::npos;
  while ((at = pending_.find(text)) == std::string::npos) {
    if (!fill()) return std::exchange(pending_, {}) + "<connection ended>";
  }
  std::string result = pending_.substr(0, at + text.size());
  pending_.erase(0, result.size());
  return result;
}

std::string RawClient::read_exactly(std::size_t n) {
  while (pending_.size() < n) {
    if (!fill()) return std::exchange(pending_, {}) + "<connection ended>";
  }
  std::string result = pending_.substr(0, n);
  pending_.erase(0, n);
  return result;
}

std::string RawClient::read_response() {
  std::string head = read_until("\r\n\r\n");
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  const std::size_t at = head.find(kLength);
  if (at == std::string::npos) return head;
  return head + read_exactly(std::stoul(head.substr(at + kLength.size())));
}

std::string RawClient::read_all() {
  while (fill()) {
  }
  const bool silent = errno == EAGAIN && !at_end();
  return std::exchange(pending_, {}) + (silent ? "<still open>" : "");
}

bool RawClient::at_end() {
  char byte = 0;
  return pending_.empty() && ::recv(fd(), &byte, 1, MSG_PEEK) <= 0 && errno != EAGAIN;
}

void RawClient::shut_down_send() {
  ::shutdown(fd(), SHUT_WR);
}

Response TestService::failure(const Error& error, const std::string& /*correlation_id*/) {
  const CodeRow& row = code_row(error.code);
  Response response(static_cast<unsigned>(row.http_status));
  response.body = std::string(row.oci) + " " + error.message;
  return response;
}

Task<Result<std::string>> read_whole_body(ByteStream& body) {
  std::string whole;
  std::vector<std::byte> buffer(1000);
  for (;;) {
    CO_TRY_ASSIGN(const std::size_t n, co_await body.read(buffer));
    if (n == 0) co_return whole;
    whole.append(reinterpret_cast<const char*>(buffer.data()), n);
  }
}

Task<Response> standard_handler(Exchange& exchange) {
  Response response;
  const std::string_view path = exchange.request().path();
  if (path == "/echo") {
    auto body = co_await read_whole_body(exchange.body());
    if (!body) {
      response.status = static_cast<unsigned>(code_row(body.error().code).http_status);
      response.body = body.error().message;
    } else {
      response.body = std::move(*body);
    }
  } else if (path == "/hello") {
    response.body = std::string("hello");
  } else if (path == "/throw") {
    throw std::runtime_error("secret reason");
  } else if (path != "/ignore") {
    response.status = 404;
  }
  co_return response;
}

ServerFixture::ServerFixture(Limits limits)
    : log_file_(::open(folder.file("log").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)),
      log(log_file_.fd(), LogFormat::kHuman, LogLevel::kInfo, clock) {
  service.handler = standard_handler;
  server =
      std::make_unique<Server>(ServerParts{loop.io(), files, log, random, metrics, clock}, limits);
  server->on_request_done([this](const RequestSummary& s) {
    const std::lock_guard lock(mutex_);
    seen_.push_back({std::string(s.method), std::string(s.path), s.correlation_id, s.peer.address,
                     s.status, s.bytes_in, s.bytes_out});
  });
  port_ = listen("127.0.0.1:0").port;
}

ServerFixture::~ServerFixture() {
  asio::co_spawn(asio::make_strand(loop.io()), server->drain(std::chrono::milliseconds{0}),
                 asio::use_future)
      .wait();
  server.reset();
  files.join();
}

net::Endpoint ServerFixture::listen(const std::string& endpoint,
                                    std::shared_ptr<net::TlsContext> tls,
                                    std::shared_ptr<const net::Ingress> ingress, bool everybody) {
  net::ListenerOptions options;
  options.name = "test";
  options.endpoint = net::Endpoint::parse(endpoint)->front();
  options.tls = std::move(tls);
  options.ingress = std::move(ingress);
  options.everybody = everybody;
  auto listener = net::Listener::open(loop.io(), std::move(options), log);
  EXPECT_TRUE(listener);
  net::Endpoint bound = listener->bound();
  server->add_listener(std::move(*listener), service);
  return bound;
}

std::string ServerFixture::exchange(std::string_view bytes) const {
  RawClient connection = client();
  connection.send(bytes);
  return connection.read_all();
}

bool ServerFixture::eventually(const std::function<bool()>& done) {
  for (int i = 0; i < 1000; ++i) {
    if (done()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return false;
}

std::vector<Seen> ServerFixture::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

// The logger writes on a thread of its own, line after line: behind a last line there is all.
std::string ServerFixture::log_text() {
  const std::string last = "read here " + std::to_string(++log_reads_);
  log.error(last);
  std::string all;
  const bool complete = eventually([&] {
    std::ostringstream text;
    text << std::ifstream(folder.file("log")).rdbuf();
    all = text.str();
    return all.find(last + '\n') != std::string::npos;
  });
  EXPECT_TRUE(complete);
  std::istringstream lines(all);
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("read here ") == std::string::npos) result += line + '\n';
  }
  return result;
}

}  // namespace berth::http
