// Bodies that do not lie in memory: files, streams, slow readers, clients that go away.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <thread>

#include "http/http_test_support.h"

namespace berth::http {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kGetAndClose = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

// Bytes that tell their place.
std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return text;
}

std::string body_of(const std::string& response) {
  return response.substr(response.find("\r\n\r\n") + 4);
}

class FileTest : public testing::Test {
 protected:
  void serve(const std::string& content, std::uint64_t offset, std::uint64_t length) {
    std::ofstream(f_.folder.file("blob")) << content;
    auto file = std::make_shared<const File>(::open(f_.folder.file("blob").c_str(), O_RDONLY));
    f_.service.handler = [=](Exchange&) -> Task<Response> {
      Response response;
      response.body = FileRange{file, offset, length};
      co_return response;
    };
  }
  ServerFixture f_;
};

TEST_F(FileTest, SendsExactlyTheRange) {
  const std::string content = pattern(3'000'000);
  serve(content, 1000, 2'500'000);
  RawClient client = f_.client();
  client.send(kGet);
  const std::string response = client.read_response();
  EXPECT_THAT(response, HasSubstr("Content-Length: 2500000\r\n"));
  EXPECT_TRUE(body_of(response) == content.substr(1000, 2'500'000));
  client.send(kGetAndClose);
  EXPECT_EQ(body_of(client.read_all()).size(), 2'500'000U) << "the connection was kept";
}

TEST_F(FileTest, EmptyRangesAndHeadSendNoBody) {
  serve("abc", 1, 0);
  EXPECT_THAT(f_.exchange(kGetAndClose),
              AllOf(HasSubstr("Content-Length: 0"), EndsWith("\r\n\r\n")));
  serve("abc", 0, 3);
  EXPECT_THAT(f_.exchange("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
              AllOf(HasSubstr("Content-Length: 3"), EndsWith("\r\n\r\n")));
}

TEST_F(FileTest, AFileThatShrankEndsTheConnection) {
  serve("abc", 0, 10);
  EXPECT_THAT(f_.exchange(kGet), AllOf(HasSubstr("Content-Length: 10"), EndsWith("\r\n\r\nabc")));
  EXPECT_TRUE(ServerFixture::eventually(
      [&] { return f_.log_text().find("shorter than announced") != std::string::npos; }));
}

TEST_F(FileTest, FilesThatAreNotInThePageCacheArriveToo) {
  const std::string content = pattern(5'000'000);
  serve(content, 0, content.size());
  const File file(::open(f_.folder.file("blob").c_str(), O_RDONLY));
  ::fsync(file.fd());
  ::posix_fadvise(file.fd(), 0, 0, POSIX_FADV_DONTNEED);
  EXPECT_TRUE(body_of(f_.exchange(kGetAndClose)) == content);
}

TEST_F(FileTest, SlowReadersGetEverything) {
  const std::string content = pattern(8'000'000);
  serve(content, 0, content.size());
  RawClient client(f_.port(), 4096);
  client.send(kGetAndClose);
  std::this_thread::sleep_for(std::chrono::milliseconds{100});
  EXPECT_TRUE(body_of(client.read_all()) == content);
}

// Yields `pieces` one by one, then the end or an error.
class PieceStream final : public ByteStream {
 public:
  PieceStream(std::vector<std::string> pieces, bool fails)
      : pieces_(std::move(pieces)), fails_(fails) {}
  Task<Result<std::size_t>> read(std::span<std::byte> out) override {
    if (next_ == pieces_.size()) {
      if (fails_) co_return fail(Error(Code::kInternal, "no").because("disk on fire"));
      co_return std::size_t{0};
    }
    const std::string& piece = pieces_[next_++];
    const std::size_t n = std::min(piece.size(), out.size());
    std::memcpy(out.data(), piece.data(), n);
    co_return n;
  }

 private:
  std::vector<std::string> pieces_;
  bool fails_;
  std::size_t next_ = 0;
};

struct StreamCase {
  std::optional<std::uint64_t> length;
  bool fails;
  const char* version;
  const char* body;
  const char* logged;  // nullptr: nothing
};

TEST(StreamBody, IsPumpedAsAnnounced) {
  const StreamCase cases[] = {
      {std::nullopt, false, "1.1", "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", nullptr},
      {std::nullopt, false, "1.0", "abcde", nullptr},
      {5, false, "1.1", "abcde", nullptr},
      {4, false, "1.1", "abcd", nullptr},
      {6, false, "1.1", "abcde", "the stream is shorter than announced"},
      {6, true, "1.1", "abcde", "disk on fire"},
      {std::nullopt, true, "1.1", "2\r\nab\r\n3\r\ncde\r\n", "disk on fire"},
  };
  for (const StreamCase& c : cases) {
    ServerFixture f;
    f.service.handler = [&](Exchange&) -> Task<Response> {
      Response response;
      response.body = StreamBody{
          std::make_shared<PieceStream>(std::vector<std::string>{"ab", "cde"}, c.fails), c.length};
      co_return response;
    };
    const std::string answer = f.exchange(std::string("GET / HTTP/") + c.version +
                                          "\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(body_of(answer), c.body);
    if (c.logged) {
      EXPECT_TRUE(ServerFixture::eventually([&] {
        return f.log_text().find(c.logged) != std::string::npos;
      })) << c.logged;
    }
  }
}

TEST(EarlyClose, TheHandlerLearnsItAndNothingIsLogged) {
  ServerFixture f;
  std::atomic<int> gone{0};
  f.service.handler = [&](Exchange& exchange) -> Task<Response> {
    const auto body = co_await read_whole_body(exchange.body());
    if (!body && body.error().code == Code::kClientGone) ++gone;
    co_return Response(200);
  };
  for (const char* rest :
       {"Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nab"}) {
    RawClient client = f.client();
    client.send(std::string("PUT / HTTP/1.1\r\nHost: a\r\n") + rest);
    client.close();
  }
  EXPECT_TRUE(ServerFixture::eventually([&] { return gone == 2 && f.seen().size() == 2; }));
  for (const Seen& seen : f.seen()) EXPECT_EQ(seen.status, 499U);
  EXPECT_EQ(f.log_text(), "");
}

TEST(EarlyClose, InTheMiddleOfADownloadFreesTheConnection) {
  ServerFixture f;
  const auto big = std::make_shared<const std::string>(pattern(20'000'000));
  f.service.handler = [&](Exchange&) -> Task<Response> {
    Response response;
    response.body = big;
    co_return response;
  };
  RawClient client(f.port(), 4096);
  client.send(kGet);
  EXPECT_THAT(client.read_exactly(1000), StartsWith("HTTP/1.1 200"));
  client.close();
  EXPECT_TRUE(ServerFixture::eventually([&] { return f.server->active_connections() == 0; }));
  EXPECT_EQ(f.log_text(), "");
}

TEST(LargeBodies, ArriveUnchanged) {
  ServerFixture f;
  f.service.handler = [](Exchange& exchange) -> Task<Response> {
    exchange.allow_body(100'000'000);
    return standard_handler(exchange);
  };
  const std::string content = pattern(3'000'000);
  RawClient client = f.client();
  const auto send_all = [&](const std::string& bytes) {
    std::thread sender([&, bytes] { client.send(bytes); });
    const std::string response = client.read_response();
    sender.join();
    return response;
  };
  const std::string plain = send_all("PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                                     std::to_string(content.size()) + "\r\n\r\n" + content);
  EXPECT_TRUE(body_of(plain) == content);
  std::string chunked = "PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0, n = 1; at < content.size(); at += n, n = n % 70'000 + 999) {
    const std::string piece = content.substr(at, n);
    char size[20];
    std::snprintf(size, sizeof(size), "%zX\r\n", piece.size());
    chunked += size + piece + "\r\n";
  }
  EXPECT_TRUE(body_of(send_all(chunked + "0\r\n\r\n")) == content);
}

}  // namespace
}  // namespace berth::http
