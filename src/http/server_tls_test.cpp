// TLS and Unix sockets, through the whole server.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "http/http_test_support.h"
#include "http/tls_test_support.h"

namespace berth::http {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kGetAndClose =
    "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

class TlsServer : public testing::Test {
 protected:
  void SetUp() override {
    certify("first");
    auto loaded = net::TlsContext::load(files_, f_.clock);
    ASSERT_TRUE(loaded);
    tls_ = *loaded;
    port_ = f_.listen("127.0.0.1:0", tls_).port;
  }
  void certify(const std::string& name) {
    net::write_certificate(files_.certificate_chain, files_.private_key, name);
  }

  ServerFixture f_{[] {
    Limits limits;
    limits.handshake_timeout = std::chrono::milliseconds{200};
    limits.linger_timeout = std::chrono::milliseconds{100};
    return limits;
  }()};
  net::TlsFiles files_{f_.folder.file("cert.pem"), f_.folder.file("key.pem")};
  std::shared_ptr<net::TlsContext> tls_;
  std::uint16_t port_ = 0;
};

TEST_F(TlsServer, ServesAndEndsCleanly) {
  std::atomic<bool> tls{false};
  f_.service.handler = [&](Exchange& exchange) -> Task<Response> {
    tls = exchange.peer().tls;
    return standard_handler(exchange);
  };
  TlsClient client(port_);
  ASSERT_TRUE(client.connected());
  EXPECT_EQ(client.alpn(), "http/1.1");
  EXPECT_THAT(client.exchange("PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab" +
                              std::string(kGetAndClose)),
              AllOf(HasSubstr("abHTTP/1.1 200"), EndsWith("hello")));
  EXPECT_TRUE(client.clean_end()) << "close_notify came before the end";
  EXPECT_TRUE(tls);
}

TEST_F(TlsServer, TellsTheHandlerWhichNameWasAskedFor) {
  std::string name = "nothing";
  f_.service.handler = [&](Exchange& exchange) -> Task<Response> {
    name = exchange.peer().server_name;
    return standard_handler(exchange);
  };
  TlsClient named(port_, "Registry.Berth.TEST");
  named.exchange(kGetAndClose);
  EXPECT_EQ(name, "registry.berth.test");
  TlsClient nameless(port_);
  nameless.exchange(kGetAndClose);
  EXPECT_EQ(name, "");
}

// A resumed session of TLS 1.2 sends no name that counts; it keeps the one it began with.
TEST_F(TlsServer, AResumedSessionKeepsItsName) {
  std::vector<std::string> names;
  f_.service.handler = [&](Exchange& exchange) -> Task<Response> {
    names.push_back(exchange.peer().server_name);
    return standard_handler(exchange);
  };
  TlsClient first(port_, "a.berth.test", TLS1_2_VERSION);
  first.exchange(kGetAndClose);
  TlsClient second(port_, "a.berth.test", TLS1_2_VERSION, first.session());
  second.exchange(kGetAndClose);
  EXPECT_TRUE(second.resumed());
  EXPECT_THAT(names, testing::ElementsAre("a.berth.test", "a.berth.test"));
}

TEST_F(TlsServer, SendsFilesAndLargeStrings) {
  const std::string content(3'000'000, 'f');
  std::ofstream(f_.folder.file("blob")) << content;
  auto file = std::make_shared<const File>(::open(f_.folder.file("blob").c_str(), O_RDONLY));
  f_.service.handler = [&](Exchange& exchange) -> Task<Response> {
    Response response;
    if (exchange.request().path() == "/file") {
      response.body = FileRange{file, 1, content.size() - 1};
    } else {
      response.body = content;
    }
    co_return response;
  };
  TlsClient client(port_);
  const std::string answer =
      client.exchange("GET /file HTTP/1.1\r\nHost: a\r\n\r\n" + std::string(kGetAndClose));
  EXPECT_GT(answer.size(), 2 * content.size());
  EXPECT_THAT(answer.substr(answer.size() - 10), std::string(10, 'f'));
}

TEST_F(TlsServer, ReloadChangesWhatNewConnectionsGet) {
  TlsClient old(port_);
  EXPECT_EQ(old.server_name(), "first");
  certify("second");
  ASSERT_TRUE(tls_->reload());
  TlsClient fresh(port_);
  EXPECT_EQ(fresh.server_name(), "second");
  EXPECT_THAT(old.exchange(kGetAndClose), EndsWith("hello")) << "the old connection lives on";
}

TEST_F(TlsServer, TellsPlainHttpClientsWhatIsWrong) {
  RawClient client(port_);
  client.send(kGetAndClose);
  EXPECT_THAT(client.read_all(), AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("speaks HTTPS")));
}

TEST_F(TlsServer, HandshakesHaveATimeout) {
  RawClient silent(port_);
  RawClient half(port_);
  half.send("\x16\x03\x01");
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_EQ(half.read_all(), "");
  EXPECT_EQ(f_.log_text(), "");
}

TEST(UnixSocket, TellsTheHandlerTheUser) {
  ServerFixture f;
  Peer peer;
  f.service.handler = [&](Exchange& exchange) -> Task<Response> {
    peer = exchange.peer();
    return standard_handler(exchange);
  };
  const std::string path = f.folder.file("berth.sock");
  f.listen("unix:" + path);
  RawClient client(path);
  client.send(kGetAndClose);
  EXPECT_THAT(client.read_all(), EndsWith("hello"));
  EXPECT_TRUE(peer.unix_socket);
  EXPECT_EQ(peer.uid, ::getuid());
  EXPECT_EQ(peer.listener, "test");
  EXPECT_EQ(peer.address, "");
}

}  // namespace
}  // namespace berth::http
