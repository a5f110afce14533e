// What a change of a registry's network properties takes from callers, or opens to them, as far as
// it can be told without asking the server. Pure. docs/network.md §3.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/network_change.h"

namespace berth::cli {

// Whether it can take something from somebody: then its effect is looked at first.
bool may_restrict(const ChangeWords& change);
// What `default allow` and `public on` open, and what would open less; empty for other changes.
std::string opens_text(const ChangeWords& change, const boost::json::value& registry,
                       TimePoint now);
// `properties` as they will be once the rules for these blocks are over.
boost::json::object once_over(boost::json::object properties,
                              const std::vector<std::string>& blocks);

}  // namespace berth::cli
