// One call of `berth` in a test: arguments in, streams and exit code out, with an engine that the
// test owns.
#pragma once

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

inline Call call(const std::vector<std::string>& arguments, server::TextMap environment = {},
                 Engine engine = unused_engine()) {
  std::ostringstream out;
  std::ostringstream err;
  Context context{out, err, false, std::move(environment), std::move(engine)};
  const int code = run(arguments, context);
  return {code, out.str(), err.str()};
}

}  // namespace berth::cli
