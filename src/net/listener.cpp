#include "net/listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>
#include <utility>

#include "net/listening_socket.h"

namespace berth::net {
namespace {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
using Descriptor = asio::posix::basic_stream_descriptor<Executor>;
using ErrorCode = boost::system::error_code;

constexpr std::chrono::milliseconds kBackOff{100};

// Conditions that pass by themselves; anything else about one connection is that client's affair.
bool out_of_resources(int err) {
  return err == EMFILE || err == ENFILE || err == ENOBUFS || err == ENOMEM;
}

}  // namespace

struct Listener::Impl {
  Impl(asio::io_context& context, ListenerOptions opts, Logger& logger)
      : io(context),
        options(std::move(opts)),
        log(logger),
        strand(asio::make_strand(io)),
        descriptor(strand),
        timer(strand) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { release(); }

  void release();
  void accept_one(const std::function<void(Accepted)>& on_connection);
  static Task<> accept_loop(std::shared_ptr<Impl> impl,
                            std::function<void(Accepted)> on_connection);
  Task<> back_off();

  asio::io_context& io;
  const ListenerOptions options;
  Logger& log;
  Executor strand;
  Descriptor descriptor;
  Timer timer;
  Endpoint bound;
  ino_t inode = 0;     // of the Unix socket file that is ours to remove
  int last_error = 0;  // of the last accept; 0 when it succeeded
};

Result<Listener> Listener::open(asio::io_context& io, ListenerOptions options, Logger& log) {
  // sendfile has no flag against SIGPIPE, and no server wants to die of a closed connection.
  std::signal(SIGPIPE, SIG_IGN);
  auto impl = std::make_shared<Impl>(io, std::move(options), log);
  TRY_ASSIGN(File file, open_listening_socket(impl->options));
  impl->bound = bound_endpoint(impl->options.endpoint, file.fd());
  if (impl->bound.kind == Endpoint::Kind::kUnix) {
    struct stat info {};
    if (::stat(impl->bound.address.c_str(), &info) == 0) impl->inode = info.st_ino;
  }
  const int own = ::dup(file.fd());  // asio wants a descriptor of its own
  if (own < 0) return fail(errno_error(errno, "dup", impl->bound.text()));
  ErrorCode ec;
  impl->descriptor.assign(own, ec);
  if (ec) {
    ::close(own);
    return fail(errno_error(ec.value(), "watch", impl->bound.text()));
  }
  return Listener(std::move(impl));
}

Listener::Listener(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::Listener(Listener&&) noexcept = default;
Listener& Listener::operator=(Listener&&) noexcept = default;
Listener::~Listener() {
  if (impl_) close();
}

void Listener::Impl::release() {
  ErrorCode ignored;
  descriptor.close(ignored);
  if (inode == 0) return;
  // Another server may have taken the name over meanwhile; its file is not ours.
  struct stat info {};
  if (::stat(bound.address.c_str(), &info) == 0 && info.st_ino == inode) {
    ::unlink(bound.address.c_str());
  }
  inode = 0;
}

void Listener::Impl::accept_one(const std::function<void(Accepted)>& on_connection) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  const int fd = ::accept4(descriptor.native_handle(), reinterpret_cast<sockaddr*>(&address), &size,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
  last_error = fd < 0 ? errno : 0;
  if (fd < 0) return;
  const int family = address.ss_family;
  RemoteAddress remote = describe_peer(fd, address);
  auto stream = Stream::adopt(asio::make_strand(io), family, fd);
  if (stream) on_connection({std::move(*stream), std::move(remote)});
}

Task<> Listener::Impl::back_off() {
  log.warning("cannot accept connections",
              {{"listener", options.name}, {"reason", std::system_category().message(last_error)}});
  ErrorCode ec;
  timer.expires_after(kBackOff);
  co_await timer.async_wait(asio::redirect_error(use_task, ec));
}

Task<> Listener::Impl::accept_loop(std::shared_ptr<Impl> impl,
                                   std::function<void(Accepted)> on_connection) {
  constexpr int kBatch = 16;  // then other strands get their turn
  while (impl->descriptor.is_open()) {
    ErrorCode ec;
    co_await impl->descriptor.async_wait(Descriptor::wait_read, asio::redirect_error(use_task, ec));
    if (ec) co_return;
    impl->last_error = 0;
    for (int i = 0; i < kBatch && impl->last_error == 0; ++i) impl->accept_one(on_connection);
    if (out_of_resources(impl->last_error)) co_await impl->back_off();
  }
}

// The loop holds the Impl: the Listener itself may be moved or gone before it ends.
Task<> Listener::serve(std::function<void(Accepted)> on_connection) {
  return Impl::accept_loop(impl_, std::move(on_connection));
}

void Listener::close() {
  asio::post(impl_->strand, [impl = impl_] {
    impl->release();
    impl->timer.cancel();
  });
}

const ListenerOptions& Listener::options() const {
  return impl_->options;
}

Endpoint Listener::bound() const {
  return impl_->bound;
}

Executor Listener::executor() const {
  return impl_->strand;
}

}  // namespace berth::net
