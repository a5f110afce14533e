// Who may reach a registry, from its properties, for people. Pure but for print_network.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "base/clock.h"
#include "cli/job.h"

namespace berth::cli {

// The network part of a registry; as JSON its properties and the order.
void print_network(const Job& job, const boost::json::value& registry, TimePoint now);
// The order in which the rules decide, in one sentence about this registry (docs/network.md §4).
std::string order_text(const boost::json::value& registry, TimePoint now);

}  // namespace berth::cli
