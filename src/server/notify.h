// Tells systemd how the service is doing: the sd_notify protocol, spoken without libsystemd. One
// datagram for each message, to the Unix socket named in $NOTIFY_SOCKET; without that variable
// every call does nothing and succeeds. A failure is worth a log line, never a stop. Safe from any
// thread. See sd_notify(3).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace berth::server {

class Notifier {
 public:
  // `socket`: a path, "@name" for an abstract socket, or empty for nobody.
  // `watchdog`: how often the service manager expects to hear from us, if it does.
  explicit Notifier(std::string socket,
                    std::optional<std::chrono::microseconds> watchdog = std::nullopt)
      : socket_(std::move(socket)), watchdog_(watchdog) {}

  // From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. Call before any thread starts.
  static Notifier from_environment();

  Result<> ready(std::string_view status) const;  // requests are served from now on
  Result<> reloading() const;                     // SIGHUP arrived; ready() follows
  Result<> stopping(std::string_view status) const;
  Result<> alive() const;  // the watchdog's keep-alive

  // Call alive() this often: half of what the manager tolerates. nullopt: it does not ask.
  std::optional<std::chrono::microseconds> watchdog_interval() const;

 private:
  Result<> send(const std::string& message) const;

  std::string socket_;
  std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace berth::server
