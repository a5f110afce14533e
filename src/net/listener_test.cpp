#include "net/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <mutex>

#include "base/file.h"
#include "net/net_test_support.h"

namespace berth::net {
namespace {

using testing::HasSubstr;

class ListenerTest : public testing::Test {
 protected:
  Result<Listener> open(const std::string& text, bool everybody = false,
                        const std::string& interface = {}) {
    ListenerOptions options;
    options.interface = interface;
    options.name = "test";
    options.endpoint = Endpoint::parse(text)->front();
    options.everybody = everybody;
    return Listener::open(loop_.io(), std::move(options), log_);
  }

  void serve(Listener& listener) {
    asio::co_spawn(listener.executor(), listener.serve([this](Accepted a) {
      const std::lock_guard lock(mutex_);
      accepted_.push_back(std::move(a));
      changed_.notify_all();
    }),
                   asio::detached);
  }

  // The remote address of the n-th accepted connection.
  RemoteAddress wait_for(std::size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds{5}, [&] { return accepted_.size() > n; });
    return accepted_.at(n).remote;
  }

  void TearDown() override {
    loop_.stop();
    accepted_.clear();  // streams must not outlive their io_context
  }

  SystemClock clock_;
  Logger log_{STDERR_FILENO, LogFormat::kHuman, LogLevel::kOff, clock_};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Accepted> accepted_;
  TempFolder folder_;
  LoopThreads loop_;
};

File connect_tcp(std::uint16_t port, const char* to = "127.0.0.1") {
  File file(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, to, &address.sin_addr);
  if (::connect(file.fd(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) return {};
  return file;
}

File connect_unix(const std::string& path) {
  File file(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  if (::connect(file.fd(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) return {};
  return file;
}

TEST_F(ListenerTest, TellsWhoConnects) {
  auto listener = open("127.0.0.1:0");
  ASSERT_TRUE(listener);
  ASSERT_NE(listener->bound().port, 0);
  serve(*listener);
  const File client = connect_tcp(listener->bound().port);
  ASSERT_TRUE(client);
  const RemoteAddress remote = wait_for(0);
  EXPECT_EQ(remote.address, "127.0.0.1");
  EXPECT_TRUE(remote.loopback);
  EXPECT_EQ(remote.local, "127.0.0.1");
  EXPECT_FALSE(remote.uid);
  sockaddr_in own{};
  socklen_t size = sizeof(own);
  ::getsockname(client.fd(), reinterpret_cast<sockaddr*>(&own), &size);
  EXPECT_EQ(remote.port, ntohs(own.sin_port));
}

// A listener for all addresses must still tell which one a client connected to.
TEST_F(ListenerTest, TellsWhichOfItsAddressesWasConnectedTo) {
  auto listener = open("0.0.0.0:0");
  ASSERT_TRUE(listener);
  serve(*listener);
  const File client = connect_tcp(listener->bound().port, "127.0.0.9");
  ASSERT_TRUE(client);
  EXPECT_EQ(wait_for(0).local, "127.0.0.9");
}

TEST_F(ListenerTest, AnInterfaceTakesOnlyWhatArrivesThere) {
  auto listener = open("127.0.0.1:0", false, "lo");
  if (!listener && listener.error().code == Code::kDenied) {
    EXPECT_THAT(listener.error().message, HasSubstr("CAP_NET_RAW"));
    GTEST_SKIP() << "this kernel lets only root bind to an interface";
  }
  ASSERT_TRUE(listener) << listener.error().message;
  serve(*listener);
  EXPECT_TRUE(connect_tcp(listener->bound().port));
  EXPECT_EQ(wait_for(0).address, "127.0.0.1");
}

TEST_F(ListenerTest, AnInterfaceThatIsNotThereSaysSo) {
  // The kernel would cut the second off.
  for (const std::string name : {"nosuch0", "lo-and-much-too-long"}) {
    const auto listener = open("127.0.0.1:0", false, name);
    ASSERT_FALSE(listener) << name;
    EXPECT_EQ(listener.error().code, Code::kInvalidRequest);
    EXPECT_THAT(listener.error().message,
                HasSubstr("of interface " + name + ": this machine has no such interface"));
  }
  const auto socket = open("unix:" + folder_.file("berth.sock"), false, "lo");
  ASSERT_FALSE(socket);
  EXPECT_THAT(socket.error().message, HasSubstr("a Unix socket has no network interface"));
}

TEST_F(ListenerTest, AddressInUseSaysSo) {
  auto first = open("127.0.0.1:0");
  ASSERT_TRUE(first);
  const auto second = open(first->bound().text());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kConflict);
  EXPECT_THAT(second.error().message, HasSubstr("another process listens there"));
  EXPECT_THAT(second.error().message, HasSubstr(first->bound().text()));
}

TEST_F(ListenerTest, ForeignAddressSaysSo) {
  const auto listener = open("192.0.2.1:0");
  ASSERT_FALSE(listener);
  EXPECT_THAT(listener.error().message, HasSubstr("this machine has no such address"));
}

TEST_F(ListenerTest, UnixSocketIsPrivateAndTellsTheUser) {
  const std::string path = folder_.file("berth.sock");
  {
    auto listener = open("unix:" + path);
    ASSERT_TRUE(listener) << listener.error().message;
    struct stat info {};
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
    serve(*listener);
    const File client = connect_unix(path);
    ASSERT_TRUE(client);
    const RemoteAddress remote = wait_for(0);
    EXPECT_EQ(remote.uid, ::getuid());
    EXPECT_EQ(remote.address, "");
  }
  for (int i = 0; i < 500 && ::access(path.c_str(), F_OK) == 0; ++i) ::usleep(10'000);
  EXPECT_NE(::access(path.c_str(), F_OK), 0) << "the file goes with the listener";
}

TEST_F(ListenerTest, AUnixSocketMayBeForEverybodyWhateverTheUmask) {
  const std::string path = folder_.file("open.sock");
  const mode_t before = ::umask(077);
  const auto listener = open("unix:" + path, true);
  ::umask(before);
  ASSERT_TRUE(listener) << listener.error().message;
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0666U);
}

TEST_F(ListenerTest, ReplacesAStaleSocketFileButNothingElse) {
  const std::string path = folder_.file("berth.sock");
  {
    const File dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    ASSERT_EQ(::bind(dead.fd(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  auto listener = open("unix:" + path);
  ASSERT_TRUE(listener) << listener.error().message;
  const auto second = open("unix:" + path);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("another process listens there"));

  const std::string plain = folder_.file("plain");
  std::ofstream(plain) << "precious";
  const auto third = open("unix:" + plain);
  ASSERT_FALSE(third);
  EXPECT_THAT(third.error().message, HasSubstr("is not a socket"));
  EXPECT_EQ(std::filesystem::file_size(plain), 8U);
}

TEST_F(ListenerTest, GoesOnWhenDescriptorsRunOutForAWhile) {
  auto listener = open("127.0.0.1:0");
  ASSERT_TRUE(listener);
  serve(*listener);
  const File waiting(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(listener->bound().port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

  std::vector<File> hoard;  // every descriptor there is
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit low{128, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &low);
  for (int fd = ::dup(STDERR_FILENO); fd >= 0; fd = ::dup(STDERR_FILENO)) hoard.emplace_back(fd);
  EXPECT_EQ(::connect(waiting.fd(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ::usleep(50'000);
  {
    const std::lock_guard lock(mutex_);
    EXPECT_TRUE(accepted_.empty());
  }
  hoard.clear();
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(wait_for(0).address, "127.0.0.1");
}

}  // namespace
}  // namespace berth::net
