// A server for tests: one connection, one request, an answer in pieces. Listens on 127.0.0.1 or on
// a Unix socket; its thread ends with it.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "client/listen_testing.h"

namespace berth::client {

// Accepts one connection, reads one request up to and including its body, sends the pieces, closes.
class OneShotServer {
 public:
  OneShotServer(const std::string& unix_path, std::vector<std::string> pieces,
                std::chrono::milliseconds pause = {})
      : listener_(unix_path.empty() ? listen_tcp(1, port_) : listen_unix(1, unix_path)),
        pieces_(std::move(pieces)),
        pause_(pause),
        thread_([this] { serve(); }) {}
  ~OneShotServer() {
    ::shutdown(listener_.fd(), SHUT_RDWR);  // ends an accept that nobody came to
    if (thread_.joinable()) thread_.join();
  }
  OneShotServer(const OneShotServer&) = delete;
  OneShotServer& operator=(const OneShotServer&) = delete;

  std::string url(std::string_view path) const {
    return fmt::format("http://127.0.0.1:{}{}", port_, path);
  }
  // What the client sent; waits for the end of the connection.
  std::string request() {
    thread_.join();
    return request_;
  }

 private:
  bool complete() const {
    const auto end = request_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const auto at = request_.find("Content-Length: ");
    const std::size_t body = at == std::string::npos ? 0 : std::stoul(request_.substr(at + 16));
    return request_.size() >= end + 4 + body;
  }

  void serve() {
    const File peer(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!peer) return;
    std::array<char, 4096> buffer{};
    while (!complete()) {
      const ssize_t n = ::recv(peer.fd(), buffer.data(), buffer.size(), 0);
      if (n <= 0) return;
      request_.append(buffer.data(), static_cast<std::size_t>(n));
    }
    for (const std::string& piece : pieces_) {
      // The client may have hung up already, on purpose.
      if (::send(peer.fd(), piece.data(), piece.size(), MSG_NOSIGNAL) < 0) return;
      std::this_thread::sleep_for(pause_);
    }
  }

  std::uint16_t port_ = 0;
  File listener_;
  std::vector<std::string> pieces_;
  std::chrono::milliseconds pause_;
  std::string request_;
  std::thread thread_;
};

}  // namespace berth::client
