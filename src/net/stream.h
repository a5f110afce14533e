// One accepted connection as a stream of bytes: plain TCP, a Unix socket, or TLS over either.
//
// Bound to one strand (executor()); every call must come from it. At most one read and one write at
// a time. No call has a time limit of its own: whoever owns the connection calls cancel() or
// close(), and the pending call returns operation_canceled.
//
// Errors are std::error_code values, for the debug log only. A read that returns 0 is the end of
// the peer's data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <tl/expected.hpp>

#include "base/task.h"
#include "net/tls_context.h"

namespace berth::net {

using IoResult = tl::expected<std::size_t, std::error_code>;
using Bytes = std::span<const std::byte>;

class Stream {
 public:
  // Takes ownership of the connected socket `fd` of the given address family.
  static tl::expected<Stream, std::error_code> adopt(const Executor& executor, int family, int fd);
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  ~Stream();

  Executor executor() const;

  // Turns the stream into a TLS server. Error kPlainHttp when the client spoke HTTP instead; the
  // stream is then still a plain one, and usable.
  Task<tl::expected<void, std::error_code>> handshake(TlsContext::Snapshot context);
  bool encrypted() const;
  // The name that the client asked for in the handshake (SNI), as sent; empty: none.
  std::string server_name() const;
  // The name of the authority behind the certificate that the client showed; empty: none was shown.
  std::string client_ca() const;
  // Whether a new connection would be told the same: `context`, which may have been loaded anew
  // since the handshake, has that authority still, and no certificate of the client's has ended.
  bool client_ca_holds(const TlsContext& context, TimePoint now) const;

  // What is there now, or the first that comes. kWait skips the attempt to read at once: right
  // where the peer has most likely not sent anything yet, as between two requests.
  enum class Expect { kData, kWait };
  Task<IoResult> read_some(std::span<std::byte> out, Expect expect);

  // What is there now or comes first, but leaves it to be read. Plain streams only.
  Task<IoResult> peek(std::span<std::byte> out);

  // Sends a part of `pieces` (at most 4), in order, and returns how many bytes. `more` says that
  // further bytes follow at once, so that a small head shares a packet with them.
  Task<IoResult> write_some(std::span<const Bytes> pieces, bool more);

  // Sends up to `length` bytes of the file from `offset` without copying them through this
  // process. Plain streams only. 0 means that the file ends before `offset`.
  Task<IoResult> send_file(int file, std::uint64_t offset, std::size_t length);

  // Ends our direction (TLS close_notify, FIN) and discards what the peer still sends until it ends
  // too, so that a reset cannot overtake the last response. Lasts as long as the peer likes.
  Task<> finish();

  void cancel();  // pending calls end with operation_canceled; the stream stays usable
  void close();

 private:
  struct Impl;
  explicit Stream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The one error of handshake() that a server answers.
std::error_code plain_http_error();

}  // namespace berth::net
