#include "cli/maintenance_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <ostream>

#include "base/ascii.h"
#include "cli/command.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

// A missing or foreign value reads as empty: the view shows what it can.
std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return {};
  std::string out(value->get_string());
  // Names come from clients; a terminal obeys control characters.
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return out;
}

std::optional<std::uint64_t> number_of(const json::value& value) {
  if (value.is_uint64()) return value.get_uint64();
  if (value.is_int64() && value.get_int64() >= 0) {
    return static_cast<std::uint64_t>(value.get_int64());
  }
  return std::nullopt;
}

std::uint64_t number_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr ? 0 : number_of(*value).value_or(0);
}

// "removedBytes" → "removed bytes"
std::string words(std::string_view camel) {
  std::string out;
  for (const char c : camel) {
    if (is_upper(c)) out += ' ';
    out += lower(c);
  }
  return out;
}

// Everything else that may happen to a blob means that something was wrong.
bool is_in_order(std::string_view action) {
  constexpr std::array<std::string_view, 4> kGoodActions = {"keep", "remove", "removed",
                                                            "would-remove"};
  return std::find(kGoodActions.begin(), kGoodActions.end(), action) != kGoodActions.end();
}

}  // namespace

std::string human_size(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  // 1023.95 would print as 1024.0
  for (; value >= 1023.95 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

void MaintenanceView::line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  if (text.empty()) return;
  if (options_.json) out_ << text << '\n' << std::flush;
  json::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) {
    fail("an answer is not what this version of berth understands");
    return;
  }
  show(value.get_object());
}

void MaintenanceView::show(const json::object& object) {
  const std::string kind = text_of(object, "kind");
  if (kind == "progress") {
    show_progress(object);
  } else if (kind == "blob") {
    problem_ = problem_ || !is_in_order(text_of(object, "action"));
    show_blob(object);
  } else if (kind == "problem") {
    problem_ = true;
    clear_progress();
    if (!options_.json) out_ << "problem: " << text_of(object, "message") << '\n';
  } else if (kind == "summary") {
    summary_ = true;
    problem_ = problem_ || number_of(object, "problems") > 0;
    show_summary(object);
  } else if (kind == "error") {
    const std::string cause = text_of(object, "cause");
    complain(text_of(object, "message") + (cause.empty() ? "" : " (" + cause + ")"));
  }
}

void MaintenanceView::show_progress(const json::object& object) {
  if (!options_.progress) return;
  const auto now = std::chrono::steady_clock::now();
  // A fast disk yields thousands of lines each second; a terminal is read by eyes.
  if (drawn_ && now - last_drawn_ < std::chrono::milliseconds(100)) return;
  const std::uint64_t done = number_of(object, "done");
  const std::uint64_t total = number_of(object, "total");
  err_ << (total == 0 ? fmt::format("\r\x1b[K{} checked", done)
                      : fmt::format("\r\x1b[K{} of {} checked, {} %", done, total,
                                    std::min<std::uint64_t>(100, done * 100 / total)))
       << std::flush;
  drawn_ = true;
  last_drawn_ = now;
}

void MaintenanceView::clear_progress() {
  if (drawn_) err_ << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

void MaintenanceView::show_blob(const json::object& object) {
  const std::string action = text_of(object, "action");
  if (options_.json || (action == "keep" && !options_.kept)) return;
  clear_progress();
  out_ << fmt::format("{:<12}  {}  {:>10}  {}\n", action, text_of(object, "digest"),
                      human_size(number_of(object, "size")), text_of(object, "reason"));
}

void MaintenanceView::show_summary(const json::object& object) {
  clear_progress();
  if (options_.json) return;
  out_ << (options_.dry_run ? "Dry run; nothing was changed. It would be:\n" : "Done.\n");
  for (const auto& [key, value] : object) {
    const auto number = number_of(value);
    if (!number) continue;
    const std::string name = words(key);
    const bool bytes = name.ends_with("bytes") || name.ends_with("size");
    out_ << fmt::format("  {:<16}  {}\n", name,
                        bytes ? human_size(*number) : fmt::to_string(*number));
  }
  // People delete an image and wonder why its blobs stay.
  if (!options_.grace.empty() && number_of(object, "removed") == 0) {
    out_ << fmt::format(
        "Nothing was old enough to go: what became unused less than {} ago stays (gc.grace, "
        "--grace).\n",
        options_.grace);
  }
}

int MaintenanceView::fail(std::string_view message) {
  if (options_.json) {
    out_ << json::serialize(json::object{{"kind", "error"}, {"message", message}}) << '\n';
  }
  return complain(message);
}

int MaintenanceView::complain(std::string_view message) {
  failed_ = true;
  clear_progress();
  err_ << "error: " << message << '\n';
  return kCannot;
}

int MaintenanceView::finish() {
  clear_progress();
  if (!summary_ && !failed_) fail("the work stopped before it was done; run it again");
  if (failed_) return kCannot;
  return problem_ ? kProblem : kGood;
}

}  // namespace berth::cli
