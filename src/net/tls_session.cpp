#include "net/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <new>

namespace berth::net {
namespace {

class SslCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "openssl"; }
  std::string message(int value) const override {
    const char* const reason = ::ERR_reason_error_string(static_cast<unsigned>(value));
    return reason != nullptr ? reason : "TLS error";
  }
};

// A record may begin with what one call got and end with what the next one gets.
constexpr int kReadsPerStep = 2;

std::error_code ssl_error(unsigned long error) {
  static const SslCategory category;
  return {static_cast<int>(error), category};
}

}  // namespace

// OpenSSL's way to the socket. Its own (BIO_s_socket) would raise SIGPIPE.
struct SocketCalls {
  using Socket = TlsSession::Socket;

  static Socket& of(BIO* bio) { return *static_cast<Socket*>(::BIO_get_data(bio)); }

  static bool note_failure(Socket& socket) {
    socket.failed = errno;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  }
  static int write(BIO* bio, const char* data, std::size_t size, std::size_t* written) {
    BIO_clear_retry_flags(bio);
    const ssize_t n = ::send(of(bio).fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    *written = n < 0 ? 0 : static_cast<std::size_t>(n);
    if (n < 0 && note_failure(of(bio))) BIO_set_retry_write(bio);
    return n < 0 ? 0 : 1;
  }
  static int read(BIO* bio, char* data, std::size_t size, std::size_t* read) {
    BIO_clear_retry_flags(bio);
    *read = 0;
    // OpenSSL asks only while it holds no whole record, so that waiting for the socket is right.
    if (of(bio).reads_left-- <= 0) {
      BIO_set_retry_read(bio);
      return 0;
    }
    const ssize_t n = ::recv(of(bio).fd, data, size, MSG_DONTWAIT);
    *read = n < 0 ? 0 : static_cast<std::size_t>(n);
    if (n < 0 && note_failure(of(bio))) BIO_set_retry_read(bio);
    if (n == 0) of(bio).ended = true;
    return n > 0 ? 1 : 0;
  }
  static long control(BIO* bio, int command, long /*number*/, void* /*argument*/) {
    if (command == BIO_CTRL_EOF) return of(bio).ended ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;  // nothing is ever held back
  }

  static BIO_METHOD* make() {
    BIO_METHOD* method =
        ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "berth socket");
    if (method == nullptr || ::BIO_meth_set_write_ex(method, write) != 1 ||
        ::BIO_meth_set_read_ex(method, read) != 1 || ::BIO_meth_set_ctrl(method, control) != 1) {
      throw std::bad_alloc();
    }
    return method;
  }
  // One for the process, as OpenSSL's own are.
  static const BIO_METHOD* method() {
    static const std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> made(make(), &BIO_meth_free);
    return made.get();
  }
};

void TlsSession::Free::operator()(SSL* ssl) const {
  ::SSL_free(ssl);
}

TlsSession::TlsSession(SSL_CTX* context, int socket) : socket_{socket}, ssl_(::SSL_new(context)) {
  BIO* const bio = ::BIO_new(SocketCalls::method());
  if (ssl_ == nullptr || bio == nullptr) {
    ::BIO_free(bio);
    throw std::bad_alloc();
  }
  ::BIO_set_data(bio, &socket_);
  ::BIO_set_init(bio, 1);
  ::SSL_set_bio(ssl_.get(), bio, bio);  // takes it
  ::SSL_set_accept_state(ssl_.get());
}

TlsSession::Step TlsSession::step(int result, std::size_t bytes) {
  if (result > 0) return {State::kDone, bytes};
  switch (::SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {State::kWantsRead};
    case SSL_ERROR_WANT_WRITE:
      return {State::kWantsWrite};
    case SSL_ERROR_ZERO_RETURN:
      return {State::kEnd};
    case SSL_ERROR_SYSCALL:
      error_ = {socket_.failed, std::system_category()};
      break;
    default:
      error_ = ssl_error(::ERR_peek_last_error());
  }
  ::ERR_clear_error();
  return {State::kFailed};
}

// SSL_get_error() looks at the thread's queue of errors, so that it has to be empty before.
TlsSession::Step TlsSession::handshake() {
  ::ERR_clear_error();
  socket_.reads_left = kReadsPerStep;
  return step(::SSL_do_handshake(ssl_.get()), 0);
}

TlsSession::Step TlsSession::read(std::span<std::byte> out) {
  ::ERR_clear_error();
  socket_.reads_left = kReadsPerStep;
  std::size_t n = 0;
  const int result = ::SSL_read_ex(ssl_.get(), out.data(), out.size(), &n);
  return step(result, n);
}

TlsSession::Step TlsSession::write(std::span<const std::byte> bytes) {
  ::ERR_clear_error();
  std::size_t n = 0;
  const int result = ::SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &n);
  return step(result, n);
}

TlsSession::Step TlsSession::close_notify() {
  ::ERR_clear_error();
  // 0: ours is sent and the peer's has not come.
  const int result = ::SSL_shutdown(ssl_.get());
  return step(result == 0 ? 1 : result, 0);
}

bool TlsSession::has_pending() const {
  return ::SSL_has_pending(ssl_.get()) == 1;
}

std::string TlsSession::server_name() const {
  const char* const name = ::SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name != nullptr ? name : "";
}

std::string TlsSession::client_ca(const ClientAuthorities& authorities) const {
  return authorities.name_behind(ssl_.get());
}

}  // namespace berth::net
