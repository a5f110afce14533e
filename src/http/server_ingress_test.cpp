// Where a client is, as the handler sees it: PROXY headers, forwarding headers and client
// certificates, declared and forged, through the whole server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "http/http_test_support.h"
#include "http/tls_test_support.h"

namespace berth::http {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::string_literals;

const std::string kProxy1 = "PROXY TCP4 203.0.113.7 10.10.9.4 4711 443\r\n";
// TCP over IPv4, from 203.0.113.7:4711 to 10.10.9.4:443, with an Azure LinkID of 1234.
const std::string kProxy2 =
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x14\xcb\0\x71\x07\x0a\x0a\x09\x04\x12\x67\x01\xbb"
    "\xee\0\x05\x01\xd2\x04\0\0"s;

std::string get(const std::string& headers = {}) {
  return "GET /peer HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}
const std::string kLast = get("Connection: close\r\n");

// "address:port to destination by proxy, link, ca, loopback", without what is absent.
std::string describe(const Peer& peer) {
  std::string text = peer.address + (peer.port == 0 ? "" : ":" + std::to_string(peer.port));
  text += " to " + peer.destination;
  if (!peer.proxy.empty()) text += " by " + peer.proxy;
  for (const std::string& more : {peer.link, peer.client_ca}) {
    if (!more.empty()) text += ", " + more;
  }
  return text + (peer.loopback ? ", loopback" : "");
}

net::Ingress ingress(const std::string& proxy_protocol, const std::string& forwarded) {
  const auto list = [](const std::string& text) {
    return text.empty() ? IpPrefixList() : IpPrefixList({*IpPrefix::parse(text)});
  };
  net::Ingress result;
  result.proxy_protocol_from = list(proxy_protocol);
  result.forwarded_from = list(forwarded);
  return result;
}

class Ingress : public testing::Test {
 protected:
  void SetUp() override {
    f_.service.handler = [](Exchange& exchange) -> Task<Response> {
      Response response;
      response.body = describe(exchange.peer());
      co_return response;
    };
    net::write_certificate(files_.certificate_chain, files_.private_key, "server");
  }
  std::uint16_t plain(const net::Ingress& declared) {
    return f_.listen("127.0.0.1:0", {}, std::make_shared<const net::Ingress>(declared)).port;
  }
  std::uint16_t encrypted(const net::Ingress& declared) {
    tls_ = net::TlsContext::load(files_, f_.clock).value();
    return f_.listen("127.0.0.1:0", tls_, std::make_shared<const net::Ingress>(declared)).port;
  }
  static std::string exchange(std::uint16_t port, const std::string& bytes) {
    RawClient client(port);
    client.send(bytes);
    return client.read_all();
  }
  static std::string body(const std::string& response) {
    return response.substr(response.find("\r\n\r\n") + 4);
  }

  ServerFixture f_{[] {
    Limits limits;
    limits.header_timeout = milliseconds{200};
    limits.linger_timeout = milliseconds{100};
    return limits;
  }()};
  net::TlsFiles files_{f_.folder.file("cert.pem"), f_.folder.file("key.pem")};
  std::shared_ptr<net::TlsContext> tls_;
};

TEST_F(Ingress, WithoutADeclarationTheKernelSaysItAll) {
  const std::string response =
      f_.exchange(get("X-Forwarded-For: 203.0.113.7\r\nForwarded: for=203.0.113.7\r\n") + kLast);
  EXPECT_THAT(body(response), StartsWith("127.0.0.1:"));
  EXPECT_THAT(response, EndsWith(" to 127.0.0.1, loopback"));
  EXPECT_THAT(response, Not(HasSubstr("203.0.113.7")));
}

TEST_F(Ingress, ProxyHeadersOverPlain) {
  const std::uint16_t port = plain(ingress("127.0.0.0/8", ""));
  const std::string way = "203.0.113.7:4711 to 10.10.9.4 by 127.0.0.1";
  EXPECT_EQ(body(exchange(port, kProxy1 + kLast)), way);
  EXPECT_EQ(body(exchange(port, kProxy2 + kLast)), way + ", azure:1234");
  EXPECT_THAT(body(exchange(port, "PROXY UNKNOWN\r\n" + kLast)),
              AllOf(StartsWith("127.0.0.1:"), EndsWith(" to 127.0.0.1")))
      << "the proxy's own connection, but nobody of this machine";
  ASSERT_TRUE(ServerFixture::eventually([&] { return f_.seen().size() == 3; }));
  EXPECT_EQ(f_.seen()[0].client, "203.0.113.7");
}

TEST_F(Ingress, ProxyHeadersOverTls) {
  const std::uint16_t port = encrypted(ingress("127.0.0.0/8", ""));
  for (const std::string& header : {kProxy1, kProxy2}) {
    RawClient socket(port);
    socket.send(header);
    TlsClient client(std::move(socket));
    ASSERT_TRUE(client.connected());
    EXPECT_THAT(body(client.exchange(kLast)), StartsWith("203.0.113.7:4711 to 10.10.9.4"));
  }
}

TEST_F(Ingress, ProxyHeadersMayComeByteByByteAndEndWhereTheyEnd) {
  const std::uint16_t port = plain(ingress("127.0.0.0/8", ""));
  for (const std::string& header : {kProxy1, kProxy2}) {
    RawClient client(port);
    for (const char c : header) {
      client.send({&c, 1});
      std::this_thread::sleep_for(milliseconds{1});
    }
    client.send(kLast);
    EXPECT_THAT(body(client.read_all()), StartsWith("203.0.113.7:4711"));
  }
}

TEST_F(Ingress, DeclaredProxiesMustSendAGoodHeader) {
  const std::uint16_t port = plain(ingress("127.0.0.0/8", ""));
  EXPECT_EQ(exchange(port, kLast), "");
  EXPECT_EQ(exchange(port, "PROXY TCP4 a b c d\r\n" + kLast), "");
  std::string broken = kProxy2;
  broken[13] = 0x12;
  EXPECT_EQ(exchange(port, broken + kLast), "");
  EXPECT_THAT(f_.log_text(), AllOf(HasSubstr("PROXY header refused"), HasSubstr("127.0.0.1"),
                                   HasSubstr("does not begin with a PROXY header"),
                                   HasSubstr("not TCP4 or TCP6"), HasSubstr("not TCP over IPv4")));
  EXPECT_TRUE(f_.seen().empty());
}

TEST_F(Ingress, SlowProxyHeadersTimeOutAndSilentConnectionsAreNoNews) {
  const std::uint16_t port = plain(ingress("127.0.0.0/8", ""));
  RawClient silent(port);
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_EQ(f_.log_text(), "");
  RawClient half(port);
  half.send(kProxy1.substr(0, 10));
  EXPECT_EQ(half.read_all(), "");
  EXPECT_THAT(f_.log_text(), HasSubstr("the PROXY header came too slowly"));
  RawClient gone(port);
  gone.send(kProxy2.substr(0, 15));
  gone.shut_down_send();
  EXPECT_EQ(gone.read_all(), "");
  EXPECT_THAT(f_.log_text(), HasSubstr("ended before its PROXY header"));
}

TEST_F(Ingress, ForgedProxyHeadersAreNotRead) {
  EXPECT_THAT(exchange(plain(ingress("10.0.0.4/32", "")), kProxy1 + kLast),
              StartsWith("HTTP/1.1 400"));
  RawClient socket(encrypted(ingress("10.0.0.4/32", "")));
  socket.send(kProxy2);
  EXPECT_FALSE(TlsClient(std::move(socket)).connected());
}

TEST_F(Ingress, ForwardedClientsAreJudgedPerRequest) {
  const std::uint16_t port = plain(ingress("", "127.0.0.0/8"));
  RawClient client(port);
  const auto ask = [&](const std::string& headers) {
    client.send(get(headers));
    return body(client.read_response());
  };
  const std::string rest = " to  by 127.0.0.1";  // the proxy's own destination is not the client's
  EXPECT_EQ(ask("X-Forwarded-For: 203.0.113.7\r\n"), "203.0.113.7" + rest);
  EXPECT_EQ(ask("X-Forwarded-For: 2001:db8::7\r\n"), "2001:db8::7" + rest);
  EXPECT_EQ(ask("x-forwarded-for: 198.51.100.1\r\nX-Forwarded-For: 203.0.113.8, 127.0.0.3\r\n"),
            "203.0.113.8" + rest)
      << "all lines are one list";
  EXPECT_EQ(ask("X-Forwarded-For: 127.0.0.1\r\n"), "127.0.0.1" + rest) << "its own machine's";
  client.send(get("X-Forwarded-For: unknown\r\n"));
  EXPECT_THAT(client.read_all(),
              AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("\"unknown\" of the X-Forwarded-For")));
  std::vector<std::string> clients;
  for (const Seen& seen : f_.seen()) clients.push_back(seen.client);
  EXPECT_THAT(clients,
              ElementsAre("203.0.113.7", "2001:db8::7", "203.0.113.8", "127.0.0.1", "127.0.0.1"));
}

// What a client gets a proxy to leave out must not make him the proxy.
TEST_F(Ingress, ADeclaredProxyThatNamesNobodyIsRefused) {
  const std::uint16_t port = plain(ingress("", "127.0.0.0/8"));
  const std::string named = get("X-Forwarded-For: 203.0.113.7\r\n");
  for (const char* headers : {"", "X-Forwarded-For: \r\n", "Forwarded: for=198.51.100.1\r\n"}) {
    RawClient client(port);
    client.send(named);
    EXPECT_THAT(body(client.read_response()), StartsWith("203.0.113.7 "));
    client.send(get(headers));  // and not what the request before said
    EXPECT_THAT(client.read_all(), AllOf(StartsWith("HTTP/1.1 400"),
                                         HasSubstr("declares sent no X-Forwarded-For header")))
        << headers;
    EXPECT_EQ(f_.seen().back().client, "127.0.0.1");
  }
}

TEST_F(Ingress, ForwardedAfterRfc7239) {
  net::Ingress declared = ingress("", "127.0.0.0/8");
  declared.forwarded_header = net::Ingress::Header::kForwarded;
  EXPECT_EQ(body(exchange(plain(declared),
                          get("Connection: close\r\nX-Forwarded-For: 198.51.100.1\r\n"
                              "Forwarded: for=198.51.100.2, for=\"[2001:db8::7]:1\"\r\n"))),
            "2001:db8::7 to  by 127.0.0.1");
}

// A load balancer that says PROXY in front of an HTTP proxy.
TEST_F(Ingress, BothInAChain) {
  const std::uint16_t port = plain(ingress("127.0.0.1/32", "203.0.113.0/24"));
  const std::string header = "Connection: close\r\nX-Forwarded-For: 198.51.100.1\r\n";
  EXPECT_EQ(body(exchange(port, kProxy1 + get(header))), "198.51.100.1 to  by 203.0.113.7");
  EXPECT_EQ(body(exchange(port, kProxy2 + get(header))),
            "203.0.113.7:4711 to 10.10.9.4 by 127.0.0.1, azure:1234")
      << "behind a private link the address is nobody's that was declared";
  EXPECT_EQ(body(exchange(port, "PROXY TCP4 192.0.2.1 10.10.9.4 1 2\r\n" + get(header))),
            "192.0.2.1:1 to 10.10.9.4 by 127.0.0.1")
      << "who is no declared proxy behind the balancer writes what he likes";
}

// A listener that takes certificates of "partner", and a client that has one.
class ClientCertificates : public Ingress {
 protected:
  void SetUp() override {
    Ingress::SetUp();
    net::issue_certificate(partner_, {.common_name = "partner", .authority = true});
    net::issue_certificate(shown_, {.common_name = "client", .purpose = "clientAuth"}, partner_);
    files_.client_cas = {{"partner", partner_.certificate}};
  }
  // What was certified before is not any more.
  void withdraw() {
    net::issue_certificate(partner_, {.common_name = "another", .authority = true});
    ASSERT_TRUE(tls_->reload());
  }

  const net::PemFiles partner_{f_.folder.file("ca.pem"), f_.folder.file("ca-key.pem")};
  const net::PemFiles shown_{f_.folder.file("client.pem"), f_.folder.file("client-key.pem")};
};

TEST_F(ClientCertificates, AClientCertificateNamesItsAuthority) {
  const std::uint16_t port = encrypted({});
  EXPECT_THAT(TlsClient(RawClient(port), shown_).exchange(kLast),
              EndsWith(" to 127.0.0.1, partner, loopback"));
  EXPECT_THAT(TlsClient(port).exchange(kLast), EndsWith(" to 127.0.0.1, loopback"));
  EXPECT_THAT(TlsClient(RawClient(encrypted(ingress("", "127.0.0.1/32"))), shown_)
                  .exchange(get("Connection: close\r\nX-Forwarded-For: 203.0.113.7\r\n")),
              EndsWith("203.0.113.7 to  by 127.0.0.1"))
      << "the certificate is the proxy's";
  net::issue_certificate(shown_, {.common_name = "client", .purpose = "clientAuth"});
  EXPECT_EQ(TlsClient(RawClient(port), shown_).exchange(kLast), "");
}

// An open connection must not outlive the authority that it came by.
TEST_F(ClientCertificates, AnAuthorityThatIsWithdrawnEndsItsConnections) {
  const std::uint16_t port = encrypted({});
  TlsClient known(RawClient{port}, shown_);
  TlsClient anybody{port};
  EXPECT_THAT(known.ask(get("")), EndsWith(" to 127.0.0.1, partner, loopback"));
  EXPECT_THAT(anybody.ask(get("")), EndsWith(" to 127.0.0.1, loopback"));
  ASSERT_TRUE(tls_->reload());
  EXPECT_THAT(known.ask(get("")), EndsWith(" to 127.0.0.1, partner, loopback"))
      << "nothing has changed";
  withdraw();
  EXPECT_EQ(known.exchange(kLast), "");
  EXPECT_THAT(anybody.exchange(kLast), EndsWith(" to 127.0.0.1, loopback")) << "claims nothing";
}

// A body that is on its way for an hour must not either.
TEST_F(ClientCertificates, AnAuthorityThatIsWithdrawnEndsRunningRequests) {
  std::atomic<int> running{0};
  std::atomic<int> cut_off{0};
  f_.service.handler = [&](Exchange& exchange) -> Task<Response> {
    ++running;
    const auto body = co_await read_whole_body(exchange.body());
    if (!body) ++cut_off;
    co_return Response(200);
  };
  const std::uint16_t port = encrypted({});
  TlsClient known(RawClient{port}, shown_);
  TlsClient anybody{port};
  const std::string half =
      "PUT /peer HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
      "Content-Length: 4\r\n\r\nab";
  ASSERT_TRUE(known.send(half));
  ASSERT_TRUE(anybody.send(half));
  ASSERT_TRUE(ServerFixture::eventually([&] { return running == 2; }));
  withdraw();
  f_.server->review_clients();
  EXPECT_TRUE(ServerFixture::eventually([&] { return cut_off == 1; }));
  EXPECT_THAT(anybody.exchange("cd"), StartsWith("HTTP/1.1 200"));
}

TEST_F(ClientCertificates, ACertificateThatEndsEndsItsConnections) {
  TlsClient known(RawClient{encrypted({})}, shown_);
  EXPECT_THAT(known.ask(get("")), EndsWith(" to 127.0.0.1, partner, loopback"));
  f_.clock.ahead = std::chrono::hours(24 * 3650);
  EXPECT_EQ(known.exchange(kLast), "");
}

}  // namespace
}  // namespace berth::http
