// The protocol as bytes on the wire: what goes in, what must come out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "http/http_test_support.h"

namespace berth::http {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string request(std::string_view line, std::string_view rest = "\r\n") {
  return std::string(line) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(rest);
}

TEST(Server, AnswersAndKeepsTheConnection) {
  ServerFixture f;
  RawClient client = f.client();
  client.send(request("GET /hello?secret=1"));
  const std::string first = client.read_response();
  EXPECT_THAT(first, StartsWith("HTTP/1.1 200 OK\r\nDate: "));
  EXPECT_THAT(first, HasSubstr("\r\nContent-Length: 5\r\n"));
  EXPECT_THAT(first, HasSubstr("\r\nX-Ms-Correlation-Request-Id: "));
  EXPECT_THAT(first, Not(HasSubstr("Connection:")));
  EXPECT_THAT(first, EndsWith("\r\n\r\nhello"));
  client.send(request("GET /nowhere", "Connection: close\r\n\r\n"));
  EXPECT_THAT(client.read_all(), AllOf(StartsWith("HTTP/1.1 404 Not Found\r\n"),
                                       HasSubstr("\r\nConnection: close\r\n")));
  ASSERT_TRUE(ServerFixture::eventually([&] { return f.seen().size() == 2; }));
  const Seen seen = f.seen().front();
  EXPECT_EQ(seen.method, "GET");
  EXPECT_EQ(seen.path, "/hello");
  EXPECT_EQ(seen.status, 200U);
  EXPECT_EQ(seen.bytes_in, request("GET /hello?secret=1").size());
  EXPECT_EQ(seen.bytes_out, first.size());
  EXPECT_THAT(first, HasSubstr(seen.correlation_id));
}

struct WireCase {
  std::string bytes;
  std::vector<std::string> parts;  // in this order
};

// All of these end with the server closing the connection.
std::vector<WireCase> wire_cases() {
  const std::string last = request("GET /hello", "Connection: close\r\n\r\n");
  return {
      {request("GET /hello") + last, {"200 OK", "hello", "200 OK", "close", "hello"}},
      {request("PUT /echo", "Content-Length: 3\r\n\r\nabc") + last, {"abcHTTP/1.1 200", "hello"}},
      {request("PUT /echo", "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n") +
           last,
       {"Content-Length: 3", "abcHTTP/1.1 200", "hello"}},
      {request("PUT /echo", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n") + last,
       {"Content-Length: 0", "hello"}},
      {request("PUT /ignore", "Content-Length: 3\r\n\r\nabc") + last, {"200 OK", "hello"}},
      {request("PUT /ignore", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: x\r\n\r\n") +
           last,
       {"200 OK", "hello"}},
      {request("HEAD /hello") + last, {"Content-Length: 5", "\r\n\r\nHTTP/1.1 200", "hello"}},
      {"GET /hello HTTP/1.0\r\nHost: a\r\n\r\n", {"HTTP/1.1 200 OK", "Connection: close", "hello"}},
      {"GET /hello HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n" + last,
       {"Connection: keep-alive", "helloHTTP/1.1 200 OK"}},
      {request("PUT /echo", "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc") + last,
       {"HTTP/1.1 200 OK", "abc", "hello"}},
      {request("PUT /ignore", "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"),
       {"HTTP/1.1 200 OK", "Connection: close"}},
      {request("PUT /echo", "Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
       {"400 Bad Request", "Connection: close", "chunked body is malformed"}},
      {request("GET /throw") + last, {"500 Internal", "Connection: close", "UNKNOWN Berth failed"}},
      {request("GET /hello", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc") + last,
       {"400 Bad Request", "Connection: close"}},
      {request("GET /hello", "Content-Length: 3\r\nContent-Length: 4\r\n\r\n") + last,
       {"400 Bad Request", "Connection: close"}},
      {"GET / HTTP/3.0\r\n\r\n", {"505 HTTP Version Not Supported", "UNSUPPORTED"}},
      {request("CONNECT /"), {"501 Not Implemented"}},
      {request("PUT /", "Expect: magic\r\n\r\n"), {"417 Expectation Failed"}},
      {request("GET /" + std::string(8200, 'x')), {"414 URI Too Long", "SIZE_INVALID"}},
      {"GET /" + std::string(40000, 'x'), {"414 URI Too Long"}},
      {request("GET /", "A: " + std::string(40000, 'x')), {"431 Request Header Fields Too Large"}},
      {"nonsense\n", {"400 Bad Request", "LF without CR"}},
  };
}

void expect_in_order(const std::string& text, const WireCase& c) {
  std::size_t at = 0;
  for (const std::string& part : c.parts) {
    const std::size_t found = text.find(part, at);
    ASSERT_NE(found, std::string::npos)
        << "missing: " << part << "\nsent: " << c.bytes.substr(0, 200) << "\ngot: " << text;
    at = found + part.size();
  }
  EXPECT_THAT(text, Not(HasSubstr("<still open>"))) << c.bytes.substr(0, 200);
}

TEST(Server, SpeaksTheProtocol) {
  ServerFixture f;
  for (const WireCase& c : wire_cases()) expect_in_order(f.exchange(c.bytes), c);
  EXPECT_THAT(f.log_text(), HasSubstr("secret reason")) << "what the handler threw is logged";
}

TEST(Server, SendsNothingAfterARefusal) {
  ServerFixture f;
  const std::string smuggled = request("GET /hello", "Connection: close\r\n\r\n");
  for (const char* fields :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n0\n\r\n",
        "X: a\nContent-Length: 5"}) {
    const std::string answer = f.exchange(request("POST /echo", fields) + smuggled);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n")) << fields;
    EXPECT_THAT(answer, Not(HasSubstr("hello"))) << fields;
    EXPECT_EQ(answer.find("HTTP/1.1", 8), std::string::npos) << fields;
  }
}

TEST(Server, DoesNotDependOnWherePiecesEnd) {
  ServerFixture f;
  const std::string bytes =
      request("PUT /echo", "Content-Length: 5\r\n\r\nabcde") +
      request("PUT /echo", "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nfgh\r\n0\r\nT: x\r\n\r\n") +
      request("GET /hello", "Connection: close\r\n\r\n");
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U}) {
    RawClient client = f.client();
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      client.send(std::string_view(bytes).substr(at, piece));
      if (piece < 7 && at % 16 == 0) std::this_thread::sleep_for(std::chrono::microseconds{200});
    }
    const std::string answer = client.read_all();
    EXPECT_THAT(answer,
                AllOf(HasSubstr("abcdeHTTP/1.1"), HasSubstr("fghHTTP/1.1"), EndsWith("hello")))
        << piece;
  }
}

TEST(Server, AnswersAHundredPipelinedRequestsInOrder) {
  ServerFixture f;
  std::string bytes;
  for (int i = 0; i < 100; ++i) {
    const std::string body = "<" + std::to_string(i) + ">";
    bytes += request("PUT /echo", "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n");
    bytes += body;
  }
  const std::string answer = f.exchange(bytes + request("GET /", "Connection: close\r\n\r\n"));
  std::size_t at = 0;
  for (int i = 0; i < 100; ++i) {
    at = answer.find("<" + std::to_string(i) + ">", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST(Server, SendsContinueAtTheFirstReadOnly) {
  ServerFixture f;
  RawClient client = f.client();
  client.send(request("PUT /echo", "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"));
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  EXPECT_THAT(client.read_response(), EndsWith("abc"));
  // A handler that refuses without reading costs the client no byte of the body.
  client.send(request("PUT /nowhere", "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"));
  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 404"));
}

TEST(Server, LimitsBodiesUnlessTheHandlerAllowsMore) {
  Limits limits;
  limits.default_body_bytes = 10;
  ServerFixture f(limits);
  const std::string eleven = "Content-Length: 11\r\n\r\nhello world";
  EXPECT_THAT(f.exchange(request("PUT /echo", eleven)),
              AllOf(StartsWith("HTTP/1.1 413"), HasSubstr("Connection: close")));
  EXPECT_THAT(f.exchange(request("PUT /echo",
                                 "Transfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n"
                                 "5\r\n")),
              StartsWith("HTTP/1.1 413"));
  f.service.handler = [](Exchange& exchange) -> Task<Response> {
    exchange.allow_body(11);
    return standard_handler(exchange);
  };
  EXPECT_THAT(f.exchange(request("PUT /echo", "Connection: close\r\n" + eleven)),
              EndsWith("hello world"));
}

TEST(Server, ClosesRatherThanSkipALongUnreadBody) {
  ServerFixture f;
  RawClient client = f.client();
  client.send(request("PUT /ignore", "Content-Length: 1000000\r\n\r\n"));
  EXPECT_THAT(client.read_until("\r\n\r\n"), HasSubstr("Connection: close"));
  std::string chunks;
  for (int i = 0; i < 100; ++i) chunks += "400\r\n" + std::string(1024, 'x') + "\r\n";
  RawClient chunked = f.client();
  chunked.send(request("PUT /ignore", "Transfer-Encoding: chunked\r\n\r\n") + chunks + "0\r\n\r\n" +
               request("GET /hello"));
  const std::string answer = chunked.read_all();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(answer, Not(HasSubstr("hello")));
}

TEST(Server, ImpossibleStatusesBecome500) {
  ServerFixture f;
  f.service.handler = [](Exchange&) -> Task<Response> { co_return Response(100); };
  EXPECT_THAT(f.exchange(request("GET /")), StartsWith("HTTP/1.1 500"));
}

TEST(Server, LogsHeadersThatItLeavesOut) {
  ServerFixture f;
  f.service.handler = [](Exchange&) -> Task<Response> {
    Response response;
    response.header("X-Bad", "a\r\nSet-Cookie: b");
    co_return response;
  };
  const std::string answer = f.exchange(request("GET /", "Connection: close\r\n\r\n"));
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200"), Not(HasSubstr("Set-Cookie"))));
  EXPECT_TRUE(
      ServerFixture::eventually([&] { return f.log_text().find("X-Bad") != std::string::npos; }));
}

TEST(Server, PublishesItsMetrics) {
  ServerFixture f;
  RawClient client = f.client();
  client.send(request("GET /hello"));
  client.read_response();
  EXPECT_THAT(f.exchange("bad\n"), HasSubstr("400"));
  ASSERT_TRUE(ServerFixture::eventually([&] { return f.server->active_connections() == 1; }));
  const std::string text = f.metrics.exposition();
  EXPECT_THAT(text, HasSubstr("berth_http_connections 1\n"));
  EXPECT_THAT(text, HasSubstr("berth_http_requests_total{method=\"GET\",status=\"2xx\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("berth_http_requests_total{method=\"other\",status=\"4xx\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("berth_http_request_seconds_count 2\n"));
}

}  // namespace
}  // namespace berth::http
