// Against a real server of a few lines, over TCP and over a Unix socket.
#include "client/http_client.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "client/one_shot_server.h"

namespace berth::client {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string answer(std::string_view body, std::string_view status = "200 OK") {
  return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n{}", status, body.size(), body);
}

constexpr const char* kUntilClose = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";

std::string temporary(std::string_view name) {
  return fmt::format("{}berth_client_{}_{}", ::testing::TempDir(), ::getpid(), name);
}

HttpRequest get(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  return request;
}

// Lines of the answer, or the error's code as a number in one line.
std::vector<std::string> lines_of(OneShotServer& server) {
  std::vector<std::string> lines;
  const auto response = HttpClient().stream_lines(get(server.url("/")), [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  });
  if (!response) lines.push_back(response.error().message);
  return lines;
}

TEST(HttpClient, GetsOverTcp) {
  OneShotServer server("", {answer("hello\n")});
  const auto response = HttpClient().send(get(server.url("/livez?x=1")));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "hello\n");
  EXPECT_THAT(server.request(), StartsWith("GET /livez?x=1 HTTP/1.1\r\n"));
}

TEST(HttpClient, PostsOverAUnixSocket) {
  const std::string path = temporary("post");
  OneShotServer server(path, {answer("ok")});
  HttpRequest request = get("http://localhost/gc?dryRun=true");
  request.unix_socket = path;
  request.method = "POST";
  request.body = "payload";
  const auto response = HttpClient().send(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "ok");
  const std::string sent = server.request();
  EXPECT_THAT(sent, StartsWith("POST /gc?dryRun=true HTTP/1.1\r\nHost: localhost\r\n"));
  EXPECT_THAT(sent, ::testing::EndsWith("\r\n\r\npayload"));
  EXPECT_THAT(sent, Not(HasSubstr("Expect:")));
}

TEST(HttpClient, AStatusIsNotAnError) {
  OneShotServer server("", {answer("no such page", "404 Not Found")});
  const auto response = HttpClient().send(get(server.url("/x")));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->body, "no such page");
}

TEST(StreamLines, DeliversWholeLinesHoweverTheyArrive) {
  OneShotServer server("", {kUntilClose, "one\ntw", "o\r\n\nthr", "ee\nlast"}, 20ms);
  EXPECT_THAT(lines_of(server), ElementsAre("one", "two", "", "three", "last"));
}

TEST(StreamLines, DeliversEachLineBeforeTheNextIsSent) {
  OneShotServer server("", {kUntilClose, "first\n", "second\n"}, 300ms);
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::chrono::steady_clock::duration> times;
  ASSERT_TRUE(HttpClient().stream_lines(get(server.url("/")), [&](std::string_view) {
    times.push_back(std::chrono::steady_clock::now() - begin);
    return true;
  }));
  ASSERT_EQ(times.size(), 2u);
  EXPECT_GE(times[1] - times[0], 150ms);
}

TEST(StreamLines, StopsWhenToldTo) {
  OneShotServer server("", {kUntilClose, "one\ntwo\nthree\n"});
  int lines = 0;
  const auto response = HttpClient().stream_lines(get(server.url("/")),
                                                  [&](std::string_view) { return ++lines < 2; });
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(lines, 2);
}

TEST(StreamLines, ARefusalComesBackWholeAndNotAsLines) {
  OneShotServer server("", {answer("a\nb\n", "403 Forbidden")});
  const auto response = HttpClient().stream_lines(get(server.url("/")), [](std::string_view line) {
    ADD_FAILURE() << line;
    return true;
  });
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 403);
  EXPECT_EQ(response->body, "a\nb\n");
}

TEST(StreamLines, AnAnswerThatEndsTooEarlyIsAnError) {
  OneShotServer server("", {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\none\n"});
  EXPECT_THAT(lines_of(server),
              ElementsAre("one", HasSubstr("closed the connection within its answer")));
}

TEST(HttpClient, RefusesWhatIsTooLarge) {
  OneShotServer body("", {kUntilClose, std::string(kMaxAnswerBytes + 1, 'x')});
  const auto whole = HttpClient().send(get(body.url("/")));
  ASSERT_FALSE(whole);
  EXPECT_EQ(whole.error().code, Code::kTooLarge);

  OneShotServer line("", {kUntilClose, "short\n" + std::string(kMaxAnswerBytes + 1, 'x')});
  EXPECT_THAT(lines_of(line), ElementsAre("short", HasSubstr("bytes in one line")));
}

TEST(HttpClient, TimesOut) {
  OneShotServer server("", {"HTTP/1.1 200 OK\r\n"}, 500ms);
  HttpRequest request = get(server.url("/"));
  request.timeout = 50ms;
  const auto response = HttpClient().send(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kTimeout);
}

TEST(HttpClient, TellsNobodyThereFromNotAllowed) {
  HttpRequest request = get("http://localhost/");
  request.unix_socket = temporary("missing");
  const auto missing = HttpClient().send(request);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kUnavailable);
  EXPECT_EQ(missing.error().message, "nobody listens on " + request.unix_socket);

  // A socket file whose server has died.
  { const OneShotServer dead(request.unix_socket, {}); }
  const auto refused = HttpClient().send(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
}

TEST(HttpClient, ASocketThatMayNotBeOpenedIsNotAMissingServer) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may open every socket";
  HttpRequest request = get("http://localhost/");
  request.unix_socket = temporary("denied");
  const OneShotServer server(request.unix_socket, {});
  ASSERT_EQ(::chmod(request.unix_socket.c_str(), 0), 0);
  const auto denied = HttpClient().send(request);
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code, Code::kDenied);
}

TEST(HttpClient, SpeaksHttpAndHttpsOnly) {
  for (const char* url : {"file:///etc/passwd", "ftp://localhost/", "", "http://",
                          "http://user:secret@localhost/", "https://user@localhost?x"}) {
    const auto response = HttpClient().send(get(url));
    ASSERT_FALSE(response) << url;
    EXPECT_EQ(response.error().code, Code::kInvalidRequest) << url;
    EXPECT_THAT(response.error().message, Not(HasSubstr("secret")));
  }
}

TEST(HttpClient, SendsEveryMethodWithItsBodyAndHeaders) {
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    OneShotServer server("", {answer("ok")});
    HttpRequest request = get(server.url("/x"));
    request.method = method;
    request.headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer t"}};
    request.body = "{}";
    const auto response = HttpClient().send(request);
    ASSERT_TRUE(response) << response.error().message;
    const std::string sent = server.request();
    EXPECT_THAT(sent, StartsWith(std::string(method) + " /x HTTP/1.1\r\n"));
    EXPECT_THAT(sent, HasSubstr("\r\nContent-Type: application/json\r\n"));
    EXPECT_THAT(sent, HasSubstr("\r\nAuthorization: Bearer t\r\n"));
    EXPECT_THAT(sent, Not(HasSubstr("x-www-form-urlencoded")));
    EXPECT_THAT(sent, ::testing::EndsWith("\r\n\r\n{}"));
  }
}

TEST(HttpClient, HeadHasHeadersAndNoBody) {
  OneShotServer server("", {"HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nETag:  \"a\" \r\n\r\n"});
  HttpRequest request = get(server.url("/"));
  request.method = "HEAD";
  const auto response = HttpClient().send(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_THAT(response->headers,
              ElementsAre(Header{"Content-Length", "7"}, Header{"ETag", "\"a\""}));
  ASSERT_NE(response->header("etag"), nullptr);
  EXPECT_EQ(*response->header("etag"), "\"a\"");
  EXPECT_EQ(response->header("X-Early"), nullptr);
}

TEST(HttpClient, RefusesWhatWouldBeAnotherRequest) {
  for (const Header& header : {Header{"A", "x\r\nB: y"}, Header{"A\n", "x"}, Header{"", "x"},
                               Header{"A: b", "x"}, Header{"A", std::string("x\0y", 3)}}) {
    HttpRequest request = get("http://127.0.0.1:1/");
    request.headers = {header};
    const auto response = HttpClient().send(request);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, Code::kInvalidRequest) << header.name;
  }
  HttpRequest request = get("http://127.0.0.1:1/");
  request.method = "CONNECT";
  EXPECT_EQ(HttpClient().send(request).error().code, Code::kInvalidRequest);
}

TEST(HttpClient, TheLimitOfAnAnswerIsTheCallers) {
  OneShotServer server("", {kUntilClose, std::string(100, 'x')});
  HttpRequest request = get(server.url("/"));
  request.max_answer_bytes = 99;
  EXPECT_EQ(HttpClient().send(request).error().code, Code::kTooLarge);

  OneShotServer large("", {kUntilClose, std::string(kMaxAnswerBytes + 1, 'x')});
  request = get(large.url("/"));
  request.max_answer_bytes = 2 * kMaxAnswerBytes;
  EXPECT_EQ(HttpClient().send(request).value_or(HttpResponse{}).body.size(), kMaxAnswerBytes + 1);
}

TEST(HttpClient, DoesNotFollowRedirects) {
  OneShotServer server("", {"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\n"
                            "Content-Length: 0\r\n\r\n"});
  const auto response = HttpClient().send(get(server.url("/")));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 307);
}

TEST(LibraryVersions, NamesCurlAndTls) {
  EXPECT_THAT(library_versions(), HasSubstr("libcurl/"));
  EXPECT_THAT(library_versions(), HasSubstr("OpenSSL/"));
}

}  // namespace
}  // namespace berth::client
