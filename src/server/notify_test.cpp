// Against a real datagram socket, as systemd's is.
#include "server/notify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/file.h"

namespace berth::server {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

// A manager's end. `name` begins with '@' for an abstract socket.
class Manager {
 public:
  explicit Manager(const std::string& name)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    auto length = offsetof(sockaddr_un, sun_path) + name.size();
    if (name.front() == '@') {
      address.sun_path[0] = '\0';
    } else {
      ::unlink(name.c_str());
      ++length;
    }
    EXPECT_EQ(
        ::bind(socket_.fd(), reinterpret_cast<sockaddr*>(&address), static_cast<socklen_t>(length)),
        0)
        << std::strerror(errno);  // NOLINT(concurrency-mt-unsafe): one thread
  }

  // The next datagram, or "nothing".
  std::string receive() {
    std::array<char, 4096> buffer{};
    const ssize_t n = ::recv(socket_.fd(), buffer.data(), buffer.size(), 0);
    return n < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(n));
  }

 private:
  File socket_;
};

std::string socket_path() {
  return ::testing::TempDir() + "berth_notify_" + std::to_string(::getpid());
}

TEST(Notifier, SendsOneDatagramForEachState) {
  Manager manager(socket_path());
  const Notifier notifier(socket_path());
  ASSERT_TRUE(notifier.ready("serving localhost:5000"));
  EXPECT_EQ(manager.receive(), "READY=1\nSTATUS=serving localhost:5000");
  ASSERT_TRUE(notifier.reloading());
  EXPECT_THAT(manager.receive(), MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"));
  ASSERT_TRUE(notifier.ready(""));
  EXPECT_EQ(manager.receive(), "READY=1");
  ASSERT_TRUE(notifier.alive());
  EXPECT_EQ(manager.receive(), "WATCHDOG=1");
  ASSERT_TRUE(notifier.stopping("draining"));
  EXPECT_EQ(manager.receive(), "STOPPING=1\nSTATUS=draining");
  EXPECT_EQ(manager.receive(), "nothing");
}

TEST(Notifier, ReachesAnAbstractSocket) {
  const std::string name = "@berth-notify-test-" + std::to_string(::getpid());
  Manager manager(name);
  ASSERT_TRUE(Notifier(name).ready(""));
  EXPECT_EQ(manager.receive(), "READY=1");
}

TEST(Notifier, AStatusCannotSmuggleAnotherAssignment) {
  Manager manager(socket_path());
  ASSERT_TRUE(Notifier(socket_path()).ready("a\nMAINPID=1"));
  EXPECT_EQ(manager.receive(), "READY=1\nSTATUS=a MAINPID=1");
}

TEST(Notifier, WithoutASocketDoesNothing) {
  EXPECT_TRUE(Notifier("").ready("x"));
  EXPECT_TRUE(Notifier("").alive());
}

TEST(Notifier, AFailureIsAnErrorWithItsCause) {
  const auto gone = Notifier("/nonexistent/notify").ready("");
  ASSERT_FALSE(gone);
  EXPECT_THAT(gone.error().cause, HasSubstr("/nonexistent/notify"));
  EXPECT_FALSE(Notifier("relative").ready(""));
  EXPECT_FALSE(Notifier("/" + std::string(200, 'x')).ready(""));
}

TEST(Notifier, ReadsTheEnvironmentOfItsOwnProcessOnly) {
  const auto set = [](const char* name, const std::string& value) {
    ::setenv(name, value.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): one thread
  };
  Manager manager(socket_path());
  set("NOTIFY_SOCKET", socket_path());
  set("WATCHDOG_USEC", "20000000");
  set("WATCHDOG_PID", std::to_string(::getpid()));
  const Notifier notifier = Notifier::from_environment();
  EXPECT_EQ(notifier.watchdog_interval(), 10s);
  ASSERT_TRUE(notifier.ready(""));
  EXPECT_EQ(manager.receive(), "READY=1");

  set("WATCHDOG_PID", "1");
  EXPECT_EQ(Notifier::from_environment().watchdog_interval(), std::nullopt);
  set("WATCHDOG_PID", std::to_string(::getpid()));
  set("WATCHDOG_USEC", "often");
  EXPECT_EQ(Notifier::from_environment().watchdog_interval(), std::nullopt);
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
    ::unsetenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  }
}

}  // namespace
}  // namespace berth::server
