#include "base/logger.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace berth {
namespace {

// What a line with all that is known of a request needs; a little less than 1 KiB, up to which
// glibc keeps freed blocks with the thread.
constexpr std::size_t kLineBytes = 1000;
constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 4> kShort = {"DBG", "INF", "WRN", "ERR"};

void append_escaped(std::string& out, char c) {
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (c == '\n') {
    out += "\\n";
  } else {
    out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
  }
}

constexpr bool as_is(char c) {
  return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

// JSON string escape (RFC 8259 §7). The human format uses it too, so that a hostile header can
// neither forge a line nor send terminal escapes.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  // Nearly all of nearly every text is as it is: whole runs are appended at once.
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && as_is(text[end])) ++end;
    out.append(text.substr(at, end - at));
    if (end < text.size()) append_escaped(out, text[end]);
    at = end + 1;
  }
  out += '"';
}

bool plain(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u <= 0x20 || u >= 0x7f || c == '"' || c == '=' || c == '\\') return false;
  }
  return true;
}

void append_text(std::string& out, std::string_view text, LogFormat format) {
  if (format == LogFormat::kHuman && plain(text)) {
    out += text;
  } else {
    append_quoted(out, text);
  }
}

void append_client_text(std::string& out, std::string_view text, LogFormat format) {
  if (text.size() <= ClientText::kMost) return append_text(out, text, format);
  append_quoted(out,
                fmt::format("{}... ({} bytes)", text.substr(0, ClientText::kMost), text.size()));
}

void append_value(std::string& out, const LogField& field, LogFormat format) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    append_text(out, *text, format);
  } else if (const auto* chosen = std::get_if<ClientText>(&field.value)) {
    append_client_text(out, chosen->text, format);
  } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    out += fmt::to_string(*number);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    out += fmt::format("{:.6g}", *real);
  } else {
    out += std::get<bool>(field.value) ? "true" : "false";
  }
}

// What is not known of a request says nothing in its line.
bool empty(const LogField& field) {
  if (const auto* chosen = std::get_if<ClientText>(&field.value)) return chosen->text.empty();
  const auto* text = std::get_if<std::string_view>(&field.value);
  return text != nullptr && text->empty();
}

}  // namespace

std::string format_log_line(LogFormat format, TimePoint time, LogLevel level,
                            std::string_view event, LogFields fields) {
  const auto index = static_cast<std::size_t>(level);
  std::string out;
  out.reserve(kLineBytes);
  if (format == LogFormat::kJson) {
    out += fmt::format(R"({{"time":"{}","level":"{}","event":)", to_rfc3339(time), kNames[index]);
    append_quoted(out, event);
    for (const LogField& field : fields) {
      if (empty(field)) continue;
      out += ',';
      append_quoted(out, field.key);
      out += ':';
      append_value(out, field, format);
    }
    out += '}';
    return out;
  }
  out += fmt::format("{} {} ", to_rfc3339(time), kShort[index]);
  out += event;
  for (const LogField& field : fields) {
    if (empty(field)) continue;
    out += ' ';
    out += field.key;
    out += '=';
    append_value(out, field, format);
  }
  return out;
}

Logger::Logger(int fd, LogFormat format, LogLevel level, const Clock& clock)
    : fd_(fd), format_(format), level_(level), clock_(clock) {
  queue_.reserve(kQueueBytes);
  writing_.reserve(kQueueBytes);
  writer_ = std::thread([this] { write_loop(); });
}

Logger::~Logger() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  writer_.join();
}

void Logger::log(LogLevel level, std::string_view event, LogFields fields) {
  if (!enabled(level)) return;
  std::string line = format_log_line(format_, clock_.now(), level, event, fields);
  line += '\n';
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (line.size() > kQueueBytes - queue_.size()) {
      ++dropped_;
      return;
    }
    queue_ += line;
    wake = std::exchange(asleep_, false);
  }
  if (wake) wake_.notify_one();
}

void Logger::write_all(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t n = ::write(fd_, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // nowhere left to report to
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

void Logger::write_queued(std::unique_lock<std::mutex>& lock) {
  writing_.clear();
  writing_.swap(queue_);
  const std::uint64_t dropped = std::exchange(dropped_, 0);
  lock.unlock();
  write_all(writing_);
  if (dropped > 0) {
    write_all(format_log_line(format_, clock_.now(), LogLevel::kWarning, "log lines dropped",
                              {{"count", dropped}}) +
              '\n');
  }
  lock.lock();
}

void Logger::write_loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    asleep_ = queue_.empty();
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    write_queued(lock);
    // Where one line came, more are likely: they are gathered, which spares whoever logs them the
    // wake-up of this thread, by far the dearest part of a line.
    wake_.wait_for(lock, kGather, [this] { return stopping_; });
  }
}

}  // namespace berth
