#include "server/notify.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>

#include "base/file.h"
#include "server/config_values.h"

namespace berth::server {
namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before threads
  return value == nullptr ? std::string() : std::string(value);
}

// A status line is one line: a newline would start another assignment.
std::string status_line(std::string_view status) {
  if (status.empty()) return {};
  std::string out = fmt::format("\nSTATUS={}", status.substr(0, 500));
  std::replace(out.begin() + 1, out.end(), '\n', ' ');
  return out;
}

}  // namespace

Notifier Notifier::from_environment() {
  std::optional<std::chrono::microseconds> watchdog;
  const auto usec = parse_number(variable("WATCHDOG_USEC"));
  const std::string pid = variable("WATCHDOG_PID");
  // The variables are inherited: a watchdog for our parent is none for us.
  const bool ours = pid.empty() || pid == fmt::to_string(::getpid());
  if (usec && *usec > 0 && ours) watchdog = std::chrono::microseconds(*usec);
  return Notifier(variable("NOTIFY_SOCKET"), watchdog);
}

Result<> Notifier::ready(std::string_view status) const {
  return send("READY=1" + status_line(status));
}

Result<> Notifier::reloading() const {
  // Type=notify-reload compares this with the time at which it sent the signal.
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto usec = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  return send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", usec));
}

Result<> Notifier::stopping(std::string_view status) const {
  return send("STOPPING=1" + status_line(status));
}

Result<> Notifier::alive() const {
  return send("WATCHDOG=1");
}

std::optional<std::chrono::microseconds> Notifier::watchdog_interval() const {
  if (!watchdog_) return std::nullopt;
  return std::max(*watchdog_ / 2, std::chrono::microseconds(1));
}

Result<> Notifier::send(const std::string& message) const {
  if (socket_.empty()) return {};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool abstract = socket_.front() == '@';
  if ((!abstract && socket_.front() != '/') || socket_.size() >= sizeof(address.sun_path)) {
    return fail(Error(Code::kInternal, "NOTIFY_SOCKET is not the name of a Unix socket")
                    .because(in_quotes(socket_)));
  }
  std::copy(socket_.begin(), socket_.end(), address.sun_path);
  if (abstract) address.sun_path[0] = '\0';
  // The length counts the final NUL of a path and ends exactly at an abstract name.
  const auto length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size() + (abstract ? 0 : 1));
  const File socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return fail(errno_error(errno, "socket", socket_));
  // A manager whose queue is full must not stop a loop thread.
  const ssize_t sent =
      ::sendto(socket.fd(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
               reinterpret_cast<const sockaddr*>(&address), length);
  if (sent < 0) return fail(errno_error(errno, "sendto", socket_));
  return {};
}

}  // namespace berth::server
