// What loading knows so far: the values, where each comes from, and what was refused. It goes from
// the readers of the layers to the checks. One thread, one use.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/config.h"

namespace berth::server {

// Where one [[table]] of the file stands.
struct RowOrigin {
  std::string path;  // "listener.private"; "listener" while its name is unknown
  std::string at;    // "file:line:column"
  std::map<std::string, std::string, std::less<>> keys;  // those that are there, with their places
  bool named = false;  // it has a name that is right and nobody else's
  bool sound = true;   // false: a value was refused; do not judge what is not there

  const std::string& of(std::string_view key) const {
    const auto found = keys.find(key);
    return found == keys.end() ? at : found->second;
  }
};

struct ConfigState {
  ConfigState();

  // config_keys().size() for no key.
  static std::size_t index_of(std::string_view full_name);
  // False: a value was refused; do not judge it further.
  bool sound(std::string_view key) const { return accepted[index_of(key)]; }
  const std::string& origin(std::string_view key) const { return origins[index_of(key)]; }
  void problem(std::string where, std::string message);

  Config config;
  ConfigProblems problems;
  std::vector<std::string> origins;  // by index of the key
  std::vector<bool> accepted;
  std::vector<RowOrigin> listeners, trusted_services;  // in the order of those in `config`
  bool complete = true;  // false: the file could not be read to its end
};

// What is right each for itself and wrong together; also fills in defaults that depend on other
// values.
void check_contradictions(ConfigState& state);

}  // namespace berth::server
