// A change of a registry's network properties, from the words of `berth network`: "default deny",
// "allow 203.0.113.7". Pure. docs/network.md §3.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "cli/command.h"

namespace berth::cli {

struct ChangeWords {
  const Invocation& call;          // its flags
  std::vector<std::string> words;  // the verb first
  std::string subnet;              // of --subnet: an id for allow, as it was typed for deny
};
// What a person should know; lines for standard error.
struct ChangeNotes {
  std::vector<std::string> lines;
  std::vector<std::string> done;    // what the change is: "203.0.113.7 is let in"
  bool missing = false;             // something that should be removed was not there
  std::vector<std::string> sooner;  // blocks whose rules would have lasted longer
};

// The verbs that change something, for `preview` and its completion.
std::vector<std::string> change_verbs();
// The properties for a PATCH of `registry`, whole lists of rules included; empty: there is nothing
// to change. The error is wrong usage.
Result<boost::json::object> network_change(const ChangeWords& change,
                                           const boost::json::value& registry, TimePoint now,
                                           ChangeNotes& notes);
}  // namespace berth::cli
