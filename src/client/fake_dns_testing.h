// A name server for tests, on UDP of 127.0.0.1: answers A and AAAA from what it was told, NXDOMAIN
// for other names, nothing at all when it shall be silent. Its thread ends with it.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "base/ip.h"

namespace berth::client {

class FakeDns {
 public:
  using Names = std::map<std::string, std::vector<std::string>>;

  explicit FakeDns(Names names, bool silent = false)
      : names_(std::move(names)),
        silent_(silent),
        socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_.fd(), any, length), 0);
    EXPECT_EQ(::getsockname(socket_.fd(), any, &length), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeDns() {
    ::shutdown(socket_.fd(), SHUT_RDWR);
    thread_.join();
  }
  FakeDns(const FakeDns&) = delete;
  FakeDns& operator=(const FakeDns&) = delete;

  std::string place() const { return "127.0.0.1:" + std::to_string(port_); }
  int asked() const { return asked_; }

 private:
  void serve() {
    for (;;) {
      std::array<char, 512> buffer{};
      sockaddr_in from{};
      socklen_t length = sizeof(from);
      auto* const any = reinterpret_cast<sockaddr*>(&from);
      const ssize_t n = ::recvfrom(socket_.fd(), buffer.data(), buffer.size(), 0, any, &length);
      if (n <= 0) return;
      ++asked_;
      if (silent_ || n < 17) continue;
      const std::string out = answer({buffer.data(), static_cast<std::size_t>(n)});
      static_cast<void>(::sendto(socket_.fd(), out.data(), out.size(), 0, any, length));
    }
  }

  // RFC 1035 §4.1: the header, the question as it came, and a record for each address.
  std::string answer(const std::string& question) const {
    std::string host;
    std::size_t at = 12;
    for (std::size_t size = 0; (size = static_cast<unsigned char>(question.at(at))) != 0;) {
      host += (host.empty() ? "" : ".") + question.substr(at + 1, size);
      at += size + 1;
    }
    const bool v6 = question.at(at + 2) == 28;
    const auto known = names_.find(host);
    std::string records;
    char count = 0;
    for (const std::string& text :
         known == names_.end() ? std::vector<std::string>{} : known->second) {
      const auto address = IpAddress::parse(text).value_or(IpAddress());
      if (address.v4() == v6) continue;
      const std::string bytes(address.bytes().begin() + (v6 ? 0 : 12), address.bytes().end());
      records += std::string("\xC0\x0C\0", 3) + (v6 ? '\x1C' : '\x01') +
                 std::string("\0\x01\0\0\0\x3C\0", 7) + static_cast<char>(bytes.size()) + bytes;
      ++count;
    }
    std::string head = question.substr(0, 2) + "\x81";
    head += known == names_.end() ? '\x83' : '\x80';
    head += std::string("\0\x01\0", 3) + count + std::string(4, '\0');
    return head + question.substr(12, at + 5 - 12) + records;
  }

  Names names_;
  bool silent_;
  File socket_;
  std::uint16_t port_ = 0;
  std::atomic<int> asked_ = 0;
  std::thread thread_;
};

}  // namespace berth::client
