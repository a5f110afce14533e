#include "http/request_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/head_scanner.h"

namespace berth::http {
namespace {

using testing::HasSubstr;

struct Outcome {
  unsigned status = 200;
  std::string message;
};

// What a connection does with these bytes: scan, then parse.
Outcome read(std::string_view bytes, RequestHead& head, const Limits& limits = {}) {
  HeadScanner scanner;
  const auto state = scanner.feed(bytes);
  if (state == HeadScanner::State::kBad) return {400, std::string(scanner.problem())};
  if (state == HeadScanner::State::kMore) return {0, "incomplete"};
  const auto parsed = parse_request_head(
      bytes.substr(scanner.begin(), scanner.end() - scanner.begin()), limits, head);
  if (parsed) return {};
  return {parsed.error().status, parsed.error().error.message};
}

std::string with(std::string_view fields, std::string_view line = "PUT /x HTTP/1.1") {
  return std::string(line) + "\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

TEST(RequestHead, GivesWhatWasSent) {
  RequestHead head;
  const std::string bytes =
      "\r\nPATCH /v2/a%2Fb/x?n=1&last=%00? HTTP/1.1\r\nHoSt: [::1]:5000\r\nAccept: a\r\n"
      "X-Empty:\r\naccept:\t b, c \t\r\nContent-Length: 0012\r\n\r\nrest";
  ASSERT_EQ(read(bytes, head).message, "");
  EXPECT_EQ(head.method(), Method::kPatch);
  EXPECT_EQ(head.path(), "/v2/a%2Fb/x");
  EXPECT_EQ(head.query(), "n=1&last=%00?");
  EXPECT_EQ(head.header("host"), "[::1]:5000");
  EXPECT_EQ(head.header("ACCEPT"), "a");
  EXPECT_EQ(head.header("x-empty"), "");
  EXPECT_EQ(head.header("x-absent"), std::nullopt);
  EXPECT_EQ(head.joined_header("Accept"), "a, b, c");
  EXPECT_EQ(head.content_length(), 12U);
  EXPECT_FALSE(head.chunked());
  EXPECT_TRUE(head.keep_alive());
}

TEST(RequestHead, ForgetsTheRequestBefore) {
  RequestHead head;
  const std::string first = with("Transfer-Encoding: Chunked\r\nExpect: 100-Continue\r\n");
  const std::string second = with("", "BREW / HTTP/1.0");
  ASSERT_EQ(read(first, head).status, 200U);
  EXPECT_TRUE(head.chunked());
  EXPECT_TRUE(head.expects_continue());
  ASSERT_EQ(read(second, head).status, 200U);
  EXPECT_EQ(head.method(), Method::kOther);
  EXPECT_EQ(head.method_text(), "BREW");
  EXPECT_FALSE(head.chunked() || head.expects_continue() || head.keep_alive());
  EXPECT_EQ(head.content_length(), std::nullopt);
}

struct TargetCase {
  const char* line;
  unsigned status;
  const char* path;
};

TEST(RequestHead, ReducesTargetsToAPath) {
  const TargetCase cases[] = {
      {"GET / HTTP/1.1", 200, "/"},         {"GET http://a/p?q HTTP/1.1", 200, "/p"},
      {"GET HTTPS://A HTTP/1.1", 200, "/"}, {"GET http://a?q HTTP/1.1", 200, "/"},
      {"OPTIONS * HTTP/1.1", 200, "*"},     {"GET * HTTP/1.1", 400, ""},
      {"GET http://b/p HTTP/1.1", 400, ""}, {"GET http://a@b/p HTTP/1.1", 400, ""},
      {"GET ftp://a/p HTTP/1.1", 400, ""},  {"GET p HTTP/1.1", 400, ""},
      {"GET a:80 HTTP/1.1", 400, ""},       {"GET /a#b HTTP/1.1", 400, ""},
      {"GET /\xc3\xa4 HTTP/1.1", 400, ""},  {"CONNECT /a HTTP/1.1", 501, ""},
      {"CONNECT a:80 HTTP/1.1", 400, ""},
  };
  for (const TargetCase& c : cases) {
    RequestHead head;
    const std::string bytes = with("", c.line);
    EXPECT_EQ(read(bytes, head).status, c.status) << c.line;
    if (c.status == 200) EXPECT_EQ(head.path(), c.path) << c.line;
  }
}

struct BadCase {
  std::string bytes;
  unsigned status;
  const char* says;
};

// Each of these has been used to make two readers see two different requests.
TEST(RequestHead, RefusesWhatCouldBeReadInTwoWays) {
  const std::vector<BadCase> cases = {
      {with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400, "Transfer-Encoding"},
      {with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400, "Content-Length"},
      {with("Content-Length: 5\r\nContent-Length: 6\r\n"), 400, "once"},
      {with("Content-Length: 5\r\nContent-Length: 5\r\n"), 400, "once"},
      {with("Content-Length: 5, 5\r\n"), 400, "one decimal number"},
      {with("Content-Length: +5\r\n"), 400, "one decimal number"},
      {with("Content-Length: -5\r\n"), 400, "one decimal number"},
      {with("Content-Length: 0x5\r\n"), 400, "one decimal number"},
      {with("Content-Length: 5 5\r\n"), 400, "one decimal number"},
      {with("Content-Length:\r\n"), 400, "one decimal number"},
      {with("Content-Length: 18446744073709551616\r\n"), 400, "one decimal number"},
      {with("Transfer-Encoding: gzip, chunked\r\n"), 501, "chunked"},
      {with("Transfer-Encoding: identity\r\n"), 501, "chunked"},
      {with("Transfer-Encoding: chunked, identity\r\n"), 501, "chunked"},
      {with("Transfer-Encoding: xchunked\r\n"), 501, "chunked"},
      {with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400, "once"},
      {with("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"), 400, "once"},
      {with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), 400, "once"},
      {with("Transfer-Encoding: chunked\r\n", "PUT /x HTTP/1.0"), 400, "HTTP/1.0"},
      {with("Transfer-Encoding : chunked\r\n"), 400, "white space"},
      {with("Transfer-Encoding\r\n"), 400, "header name"},
      {with("Content-Length: 5\r\n 6\r\n"), 400, "begins with white space"},
      {with("X: a\r\n\tb\r\n"), 400, "begins with white space"},
      {with("X: a\rb\r\n"), 400, "CR without LF"},
      {with("X: a\nb: c\r\n"), 400, "LF without CR"},
      {with(std::string("X: a") + '\0' + "b\r\n"), 400, "control character"},
      {with("X: \x01\r\n"), 400, "control character"},
      {with(": a\r\n"), 400, "header name"},
      {with("Host: a\r\n"), 400, "exactly one Host"},
      {"GET / HTTP/1.1\r\n\r\n", 400, "exactly one Host"},
      {"GET / HTTP/1.0\r\n\r\n", 400, "exactly one Host"},
      {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "Host"},
      {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, "Host"},
      {"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400, "Host"},
      {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "Host"},
      {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, ""},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400, ""},
      {"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400, ""},
      {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400, "HTTP/1.1"},
      {"GET /\r\nHost: a\r\n\r\n", 400, ""},
      {"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "method"},
      {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "method"},
      {"GET / http/1.1\r\nHost: a\r\n\r\n", 400, "HTTP/1.1"},
      {"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "several empty lines"},
      {"PRI * HTTP/2.0\r\n\r\n", 505, "HTTP/1.1"},
      {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505, "HTTP/1.1"},
      {with("Expect: 200-ok\r\n"), 417, "100-continue"},
      {with("", "GET /" + std::string(9000, 'x') + " HTTP/1.1"), 414, "8192"},
      {"\x16\x03\x01\x02", 400, "control character"},
  };
  for (const BadCase& c : cases) {
    RequestHead head;
    const Outcome outcome = read(c.bytes, head);
    EXPECT_EQ(outcome.status, c.status) << c.bytes << "\n" << outcome.message;
    EXPECT_THAT(outcome.message, HasSubstr(c.says)) << c.bytes;
  }
}

TEST(RequestHead, LimitsTheNumberOfFields) {
  Limits limits;
  limits.max_header_fields = 3;
  RequestHead head;
  EXPECT_EQ(read(with("A: 1\r\nB: 2\r\n"), head, limits).status, 200U);
  EXPECT_EQ(read(with("A: 1\r\nB: 2\r\nC: 3\r\n"), head, limits).status, 431U);
}

TEST(HeadScanner, DoesNotDependOnWherePiecesEnd) {
  const std::string good = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET";
  const std::string bad = "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n";
  for (const std::string& bytes : {good, bad}) {
    HeadScanner whole;
    const auto expected = whole.feed(bytes);
    HeadScanner scanner;
    auto state = HeadScanner::State::kMore;
    for (std::size_t n = 1; n <= bytes.size() && state == HeadScanner::State::kMore; ++n) {
      state = scanner.feed(std::string_view(bytes).substr(0, n));
    }
    EXPECT_EQ(state, expected);
    EXPECT_EQ(scanner.end(), whole.end());
    EXPECT_EQ(scanner.begin(), whole.begin());
  }
}

}  // namespace
}  // namespace berth::http
