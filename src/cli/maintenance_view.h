// Shows the JSON lines of a maintenance job to a person, or passes them through to a program, and
// knows which exit code they amount to. The lines: "kind" is progress, blob, problem, summary or
// error (docs/storage.md). One thread; streams outlive the view.
#pragma once

#include <boost/json/fwd.hpp>
#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

namespace berth::cli {

class MaintenanceView {
 public:
  struct Options {
    bool json = false;      // pass every line through
    bool progress = false;  // redraw one line on `err`, which is a terminal
    bool kept = false;      // also print what stays
    bool dry_run = false;
    std::string grace = {};  // "1h": what a collection spares; empty: this is none
  };
  MaintenanceView(std::ostream& out, std::ostream& err, Options options)
      : out_(out), err_(err), options_(std::move(options)) {}

  void line(std::string_view text);  // with or without its newline
  // The job's lines are over: kProblem if anything was wrong, kCannot if they say that the job
  // failed or if they end without a summary (then this is said), else kGood.
  int finish();
  // It could not be done; the job's own lines do not say so. Returns kCannot.
  int fail(std::string_view message);

 private:
  int complain(std::string_view message);
  void show(const boost::json::object& object);
  void show_progress(const boost::json::object& object);
  void show_blob(const boost::json::object& object);
  void show_summary(const boost::json::object& object);
  void clear_progress();

  std::ostream& out_;
  std::ostream& err_;
  const Options options_;
  bool problem_ = false;
  bool failed_ = false;
  bool summary_ = false;
  bool drawn_ = false;  // a progress line stands on the terminal
  std::chrono::steady_clock::time_point last_drawn_{};
};

// "512 B", "1.5 KiB", "2.0 GiB"
std::string human_size(std::uint64_t bytes);

}  // namespace berth::cli
