#include "net/tls_session.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "net/net_test_support.h"
#include "net/tls_snapshot.h"

namespace berth::net {
namespace {

using State = TlsSession::State;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// A session at one end of a socket pair; the other end blocks and belongs to a client thread.
class TlsSessionTest : public testing::Test {
 public:
  ~TlsSessionTest() override {
    session_.reset();
    ::close(fds_[0]);
    ::close(fds_[1]);
  }

 protected:
  TlsSessionTest() {
    const TlsFiles files{folder_.file("cert.pem"), folder_.file("key.pem")};
    write_certificate(files.certificate_chain, files.private_key, "one");
    snapshot_ = (*TlsContext::load(files, clock_))->current();
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds_), 0);
    EXPECT_EQ(::fcntl(fds_[0], F_SETFL, O_NONBLOCK), 0);
    session_.emplace(snapshot_->context.get(), fds_[0]);
  }

  // Runs `step` until it ends, waiting as it says; counts how often it wanted to write.
  template <class Call>
  TlsSession::Step finish(Call call) {
    for (;;) {
      const TlsSession::Step step = call();
      pollfd wait{fds_[0], POLLIN, 0};
      if (step.state == State::kWantsWrite) {
        ++waited_to_write_;
        wait.events = POLLOUT;
      } else if (step.state != State::kWantsRead) {
        return step;
      }
      if (::poll(&wait, 1, 10'000) != 1) {
        ADD_FAILURE() << "nothing came";
        return {State::kFailed};
      }
    }
  }
  TlsSession::Step read(std::string& into) {
    std::vector<std::byte> room(64UL * 1024);
    const auto step = finish([&] { return session_->read(room); });
    into.assign(reinterpret_cast<const char*>(room.data()), step.bytes);
    return step;
  }
  State shake_hands() {
    return finish([&] { return session_->handshake(); }).state;
  }

  // What the client does once its handshake is done.
  template <class Act>
  std::thread client(Act act) {
    return std::thread([this, act] {
      SSL_CTX* const context = ::SSL_CTX_new(::TLS_client_method());
      SSL* const ssl = ::SSL_new(context);
      ::SSL_set_fd(ssl, fds_[1]);
      EXPECT_EQ(::SSL_connect(ssl), 1);
      act(ssl);
      ::SSL_free(ssl);
      ::SSL_CTX_free(context);
    });
  }

  // All that `act` makes the client send, in one call to the socket.
  template <class Act>
  void at_once(SSL* ssl, Act act) {
    BIO* const all = ::BIO_new(::BIO_s_mem());
    ::SSL_set0_wbio(ssl, all);
    act();
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(all, &bytes);
    EXPECT_EQ(::write(fds_[1], bytes, static_cast<std::size_t>(size)), size);
  }

  TempFolder folder_;
  SystemClock clock_;
  TlsContext::Snapshot snapshot_;
  int fds_[2] = {-1, -1};
  std::optional<TlsSession> session_;
  int waited_to_write_ = 0;
};

TEST_F(TlsSessionTest, GivesOutRecordAfterRecordAndKnowsThatMoreIsThere) {
  auto peer = client([this](SSL* ssl) {
    at_once(ssl, [&] {
      ::SSL_write(ssl, "one", 3);
      ::SSL_write(ssl, "two", 3);
    });
  });
  ASSERT_EQ(shake_hands(), State::kDone);
  peer.join();
  std::string text;
  ASSERT_EQ(read(text).state, State::kDone);
  EXPECT_EQ(text, "one");
  EXPECT_TRUE(session_->has_pending());
  ASSERT_EQ(read(text).state, State::kDone);
  EXPECT_EQ(text, "two");
  EXPECT_FALSE(session_->has_pending());
}

TEST_F(TlsSessionTest, WritesMoreThanTheSocketTakesInOrder) {
  std::string all(4'000'000, '\0');
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>(i * i >> 7);
  std::string got;
  auto peer = client([&](SSL* ssl) {
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
    std::vector<char> room(10'000);
    while (got.size() < all.size()) {
      const int n = ::SSL_read(ssl, room.data(), static_cast<int>(room.size()));
      if (n <= 0) return;
      got.append(room.data(), static_cast<std::size_t>(n));
    }
  });
  ASSERT_EQ(shake_hands(), State::kDone);
  for (std::size_t done = 0; done < all.size();) {
    const auto step =
        finish([&] { return session_->write(bytes_of(std::string_view(all).substr(done))); });
    ASSERT_EQ(step.state, State::kDone);
    ASSERT_GT(step.bytes, 0U);
    EXPECT_LE(step.bytes, 2U * 16U * 1024);
    done += step.bytes;
  }
  peer.join();
  EXPECT_EQ(got, all);
  EXPECT_GT(waited_to_write_, 0);
}

TEST_F(TlsSessionTest, EndsAlikeWhetherThePeerSaysSoOrNot) {
  for (const bool polite : {true, false}) {
    SCOPED_TRACE(polite);
    int fds[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    ASSERT_EQ(::fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
    session_.reset();
    for (int& fd : fds_) ::close(fd);
    std::copy(fds, fds + 2, fds_);
    session_.emplace(snapshot_->context.get(), fds_[0]);
    auto peer = client([&](SSL* ssl) {
      if (polite) ::SSL_shutdown(ssl);
      ::shutdown(fds_[1], SHUT_WR);
    });
    ASSERT_EQ(shake_hands(), State::kDone);
    peer.join();
    std::string text;
    EXPECT_EQ(read(text).state, State::kEnd);
  }
}

TEST_F(TlsSessionTest, SaysThatItEnds) {
  int error = 0;
  auto peer = client([&](SSL* ssl) {
    char byte = 0;
    error = ::SSL_get_error(ssl, ::SSL_read(ssl, &byte, 1));
  });
  ASSERT_EQ(shake_hands(), State::kDone);
  EXPECT_EQ(session_->close_notify().state, State::kDone);
  peer.join();
  EXPECT_EQ(error, SSL_ERROR_ZERO_RETURN);
}

TEST_F(TlsSessionTest, ExplainsAHandshakeThatIsNone) {
  ASSERT_EQ(::write(fds_[1], "\x16\x03\x01garbage", 10), 10);
  ::shutdown(fds_[1], SHUT_WR);
  EXPECT_EQ(shake_hands(), State::kFailed);
  EXPECT_NE(session_->error().message(), "");
  EXPECT_NE(session_->error().value(), 0);
}

// RFC 8446 §4.6.3 sets no bound on these, and a step is without a pause for anybody else.
TEST_F(TlsSessionTest, IsNotKeptBusyByWhatIsNoData) {
  auto peer = client([this](SSL* ssl) {
    at_once(ssl, [&] {
      for (int i = 0; i < 3'000; ++i) {
        ::SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
        ::SSL_do_handshake(ssl);
      }
      ::SSL_write(ssl, "x", 1);
    });
  });
  ASSERT_EQ(shake_hands(), State::kDone);
  peer.join();
  std::vector<std::byte> room(100);
  ASSERT_EQ(session_->read(room).state, State::kWantsRead);
  std::string text;
  EXPECT_EQ(read(text).state, State::kDone);
  EXPECT_EQ(text, "x");
}

// The number of a closed socket is soon another connection's.
TEST_F(TlsSessionTest, TouchesTheSocketNoMoreOnceDetached) {
  auto peer = client([](SSL* /*ssl*/) {});
  ASSERT_EQ(shake_hands(), State::kDone);
  peer.join();
  session_->detach();
  std::vector<std::byte> room(100);
  EXPECT_EQ(session_->read(room).state, State::kFailed);
  EXPECT_EQ(session_->error(), std::error_code(EBADF, std::system_category()));
  EXPECT_EQ(session_->write(bytes_of("secret")).state, State::kFailed);
}

TEST_F(TlsSessionTest, APeerThatIsGoneIsAnErrorAndNoSignal) {
  auto peer = client([](SSL* /*ssl*/) {});
  ASSERT_EQ(shake_hands(), State::kDone);
  peer.join();
  ::shutdown(fds_[1], SHUT_RDWR);
  EXPECT_EQ(session_->write(bytes_of("hello")).state, State::kFailed);
  EXPECT_EQ(session_->error(), std::error_code(EPIPE, std::system_category()));
}

}  // namespace
}  // namespace berth::net
