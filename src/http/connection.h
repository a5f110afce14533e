// The byte level of one connection: reading and writing under the limits on time, and counting.
//
// Every wait for the client is bounded by the one Deadline; when it passes, the pending operation
// ends with an error. Errors of reading are a Result in the client's terms; after an error of
// writing nothing can be said to the client any more, so writing answers only "it worked".
//
// Used from the connection's strand only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <system_error>

#include "base/error.h"
#include "base/task.h"
#include "http/deadline.h"
#include "http/input_buffer.h"
#include "http/limits.h"
#include "net/proxy_protocol.h"
#include "net/stream.h"

namespace berth::http {

class Connection {
 public:
  Connection(net::Stream stream, const Limits& limits);

  void start(std::weak_ptr<void> owner);

  // False: the client does not speak TLS (`plain_http` tells the one case worth an answer), or
  // took too long.
  Task<bool> handshake(net::TlsContext::Snapshot context, bool& plain_http);

  // The header that a declared proxy sends before anything else, and not a byte more. Under
  // header_timeout. kInvalidRequest, kTimeout or kClientGone say what is wrong, for the log.
  Task<Result<net::ProxyHeader>> read_proxy_header();

  // Adds to `input` what comes until `until`. kClientGone at the end, kTimeout when too late.
  Task<Result<void>> read_head(SteadyTime until);
  // Body bytes straight into `out`, at the minimum rate. kClientGone when the client ends first.
  Task<Result<std::size_t>> read_body(std::span<std::byte> out);

  // Sends all of `pieces` (at most 4). `more`: further bytes follow at once.
  Task<bool> write(std::span<const net::Bytes> pieces, bool more = false);
  // Sends up to `length` bytes of a file on a plain connection and sets `sent`; 0 is its end.
  Task<bool> send_file(int file, std::uint64_t offset, std::size_t length, std::size_t& sent);

  // Ends the connection so that the client has the whole response. Nothing works afterwards.
  Task<> finish();

  void cancel() { stream_.cancel(); }
  void close() { stream_.close(); }
  bool encrypted() const { return stream_.encrypted(); }
  std::string server_name() const { return stream_.server_name(); }
  std::string client_ca() const { return stream_.client_ca(); }
  bool client_ca_holds(const net::TlsContext& context, TimePoint now) const {
    return stream_.client_ca_holds(context, now);
  }
  bool failed() const { return failed_; }
  const std::error_code& last_error() const { return last_error_; }
  Executor executor() const { return stream_.executor(); }

  InputBuffer input;
  std::uint64_t bytes_in = 0;   // since the connection began
  std::uint64_t bytes_out = 0;  // without the overhead of TLS

 private:
  // Forgets the deadline and notes how the operation went.
  bool settle(SteadyTime began, const net::IoResult& result, RateGuard& rate);

  net::Stream stream_;
  const Limits& limits_;
  Deadline deadline_;
  RateGuard read_rate_, write_rate_;
  bool failed_ = false;
  bool finishing_ = false;
  std::error_code last_error_;
};

}  // namespace berth::http
