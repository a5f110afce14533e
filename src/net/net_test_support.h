// What the tests of net/ and http/ share: an io_context with threads, throw-away certificates, a
// temporary folder.
#pragma once

#include <stdlib.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"

namespace berth::net {

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "berth-net-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

class LoopThreads {
 public:
  explicit LoopThreads(int count = 2) : io_(count), work_(io_.get_executor()) {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this] { io_.run(); });
  }
  LoopThreads(const LoopThreads&) = delete;
  LoopThreads& operator=(const LoopThreads&) = delete;
  ~LoopThreads() { stop(); }
  boost::asio::io_context& io() { return io_; }
  void stop() {
    io_.stop();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::vector<std::thread> threads_;
};

// A certificate and its key, as PEM files.
struct PemFiles {
  std::string certificate, key;
};
struct CertificateWish {
  std::string common_name;
  std::chrono::seconds lifetime = std::chrono::hours{1};  // negative: expired already
  bool authority = false;
  std::string purpose = {};  // extended key usage, such as "clientAuth"; empty: none
};
// Writes a fresh P-256 key and a certificate for it; without an issuer it is self-signed.
void issue_certificate(const PemFiles& files, const CertificateWish& wish,
                       const PemFiles& issuer = {});
// The same, for a server.
void write_certificate(const std::string& certificate_file, const std::string& key_file,
                       const std::string& common_name,
                       std::chrono::seconds lifetime = std::chrono::hours{1});

}  // namespace berth::net
