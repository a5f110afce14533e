#include "net/stream.h"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "net/tls_session.h"
#include "net/tls_snapshot.h"

namespace berth::net {
namespace {

using Protocol = asio::generic::stream_protocol;
using Socket = asio::basic_stream_socket<Protocol, Executor>;
using ErrorCode = boost::system::error_code;

constexpr std::size_t kMaxPieces = 4;
// As many records (256 KiB at most) come or go before other connections get their turn.
constexpr int kInARow = 16;
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

// The peer's end where more was needed.
std::error_code ended() {
  return ErrorCode(asio::error::eof);
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

IoResult to_result(const ErrorCode& ec, std::size_t n) {
  if (ec == asio::error::eof) return std::size_t{0};
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

  // A wait for the peer, which is a turn for others.
  Task<tl::expected<void, std::error_code>> wait(Socket::wait_type what);
  // After some calls in a row that did not have to wait, others get their turn.
  Task<tl::expected<void, std::error_code>> let_others();
  Task<IoResult> read_plain(std::span<std::byte> out, Expect expect);
  Task<IoResult> write_plain(std::span<const Bytes> pieces, bool more);
  Task<IoResult> read_tls(std::span<std::byte> out, Expect expect);
  Task<IoResult> write_tls(std::span<const Bytes> pieces);
  // Until an unfinished step of TLS can be tried again.
  Task<tl::expected<void, std::error_code>> wait_for(TlsSession::Step step);

  Socket socket;
  int in_a_row = 0;      // calls that did not have to wait
  unsigned cancels = 0;  // how often cancel() was called
  TlsContext::Snapshot context;
  std::optional<TlsSession> tls;
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
  return impl_->tls->server_name();
}

std::string Stream::client_ca() const {
  if (!impl_->tls) return {};
  return impl_->tls->client_ca(impl_->context->authorities);
}

bool Stream::client_ca_holds(const TlsContext& context, TimePoint now) const {
  return impl_->tls && now < impl_->tls->client_ends() &&
         impl_->tls->client_ca(context.current()->authorities) == client_ca();
}

Task<tl::expected<void, std::error_code>> Stream::Impl::wait(Socket::wait_type what) {
  const unsigned before = cancels;
  in_a_row = 0;
  ErrorCode ec;
  co_await socket.async_wait(what, asio::redirect_error(use_task, ec));
  // A wait that was over, but not resumed yet, when cancel() came is cancelled, too: whoever called
  // it has forgotten the deadline.
  if (!ec && cancels != before) ec = asio::error::operation_aborted;
  if (ec) co_return tl::unexpected(std::error_code(ec));
  co_return tl::expected<void, std::error_code>{};
}

Task<tl::expected<void, std::error_code>> Stream::Impl::let_others() {
  const unsigned before = cancels;
  in_a_row = 0;
  co_await asio::post(socket.get_executor(), use_task);
  if (cancels == before) co_return tl::expected<void, std::error_code>{};
  co_return tl::unexpected(std::error_code(ErrorCode(asio::error::operation_aborted)));
}

Task<tl::expected<void, std::error_code>> Stream::Impl::wait_for(TlsSession::Step step) {
  using State = TlsSession::State;
  if (step.state == State::kWantsRead) co_return co_await wait(Socket::wait_read);
  if (step.state == State::kWantsWrite) co_return co_await wait(Socket::wait_write);
  co_return tl::unexpected(tls->error());
}

Task<tl::expected<void, std::error_code>> Stream::handshake(TlsContext::Snapshot context) {
  if (auto ready = co_await impl_->wait(Socket::wait_read); !ready) co_return ready;
  // A TLS record begins with 22; a request line with the upper-case letter of its method.
  unsigned char first = 0;
  const ssize_t n = ::recv(impl_->socket.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n == 1 && first >= 'A' && first <= 'Z') co_return tl::unexpected(plain_http_error());

  impl_->context = std::move(context);
  impl_->tls.emplace(impl_->context->context.get(), impl_->socket.native_handle());
  for (;;) {
    const TlsSession::Step step = impl_->tls->handshake();
    if (step.state == TlsSession::State::kDone) co_return tl::expected<void, std::error_code>{};
    if (step.state == TlsSession::State::kEnd) co_return tl::unexpected(ended());
    if (auto ready = co_await impl_->wait_for(step); !ready) co_return ready;
  }
}

Task<IoResult> Stream::Impl::read_plain(std::span<std::byte> out, Expect expect) {
  if (expect == Expect::kData) {
    const ssize_t n = ::recv(socket.native_handle(), out.data(), out.size(), MSG_DONTWAIT);
    if (n >= 0) co_return static_cast<std::size_t>(n);
    if (!would_block() && errno != EINTR) co_return tl::unexpected(last_errno());
  }
  in_a_row = 0;  // Asio resumes by way of the loop, whether or not there is something already
  ErrorCode ec;
  const std::size_t n = co_await socket.async_read_some(asio::buffer(out.data(), out.size()),
                                                        asio::redirect_error(use_task, ec));
  co_return to_result(ec, n);
}

Task<IoResult> Stream::Impl::read_tls(std::span<std::byte> out, Expect expect) {
  if (expect == Expect::kWait && !tls->has_pending()) {
    if (auto ready = co_await wait(Socket::wait_read); !ready) {
      co_return tl::unexpected(ready.error());
    }
  }
  for (;;) {
    const TlsSession::Step step = tls->read(out);
    if (step.state == TlsSession::State::kDone) co_return step.bytes;
    if (step.state == TlsSession::State::kEnd) co_return std::size_t{0};
    if (auto ready = co_await wait_for(step); !ready) co_return tl::unexpected(ready.error());
  }
}

Task<IoResult> Stream::read_some(std::span<std::byte> out, Expect expect) {
  if (++impl_->in_a_row > kInARow) {
    if (auto mine = co_await impl_->let_others(); !mine) co_return tl::unexpected(mine.error());
  }
  if (impl_->tls) co_return co_await impl_->read_tls(out, expect);
  co_return co_await impl_->read_plain(out, expect);
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
  for (;;) {
    const TlsSession::Step step = tls->write(next);
    if (step.state == TlsSession::State::kDone) co_return step.bytes;
    if (step.state == TlsSession::State::kEnd) co_return tl::unexpected(ended());
    if (auto ready = co_await wait_for(step); !ready) co_return tl::unexpected(ready.error());
  }
}

Task<IoResult> Stream::write_some(std::span<const Bytes> pieces, bool more) {
  if (++impl_->in_a_row > kInARow) {
    if (auto mine = co_await impl_->let_others(); !mine) co_return tl::unexpected(mine.error());
  }
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
    // A response that ends with its connection is known to be whole by this.
    while (impl_->tls->close_notify().state == TlsSession::State::kWantsWrite) {
      if (!co_await impl_->wait(Socket::wait_write)) co_return;
    }
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
  ++impl_->cancels;
  ErrorCode ignored;
  impl_->socket.cancel(ignored);
}

void Stream::close() {
  if (impl_->tls) impl_->tls->detach();
  ErrorCode ignored;
  impl_->socket.close(ignored);
}

}  // namespace berth::net
