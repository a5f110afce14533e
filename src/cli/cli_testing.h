// One call of `berth` in a test: arguments in, streams and exit code out, with an engine, an input
// and a name service that the test owns.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "cli/command.h"

namespace berth::cli {

struct Call {
  int code = -1;
  std::string out;
  std::string err;
};

inline Engine unused_engine() {
  Engine engine;
  engine.serve = [](const server::Config&) { return 99; };
  engine.maintain = [](const server::Config&, const MaintenanceJob&, const JsonLine&) {
    return 99;
  };
  return engine;
}

// What may be typed or piped, and what the name service knows.
struct World {
  std::string input = {};
  bool terminal = false;
  bool resolves = true;
  std::vector<std::string> addresses = {};  // of every host
};

inline Call call(const std::vector<std::string>& arguments, server::TextMap environment = {},
                 Engine engine = unused_engine(), const World& world = {}) {
  std::ostringstream out;
  std::ostringstream err;
  std::istringstream in(world.input);
  Context context{out, err, false, std::move(environment), std::move(engine)};
  context.input = {&in, world.terminal};
  context.resolves = [&](const std::string&) { return world.resolves; };
  context.lookup = [&](const std::string& host) -> Result<std::vector<IpAddress>> {
    std::vector<IpAddress> found;
    found.reserve(world.addresses.size());
    for (const std::string& text : world.addresses) found.push_back(*IpAddress::parse(text));
    if (found.empty()) return fail(Code::kResourceUnknown, host);
    return found;
  };
  const int code = run(arguments, context);
  return {code, out.str(), err.str()};
}

// A directory of the test's own, removed with it. Its name is short: sockets lie in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() : path_(::testing::TempDir() + "berth_cli_XXXXXX") {
    EXPECT_NE(::mkdtemp(path_.data()), nullptr);
  }
  ~TemporaryDirectory() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace berth::cli
