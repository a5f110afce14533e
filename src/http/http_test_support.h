// A real Server on a port of 127.0.0.1, and a client that sends exactly the bytes it is told to.
#pragma once

#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/blocking_pool.h"
#include "base/file.h"
#include "http/server.h"
#include "net/net_test_support.h"

namespace berth::http {

// Blocking socket with a 5 s time limit on everything.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer = 0);
  explicit RawClient(const std::string& unix_path);

  int fd() const { return socket_.fd(); }
  bool send(std::string_view bytes);
  // Reads until `text` is there and returns all up to its end; what comes after is kept.
  std::string read_until(std::string_view text);
  std::string read_exactly(std::size_t n);
  // One response: head, and body by its Content-Length.
  std::string read_response();
  // Everything until the server closes. `closed_by_timeout` on a silent server.
  std::string read_all();
  bool at_end();  // nothing more comes, and the connection is closed
  void shut_down_send();
  void close() { socket_.close(); }

 private:
  bool fill();
  File socket_;
  std::string pending_;
};

class TestService final : public Service {
 public:
  std::function<Task<Response>(Exchange&)> handler;
  Task<Response> handle(Exchange& exchange) override { return handler(exchange); }
  // "<CODE> <message>" with the status of the code's table row.
  Response failure(const Error& error, const std::string& correlation_id) override;
};

// /echo: the body back; /hello: "hello"; /ignore: 200 without reading the body; /throw; else 404.
Task<Response> standard_handler(Exchange& exchange);
Task<Result<std::string>> read_whole_body(ByteStream& body);

struct Seen {
  std::string method, path, correlation_id, client;
  unsigned status;
  std::uint64_t bytes_in, bytes_out;
};

// The machine's time, and a test's own shift of it.
class ShiftedClock final : public Clock {
 public:
  TimePoint now() const override { return SystemClock().now() + ahead.load(); }
  std::atomic<std::chrono::hours> ahead{std::chrono::hours{0}};
};

class ServerFixture {
 public:
  explicit ServerFixture(Limits limits = {});
  ~ServerFixture();
  ServerFixture(const ServerFixture&) = delete;
  ServerFixture& operator=(const ServerFixture&) = delete;

  // A further listener; returns what it is bound to.
  net::Endpoint listen(const std::string& endpoint, std::shared_ptr<net::TlsContext> tls = {},
                       std::shared_ptr<const net::Ingress> ingress = {}, bool everybody = false);
  std::uint16_t port() const { return port_; }
  RawClient client() const { return RawClient(port_); }
  // Sends the bytes, and returns all that comes until the server closes.
  std::string exchange(std::string_view bytes) const;
  // Returns once `done` holds; false after 5 s.
  static bool eventually(const std::function<bool()>& done);
  std::vector<Seen> seen() const;
  std::string log_text();  // all that was logged before

  ShiftedClock clock;
  SystemRandom random;
  Metrics metrics;
  BlockingPool files{2};
  TestService service;
  net::TempFolder folder;

 private:
  File log_file_;

 public:
  Logger log;
  net::LoopThreads loop;
  std::unique_ptr<Server> server;

 private:
  mutable std::mutex mutex_;
  std::vector<Seen> seen_;
  int log_reads_ = 0;
  std::uint16_t port_ = 0;
};

}  // namespace berth::http
