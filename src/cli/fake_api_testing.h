// A control plane for tests: answers by "METHOD /path" on a Unix socket or on 127.0.0.1, and
// remembers what it was asked. One connection at a time; its thread ends with it.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/file.h"
#include "client/listen_testing.h"

namespace berth::cli {

class FakeApi {
 public:
  struct Answer {
    int status = 200;
    std::string body;
    std::string header = {};  // one whole line, "ETag: \"1\"\r\n"
  };
  struct Request {
    std::string line;  // "PUT /subscriptions/s?api-version=1"
    std::string head;
    std::string body;
  };

  // An empty path: a port of 127.0.0.1.
  explicit FakeApi(const std::string& unix_path)
      : listener_(unix_path.empty() ? client::listen_tcp(8, port_)
                                    : client::listen_unix(8, unix_path)),
        thread_([this] { serve(); }) {
    on("GET /berth/v1/info", R"({"version":"0.1","domain":"example.com","region":"local",
        "tenantId":"t1","subscriptionId":"s1","httpsPort":443,"httpListen":["localhost:5000"],
        "faces":{"graph":"https://graph.example.com"},"owner":true})");
  }
  ~FakeApi() {
    ::shutdown(listener_.fd(), SHUT_RDWR);
    thread_.join();
  }
  FakeApi(const FakeApi&) = delete;
  FakeApi& operator=(const FakeApi&) = delete;

  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }

  // `what` is compared without the query, unless it has one itself. The last word counts. "…/*"
  // answers everything below that has no answer of its own.
  void on(const std::string& what, std::string body, int status = 200, std::string header = {}) {
    const std::lock_guard lock(mutex_);
    answers_[what] = {status, std::move(body), std::move(header)};
  }
  // The next `times` answers to `what`, before the one of on().
  void first(const std::string& what, std::string body, int status, int times = 1) {
    const std::lock_guard lock(mutex_);
    first_[what].assign(static_cast<std::size_t>(times), {status, std::move(body)});
  }
  // Everything asked so far, but for the question who the server is.
  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const Request& request : requests()) {
      out.push_back(request.line.substr(0, request.line.find('?')));
    }
    return out;
  }
  // The last request of this line; without it the test fails.
  Request request(const std::string& line) const {
    Request found;
    for (const Request& request : requests()) {
      if (request.line.substr(0, request.line.find('?')) == line) found = request;
    }
    EXPECT_FALSE(found.line.empty()) << "nobody asked " << line;
    return found;
  }

 private:
  static bool complete(const std::string& text) {
    const auto end = text.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const auto at = text.find("Content-Length: ");
    const std::size_t body = at > end ? 0 : std::stoul(text.substr(at + 16));
    return text.size() >= end + 4 + body;
  }

  void serve() {
    for (;;) {
      const File peer(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!peer) return;
      std::string text;
      std::array<char, 4096> buffer{};
      while (!complete(text)) {
        const ssize_t n = ::recv(peer.fd(), buffer.data(), buffer.size(), 0);
        if (n <= 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(n));
      }
      if (!complete(text)) continue;
      const Answer answer = take(text);
      const std::string out =
          fmt::format("HTTP/1.1 {} X\r\nConnection: close\r\n{}Content-Length: {}\r\n\r\n{}",
                      answer.status, answer.header, answer.body.size(), answer.body);
      static_cast<void>(::send(peer.fd(), out.data(), out.size(), MSG_NOSIGNAL));
    }
  }

  Answer take(const std::string& text) {
    const std::lock_guard lock(mutex_);
    const std::string line = text.substr(0, text.find(" HTTP/1.1"));
    const std::size_t end = text.find("\r\n\r\n");
    if (line != "GET /berth/v1/info") {
      requests_.push_back({line, text.substr(0, end), text.substr(end + 4)});
    }
    for (const std::string& key : {line, line.substr(0, line.find('?'))}) {
      if (auto& waiting = first_[key]; !waiting.empty()) {
        Answer next = std::move(waiting.back());
        waiting.pop_back();
        return next;
      }
      if (const auto at = answers_.find(key); at != answers_.end()) return at->second;
    }
    for (const auto& [key, answer] : answers_) {
      if (key.ends_with("/*") && line.starts_with(key.substr(0, key.size() - 1))) return answer;
    }
    return {404, R"({"error":{"code":"ResourceNotFound","message":"There is no such thing."}})"};
  }

  mutable std::mutex mutex_;
  std::map<std::string, Answer> answers_;
  std::map<std::string, std::vector<Answer>> first_;
  std::vector<Request> requests_;
  std::uint16_t port_ = 0;
  File listener_;
  std::thread thread_;
};

}  // namespace berth::cli
