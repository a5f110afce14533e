// Calls of `berth` against a FakeApi on the socket of a data directory, in a home of their own.
#pragma once

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fstream>
#include <iterator>

#include "cli/cli_testing.h"
#include "cli/fake_api_testing.h"

namespace berth::cli {

inline const std::string kGroupId = "/subscriptions/s1/resourceGroups/default";
inline const std::string kRegistryId =
    kGroupId + "/providers/Microsoft.ContainerRegistry/registries/team1";

class LocalTest : public ::testing::Test {
 protected:
  Call berth(std::vector<std::string> arguments, const World& world = {}) {
    arguments.insert(arguments.end(), {"--data", directory_.path()});
    return call(arguments, environment_, unused_engine(), world);
  }
  std::string home(const std::string& name) const { return directory_ / ("home/" + name); }
  static std::string read(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static boost::json::value json(const std::string& text) { return boost::json::parse(text); }
  boost::json::value sent(const std::string& line) const { return json(api_.request(line).body); }

  TemporaryDirectory directory_;
  server::TextMap environment_ = {{"HOME", directory_ / "home"}};
  FakeApi api_{directory_ / "berth.sock"};
};

}  // namespace berth::cli
