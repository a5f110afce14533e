// Limits on time and number, and the end: slow clients, too many of them, draining.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <thread>

#include "http/http_test_support.h"

namespace berth::http {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kGet = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

double seconds_of(const std::function<void()>& work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

Limits short_limits() {
  Limits limits;
  limits.header_timeout = milliseconds{150};
  limits.idle_timeout = milliseconds{300};
  limits.handshake_timeout = milliseconds{150};
  limits.rate_window = milliseconds{200};
  limits.linger_timeout = milliseconds{50};
  return limits;
}

TEST(SlowClients, WithoutARequestAreClosedSilently) {
  ServerFixture f(short_limits());
  RawClient client = f.client();
  const double seconds = seconds_of([&] { EXPECT_EQ(client.read_all(), ""); });
  EXPECT_GT(seconds, 0.1);
  EXPECT_LT(seconds, 2);
  EXPECT_EQ(f.log_text(), "");
}

TEST(SlowClients, InTheHeadGet408HoweverTheyDrip) {
  ServerFixture f(short_limits());
  RawClient client = f.client();
  client.send("GET / HTTP/1.1\r\n");
  std::atomic<bool> stop{false};
  std::thread dripper([&] {
    while (!stop && client.send("X: y\r\n")) std::this_thread::sleep_for(milliseconds{10});
  });
  EXPECT_THAT(client.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 408 Request Timeout"));
  stop = true;
  dripper.join();
}

TEST(SlowClients, BetweenRequestsHaveTheIdleTimeout) {
  ServerFixture f(short_limits());
  RawClient client = f.client();
  client.send(kGet);
  EXPECT_THAT(client.read_response(), EndsWith("hello"));
  std::this_thread::sleep_for(milliseconds{200});
  client.send(kGet);  // later than the header timeout, sooner than the idle one
  EXPECT_THAT(client.read_response(), EndsWith("hello"));
  const double seconds = seconds_of([&] { EXPECT_EQ(client.read_all(), ""); });
  EXPECT_GT(seconds, 0.2);
}

TEST(SlowClients, InTheBodyAreTimedOutAndTold) {
  ServerFixture f(short_limits());
  for (const char* rest :
       {"Content-Length: 100000\r\n\r\nab", "Transfer-Encoding: chunked\r\n\r\nffff\r\nab"}) {
    RawClient client = f.client();
    client.send(std::string("PUT /echo HTTP/1.1\r\nHost: a\r\n") + rest);
    std::atomic<bool> stop{false};
    std::thread dripper([&] {
      while (!stop && client.send("x")) std::this_thread::sleep_for(milliseconds{20});
    });
    EXPECT_THAT(client.read_until("average."),
                AllOf(StartsWith("HTTP/1.1 408"), HasSubstr("1024 bytes per second")));
    stop = true;
    dripper.join();
  }
}

TEST(SlowClients, ThatKeepTheMinimumRateAreServed) {
  Limits limits = short_limits();
  limits.min_bytes_per_second = 1000;  // 200 per window
  ServerFixture f(limits);
  RawClient client = f.client();
  client.send("PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\n");
  for (int i = 0; i < 40; ++i) {
    client.send(std::string(100, 'x'));
    std::this_thread::sleep_for(milliseconds{15});
  }
  EXPECT_THAT(client.read_response(), StartsWith("HTTP/1.1 200"));
}

TEST(SlowClients, OurOwnTimeDoesNotCount) {
  ServerFixture f(short_limits());
  f.service.handler = [&](Exchange& exchange) -> Task<Response> {
    co_await f.files.run([] { std::this_thread::sleep_for(milliseconds{600}); });
    co_return co_await standard_handler(exchange);
  };
  RawClient client = f.client();
  client.send("PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n");
  client.send("ab");
  EXPECT_THAT(client.read_response(), EndsWith("ab"));
}

TEST(SlowClients, ThatDoNotReadAreCutOff) {
  ServerFixture f(short_limits());
  f.service.handler = [](Exchange&) -> Task<Response> {
    std::string text;
    text.resize(20'000'000, 'x');
    Response response;
    response.body = std::move(text);
    co_return response;
  };
  RawClient client(f.port(), 4096);
  client.send(kGet);
  EXPECT_TRUE(ServerFixture::eventually([&] { return f.seen().size() == 1; }));
  EXPECT_TRUE(ServerFixture::eventually([&] { return f.server->active_connections() == 0; }));
  EXPECT_LT(f.seen().front().bytes_out, 20'000'000U);
}

// A server with two places, and a handler that keeps a request of /slow until it is told to end it.
class ConnectionLimit : public testing::Test {
 protected:
  ConnectionLimit() {
    f_.service.handler = [&](Exchange& exchange) -> Task<Response> {
      if (exchange.request().path() == "/slow") {
        ++running_;
        co_await f_.files.run([&] { ServerFixture::eventually([&] { return release_.load(); }); });
      }
      co_return co_await standard_handler(exchange);
    };
  }
  static Limits two() {
    Limits limits;
    limits.max_connections = 2;
    limits.max_reserved_connections = 1;
    limits.linger_timeout = milliseconds{50};
    return limits;
  }
  RawClient busy() {
    const int before = running_;
    RawClient client = f_.client();
    client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(ServerFixture::eventually([&] { return running_ > before; }));
    return client;
  }
  // Returns when the connection waits for the next request.
  std::string ask(RawClient& client) {
    const std::size_t before = f_.seen().size();
    client.send(kGet);
    std::string response = client.read_response();
    EXPECT_TRUE(ServerFixture::eventually([&] { return f_.seen().size() > before; }));
    return response;
  }
  std::string ask(RawClient&& client) { return ask(client); }

  std::atomic<int> running_{0};
  std::atomic<bool> release_{false};
  ServerFixture f_{two()};
};

TEST_F(ConnectionLimit, TurnsAwayWithARetryTimeWhileAllAreServed) {
  RawClient first = busy();
  RawClient second = busy();
  EXPECT_THAT(f_.exchange(kGet), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("Retry-After: 1\r\n"),
                                       HasSubstr("Connection: close\r\n")));
  EXPECT_THAT(f_.metrics.exposition(), HasSubstr("berth_http_refused_connections_total 1\n"));
  release_ = true;
  EXPECT_THAT(first.read_response(), StartsWith("HTTP/1.1 404")) << "not disturbed";
  EXPECT_THAT(second.read_response(), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(ask(f_.client()), EndsWith("hello"));
}

// Nobody keeps the others out by holding connections: not with one request now and then, not with
// half a request, not with nothing.
TEST_F(ConnectionLimit, TheLongestWaitMakesRoom) {
  for (const std::string_view sent : {"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", "GET /he", ""}) {
    RawClient longest = f_.client();
    if (sent == kGet) {
      ask(longest);
    } else {
      longest.send(sent);
    }
    ASSERT_TRUE(ServerFixture::eventually([&] { return f_.server->active_connections() == 1; }));
    RawClient other = f_.client();
    ask(other);
    EXPECT_THAT(ask(f_.client()), EndsWith("hello"));
    EXPECT_EQ(longest.read_all(), "") << sent;
    EXPECT_THAT(ask(other), EndsWith("hello")) << "who waits less is not disturbed";
    other.close();
    ASSERT_TRUE(ServerFixture::eventually([&] { return f_.server->active_connections() == 0; }));
  }
  EXPECT_THAT(f_.metrics.exposition(), HasSubstr("berth_http_displaced_connections_total 3\n"));
  EXPECT_THAT(f_.metrics.exposition(), HasSubstr("berth_http_refused_connections_total 0\n"));
}

TEST_F(ConnectionLimit, ABusyConnectionIsNotDisplaced) {
  RawClient served = busy();
  RawClient idle = f_.client();
  for (int i = 0; i < 5; ++i) EXPECT_THAT(ask(f_.client()), EndsWith("hello"));
  release_ = true;
  EXPECT_THAT(served.read_response(), StartsWith("HTTP/1.1 404"));
  EXPECT_EQ(idle.read_all(), "");
}

TEST_F(ConnectionLimit, TheServersOwnSocketHasPlacesOfItsOwn) {
  const std::string path = f_.folder.file("own.sock");
  f_.listen("unix:" + path);
  const std::string everybodys = f_.folder.file("everybody.sock");
  f_.listen("unix:" + everybodys, {}, {}, true);
  RawClient first = busy();
  RawClient second = busy();
  RawClient own(path);
  EXPECT_THAT(ask(own), EndsWith("hello"));
  EXPECT_THAT(RawClient(everybodys).read_response(), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(ask(own), EndsWith("hello"));
  EXPECT_THAT(ask(RawClient(path)), EndsWith("hello")) << "one there waits, and makes room";
  EXPECT_EQ(own.read_all(), "");
  release_ = true;
}

std::future<void> drain(ServerFixture& f, milliseconds grace) {
  return asio::co_spawn(asio::make_strand(f.loop.io()), f.server->drain(grace), asio::use_future);
}

TEST(Drain, ClosesIdleConnectionsAndFinishesRunningRequests) {
  Limits limits;
  limits.linger_timeout = milliseconds{50};
  ServerFixture f(limits);
  std::atomic<bool> running{false};
  std::atomic<bool> release{false};
  f.service.handler = [&](Exchange& exchange) -> Task<Response> {
    if (exchange.request().path() == "/slow") {
      running = true;
      co_await f.files.run([&] { ServerFixture::eventually([&] { return release.load(); }); });
    }
    co_return co_await standard_handler(exchange);
  };
  RawClient fresh = f.client();
  RawClient idle = f.client();
  idle.send(kGet);
  idle.read_response();
  RawClient busy = f.client();
  busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(ServerFixture::eventually([&] { return running.load(); }));

  auto drained = drain(f, milliseconds{10'000});
  EXPECT_EQ(fresh.read_all(), "");
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_EQ(drained.wait_for(milliseconds{0}), std::future_status::timeout);
  release = true;
  EXPECT_THAT(busy.read_all(), AllOf(StartsWith("HTTP/1.1 404"), HasSubstr("Connection: close")));
  drained.get();
  EXPECT_EQ(f.server->active_connections(), 0U);
}

TEST(Drain, ClosesByForceAfterTheGracePeriod) {
  ServerFixture f;
  f.service.handler = [](Exchange& exchange) -> Task<Response> {
    exchange.allow_body(UINT64_MAX);
    co_return co_await standard_handler(exchange);
  };
  RawClient client = f.client();
  client.send("PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc");
  ASSERT_TRUE(ServerFixture::eventually([&] { return f.server->active_connections() == 1; }));
  const double seconds = seconds_of([&] { drain(f, milliseconds{100}).get(); });
  EXPECT_GT(seconds, 0.09);
  EXPECT_LT(seconds, 2);
  EXPECT_EQ(client.read_all(), "");
}

}  // namespace
}  // namespace berth::http
