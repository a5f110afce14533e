// Structured log lines: an event name, fields, a correlation id. Never a secret: callers pass names
// and ids, not credentials, and URLs without their query.
//
//   log.info("blob stored", {{"digest", d.text()}, {"bytes", n}, {"correlationId", id}});
//
// A field whose text is empty is left out. Safe from any thread. A line is formatted by the caller
// and written by one thread of the logger, so that a slow terminal never holds a request: a first
// line at once, those that come close behind it together, within kGather. When the queue
// (kQueueBytes, and as many that are being written) is full, lines are dropped, counted, and the
// count is logged.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <variant>

#include "base/clock.h"

namespace berth {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };
enum class LogFormat { kHuman, kJson };

// What a client chose freely, such as the path of its request. Only its beginning is written, with
// its size, or one client's requests would push everybody else's lines out of the queue.
struct ClientText {
  static constexpr std::size_t kMost = 512;  // bytes
  std::string_view text;
};

struct LogField {
  std::string_view key;
  std::variant<std::string_view, ClientText, std::int64_t, double, bool> value;

  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, ClientText v) : key(k), value(v) {}
  LogField(std::string_view k, bool v) : key(k), value(v) {}
  LogField(std::string_view k, double v) : key(k), value(v) {}
  template <class I>
    requires std::is_integral_v<I> && (!std::is_same_v<I, bool>)
  LogField(std::string_view k, I v) : key(k), value(static_cast<std::int64_t>(v)) {}
};
using LogFields = std::initializer_list<LogField>;

// One line as it is written, without the newline. Pure, for tests.
std::string format_log_line(LogFormat format, TimePoint time, LogLevel level,
                            std::string_view event, LogFields fields);

class Logger {
 public:
  // The longest that a line waits for others to be written with.
  static constexpr std::chrono::milliseconds kGather{5};
  static constexpr std::size_t kQueueBytes = 8UL * 1024 * 1024;

  // Writes to file descriptor `fd`, which must outlive the logger.
  Logger(int fd, LogFormat format, LogLevel level, const Clock& clock);
  ~Logger();  // writes what is queued
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  bool enabled(LogLevel level) const { return level >= level_.load(std::memory_order_relaxed); }
  void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }
  void log(LogLevel level, std::string_view event, LogFields fields = {});
  void debug(std::string_view event, LogFields fields = {}) {
    log(LogLevel::kDebug, event, fields);
  }
  void info(std::string_view event, LogFields fields = {}) { log(LogLevel::kInfo, event, fields); }
  void warning(std::string_view event, LogFields fields = {}) {
    log(LogLevel::kWarning, event, fields);
  }
  void error(std::string_view event, LogFields fields = {}) {
    log(LogLevel::kError, event, fields);
  }

 private:
  void write_loop();
  void write_queued(std::unique_lock<std::mutex>& lock);
  void write_all(std::string_view text) const;

  const int fd_;
  const LogFormat format_;
  std::atomic<LogLevel> level_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  // Never grows beyond what is reserved: nobody waits for the mutex while megabytes are moved.
  std::string queue_;
  std::uint64_t dropped_ = 0;
  bool asleep_ = true;  // the writer waits for a first line, and is to be woken for it
  bool stopping_ = false;
  std::string writing_;  // the writer's own; the two are swapped
  std::thread writer_;
};

}  // namespace berth
