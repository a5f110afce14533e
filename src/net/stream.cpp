#include "net/stream.h"

#include <openssl/ssl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "net/tls_snapshot.h"

namespace berth::net {
namespace {

namespace ssl = boost::asio::ssl;
using Protocol = asio::generic::stream_protocol;
using Socket = asio::basic_stream_socket<Protocol, Executor>;
using ErrorCode = boost::system::error_code;

constexpr std::size_t kMaxPieces = 4;
// What one TLS record holds; gathering more into one buffer gains nothing.
constexpr std::size_t kRecord = 16UL * 1024;

class PlainHttpCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "berth.net"; }
  std::string message(int /*value*/) const override { return "plain HTTP on a TLS port"; }
};

std::error_code last_errno() {
  return {errno, std::system_category()};
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

bool is_end(const ErrorCode& ec) {
  return ec == asio::error::eof || ec == ssl::error::stream_truncated;
}

IoResult to_result(const ErrorCode& ec, std::size_t n) {
  if (is_end(ec)) return std::size_t{0};
  if (ec) return tl::unexpected(std::error_code(ec));
  return n;
}

}  // namespace

std::error_code plain_http_error() {
  static const PlainHttpCategory category;
  return {1, category};
}

struct Stream::Impl {
  explicit Impl(Socket s) : socket(std::move(s)) {}

  Task<tl::expected<void, std::error_code>> wait(Socket::wait_type what);
  Task<IoResult> read_plain(std::span<std::byte> out, Expect expect);
  Task<IoResult> write_plain(std::span<const Bytes> pieces, bool more);
  Task<IoResult> write_tls(std::span<const Bytes> pieces);

  Socket socket;
  TlsContext::Snapshot context;
  std::optional<ssl::stream<Socket&>> tls;
  std::vector<std::byte> record;  // gathers small pieces for one TLS record
};

tl::expected<Stream, std::error_code> Stream::adopt(const Executor& executor, int family, int fd) {
  Socket socket(executor);
  ErrorCode ec;
  socket.assign(Protocol(family, 0), fd, ec);
  if (ec) {
    ::close(fd);
    return tl::unexpected(std::error_code(ec));
  }
  // Asio does this at its first asynchronous call; sendfile and recv below may come earlier.
  socket.native_non_blocking(true, ec);
  if (ec) return tl::unexpected(std::error_code(ec));
  return Stream(std::make_unique<Impl>(std::move(socket)));
}

Stream::Stream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;
Stream::~Stream() = default;

Executor Stream::executor() const {
  return impl_->socket.get_executor();
}

bool Stream::encrypted() const {
  return impl_->tls.has_value();
}

std::string Stream::server_name() const {
  if (!impl_->tls) return {};
  const char* name = ::SSL_get_servername(impl_->tls->native_handle(), TLSEXT_NAMETYPE_host_name);
  return name != nullptr ? name : "";
}

std::string Stream::client_ca() const {
  if (!impl_->tls) return {};
  return impl_->context->authorities.name_behind(impl_->tls->native_handle());
}

Task<tl::expected<void, std::error_code>> Stream::Impl::wait(Socket::wait_type what) {
  ErrorCode ec;
  co_await socket.async_wait(what, asio::redirect_error(use_task, ec));
  if (ec) co_return tl::unexpected(std::error_code(ec));
  co_return tl::expected<void, std::error_code>{};
}

Task<tl::expected<void, std::error_code>> Stream::handshake(TlsContext::Snapshot context) {
  if (auto ready = co_await impl_->wait(Socket::wait_read); !ready) co_return ready;
  // A TLS record begins with 22; a request line with the upper-case letter of its method.
  unsigned char first = 0;
  const ssize_t n = ::recv(impl_->socket.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n == 1 && first >= 'A' && first <= 'Z') co_return tl::unexpected(plain_http_error());

  impl_->context = std::move(context);
  impl_->tls.emplace(impl_->socket, impl_->context->context);
  ErrorCode ec;
  co_await impl_->tls->async_handshake(ssl::stream_base::server,
                                       asio::redirect_error(use_task, ec));
  if (ec) co_return tl::unexpected(std::error_code(ec));
  co_return tl::expected<void, std::error_code>{};
}

Task<IoResult> Stream::Impl::read_plain(std::span<std::byte> out, Expect expect) {
  if (expect == Expect::kData) {
    const ssize_t n = ::recv(socket.native_handle(), out.data(), out.size(), MSG_DONTWAIT);
    if (n >= 0) co_return static_cast<std::size_t>(n);
    if (!would_block() && errno != EINTR) co_return tl::unexpected(last_errno());
  }
  ErrorCode ec;
  const std::size_t n = co_await socket.async_read_some(asio::buffer(out.data(), out.size()),
                                                        asio::redirect_error(use_task, ec));
  co_return to_result(ec, n);
}

Task<IoResult> Stream::read_some(std::span<std::byte> out, Expect expect) {
  if (!impl_->tls) co_return co_await impl_->read_plain(out, expect);
  ErrorCode ec;
  const std::size_t n = co_await impl_->tls->async_read_some(asio::buffer(out.data(), out.size()),
                                                             asio::redirect_error(use_task, ec));
  co_return to_result(ec, n);
}

Task<IoResult> Stream::peek(std::span<std::byte> out) {
  for (;;) {
    if (auto ready = co_await impl_->wait(Socket::wait_read); !ready) {
      co_return tl::unexpected(ready.error());
    }
    const ssize_t n =
        ::recv(impl_->socket.native_handle(), out.data(), out.size(), MSG_PEEK | MSG_DONTWAIT);
    if (n >= 0) co_return static_cast<std::size_t>(n);
    if (!would_block() && errno != EINTR) co_return tl::unexpected(last_errno());
  }
}

Task<IoResult> Stream::Impl::write_plain(std::span<const Bytes> pieces, bool more) {
  std::array<iovec, kMaxPieces> vectors{};
  const std::size_t count = std::min(pieces.size(), kMaxPieces);
  for (std::size_t i = 0; i < count; ++i) {
    // iovec has no const form; sendmsg only reads.
    vectors[i] = {const_cast<std::byte*>(pieces[i].data()), pieces[i].size()};
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  const int flags = MSG_NOSIGNAL | MSG_DONTWAIT | (more ? MSG_MORE : 0);
  for (;;) {
    const ssize_t n = ::sendmsg(socket.native_handle(), &message, flags);
    if (n >= 0) co_return static_cast<std::size_t>(n);
    if (errno == EINTR) continue;
    if (!would_block()) co_return tl::unexpected(last_errno());
    if (auto ready = co_await wait(Socket::wait_write); !ready) {
      co_return tl::unexpected(ready.error());
    }
  }
}

Task<IoResult> Stream::Impl::write_tls(std::span<const Bytes> pieces) {
  while (pieces.size() > 1 && pieces.front().empty()) pieces = pieces.subspan(1);
  Bytes next = pieces.empty() ? Bytes{} : pieces.front();
  if (pieces.size() > 1 && next.size() < kRecord) {
    record.clear();
    for (const Bytes piece : pieces) {
      const Bytes part = piece.first(std::min(piece.size(), kRecord - record.size()));
      record.insert(record.end(), part.begin(), part.end());
    }
    next = record;
  }
  ErrorCode ec;
  const std::size_t n = co_await tls->async_write_some(asio::buffer(next.data(), next.size()),
                                                       asio::redirect_error(use_task, ec));
  if (ec) co_return tl::unexpected(std::error_code(ec));
  co_return n;
}

Task<IoResult> Stream::write_some(std::span<const Bytes> pieces, bool more) {
  if (impl_->tls) co_return co_await impl_->write_tls(pieces);
  co_return co_await impl_->write_plain(pieces, more);
}

Task<IoResult> Stream::send_file(int file, std::uint64_t offset, std::size_t length) {
  for (;;) {
    auto position = static_cast<off_t>(offset);
    const ssize_t n = ::sendfile(impl_->socket.native_handle(), file, &position, length);
    if (n >= 0) co_return static_cast<std::size_t>(n);
    if (errno == EINTR) continue;
    if (!would_block()) co_return tl::unexpected(last_errno());
    if (auto ready = co_await impl_->wait(Socket::wait_write); !ready) {
      co_return tl::unexpected(ready.error());
    }
  }
}

Task<> Stream::finish() {
  ErrorCode ec;
  if (impl_->tls) {
    co_await impl_->tls->async_shutdown(asio::redirect_error(use_task, ec));
    if (ec == asio::error::operation_aborted) co_return;
  }
  impl_->socket.shutdown(Socket::shutdown_send, ec);
  if (ec) co_return;
  std::array<std::byte, 4096> discarded;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  for (;;) {
    const auto n = co_await impl_->read_plain(discarded, Expect::kWait);
    if (!n || *n == 0) co_return;
  }
}

void Stream::cancel() {
  ErrorCode ignored;
  impl_->socket.cancel(ignored);
}

void Stream::close() {
  ErrorCode ignored;
  impl_->socket.close(ignored);
}

}  // namespace berth::net
