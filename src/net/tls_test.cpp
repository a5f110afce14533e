#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <fstream>
#include <future>
#include <thread>

#include "net/net_test_support.h"
#include "net/stream.h"
#include "net/tls_context.h"

namespace berth::net {
namespace {

using testing::HasSubstr;

class TlsTest : public testing::Test {
 protected:
  TlsTest() { write_certificate(files_.certificate_chain, files_.private_key, "one"); }

  TempFolder folder_;
  SystemClock clock_;
  TlsFiles files_{folder_.file("cert.pem"), folder_.file("key.pem")};
};

TEST_F(TlsTest, RefusesWhatCannotServeAndNamesTheFile) {
  const std::string other_key = folder_.file("other.pem");
  write_certificate(folder_.file("other-cert.pem"), other_key, "two");
  const std::string old_cert = folder_.file("old-cert.pem");
  const std::string old_key = folder_.file("old-key.pem");
  write_certificate(old_cert, old_key, "old", std::chrono::seconds{-60});
  const std::string junk = folder_.file("junk.pem");
  std::ofstream(junk) << "not PEM";

  struct Case {
    TlsFiles files;
    std::string file, says;
  };
  const std::vector<Case> cases = {
      {{folder_.file("absent.pem"), files_.private_key}, "absent.pem", "No such file"},
      {{junk, files_.private_key}, "junk.pem", "no usable PEM certificate"},
      {{files_.certificate_chain, junk}, "junk.pem", "no usable PEM key"},
      {{files_.certificate_chain, other_key}, "other.pem", "does not belong to"},
      {{old_cert, old_key}, "old-cert.pem", "expired at"},
  };
  for (const Case& c : cases) {
    const auto loaded = TlsContext::load(c.files, clock_);
    ASSERT_FALSE(loaded) << c.says;
    EXPECT_THAT(loaded.error().message, HasSubstr(c.file));
    EXPECT_THAT(loaded.error().message, HasSubstr(c.says));
  }
}

TEST_F(TlsTest, ReloadSwapsOnSuccessAndKeepsTheOldOneOnError) {
  const auto context = TlsContext::load(files_, clock_);
  ASSERT_TRUE(context) << context.error().message;
  const auto first = (*context)->current();
  std::ofstream(files_.private_key) << "broken";
  const auto failed = (*context)->reload();
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("key.pem"));
  EXPECT_EQ((*context)->current(), first);

  write_certificate(files_.certificate_chain, files_.private_key, "two", std::chrono::hours{48});
  ASSERT_TRUE((*context)->reload());
  EXPECT_NE((*context)->current(), first);
  EXPECT_GT((*context)->expires(), clock_.now() + std::chrono::hours{24});
}

// A connected pair: our Stream at one end, a blocking descriptor at the other.
struct Pair {
  explicit Pair(asio::io_context& io) {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    stream.emplace(std::move(*Stream::adopt(asio::make_strand(io), AF_UNIX, fds[0])));
    client = fds[1];
  }
  ~Pair() { ::close(client); }
  std::optional<Stream> stream;
  int client = -1;
};

Task<std::error_code> shake_hands(Stream& stream, TlsContext::Snapshot context) {
  const auto done = co_await stream.handshake(std::move(context));
  co_return done ? std::error_code{} : done.error();
}

using ClientContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Client = std::unique_ptr<SSL, decltype(&SSL_free)>;

TEST_F(TlsTest, SpeaksTls12And13AndNothingOlder) {
  const auto context = TlsContext::load(files_, clock_);
  ASSERT_TRUE(context);
  struct Case {
    int version;
    bool accepted;
  };
  LoopThreads loop;
  for (const Case c :
       {Case{TLS1_1_VERSION, false}, Case{TLS1_2_VERSION, true}, Case{TLS1_3_VERSION, true}}) {
    Pair pair(loop.io());
    auto server =
        asio::co_spawn(pair.stream->executor(), shake_hands(*pair.stream, (*context)->current()),
                       asio::use_future);
    const ClientContext client_context(::SSL_CTX_new(::TLS_client_method()), &::SSL_CTX_free);
    ::SSL_CTX_set_security_level(client_context.get(), 0);
    ::SSL_CTX_set_min_proto_version(client_context.get(), c.version);
    ::SSL_CTX_set_max_proto_version(client_context.get(), c.version);
    const Client client(::SSL_new(client_context.get()), &::SSL_free);
    ::SSL_set_fd(client.get(), pair.client);
    EXPECT_EQ(::SSL_connect(client.get()) == 1, c.accepted) << c.version;
    EXPECT_EQ(!server.get(), c.accepted) << c.version;
  }
}

TEST_F(TlsTest, NoticesPlainHttp) {
  const auto context = TlsContext::load(files_, clock_);
  ASSERT_TRUE(context);
  LoopThreads loop;
  Pair pair(loop.io());
  ASSERT_EQ(::write(pair.client, "GET / HTTP/1.1\r\n", 16), 16);
  auto server = asio::co_spawn(pair.stream->executor(),
                               shake_hands(*pair.stream, (*context)->current()), asio::use_future);
  EXPECT_EQ(server.get(), plain_http_error());
  EXPECT_FALSE(pair.stream->encrypted());
}

// A client that has shaken hands with pair.stream.
Client connect(Pair& pair, SSL_CTX* context, TlsContext::Snapshot snapshot) {
  auto server = asio::co_spawn(pair.stream->executor(),
                               shake_hands(*pair.stream, std::move(snapshot)), asio::use_future);
  Client client(::SSL_new(context), &::SSL_free);
  ::SSL_set_fd(client.get(), pair.client);
  EXPECT_EQ(::SSL_connect(client.get()), 1);
  EXPECT_FALSE(server.get());
  return client;
}

Task<std::error_code> read_one(Stream& stream) {
  std::array<std::byte, 100> room{};
  const auto n = co_await stream.read_some(room, Stream::Expect::kWait);
  co_return n ? std::error_code{} : n.error();
}

// Whoever cancels has seen the time limit pass, and nobody looks at it again.
TEST_F(TlsTest, CancelsAReadWhoseBytesHaveComeButAreNotEnough) {
  const auto context = TlsContext::load(files_, clock_);
  ASSERT_TRUE(context);
  LoopThreads loop;
  Pair pair(loop.io());
  const ClientContext client_context(::SSL_CTX_new(::TLS_client_method()), &::SSL_CTX_free);
  const Client client = connect(pair, client_context.get(), (*context)->current());

  std::promise<void> sent;
  auto read = asio::co_spawn(pair.stream->executor(), read_one(*pair.stream), asio::use_future);
  asio::post(pair.stream->executor(), [&, go = sent.get_future().share()] {
    go.wait();  // holds the strand, so that the end of the wait queues up behind this
    pair.stream->cancel();
  });
  ASSERT_EQ(::write(pair.client, "\x17\x03\x03", 3), 3);
  std::this_thread::sleep_for(std::chrono::milliseconds{50});
  sent.set_value();
  const bool ended = read.wait_for(std::chrono::seconds{10}) == std::future_status::ready;
  EXPECT_TRUE(ended);
  if (!ended) ::shutdown(pair.client, SHUT_RDWR);
  EXPECT_EQ(read.get(), asio::error::make_error_code(asio::error::operation_aborted));
}

// Reads until somebody else, who wants to run since the first read, has run.
Task<int> read_until_others_ran(Stream& stream, int most) {
  std::array<std::byte, 1> room{};
  bool others = false;
  int reads = 0;
  while (reads < most && !others) {
    if (!co_await stream.read_some(room, Stream::Expect::kWait)) break;
    if (++reads == 1) asio::post(stream.executor(), [&others] { others = true; });
  }
  // Nothing may be left that refers to this frame.
  if (!others) co_await asio::post(stream.executor(), use_task);
  co_return reads;
}

TEST_F(TlsTest, LetsOthersHaveTheirTurnWhileThereIsAlwaysMoreToRead) {
  constexpr int kRecords = 200;
  const auto context = TlsContext::load(files_, clock_);
  ASSERT_TRUE(context);
  LoopThreads loop(1);
  Pair pair(loop.io());
  const ClientContext client_context(::SSL_CTX_new(::TLS_client_method()), &::SSL_CTX_free);
  const Client client = connect(pair, client_context.get(), (*context)->current());
  for (int i = 0; i < kRecords; ++i) ASSERT_EQ(::SSL_write(client.get(), "x", 1), 1);

  auto reads = asio::co_spawn(pair.stream->executor(),
                              read_until_others_ran(*pair.stream, kRecords), asio::use_future);
  EXPECT_LT(reads.get(), kRecords);
}

}  // namespace
}  // namespace berth::net
