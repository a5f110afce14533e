// Who may reach a registry, from its properties, for people. Pure but for print_network.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "base/clock.h"
#include "cli/job.h"

namespace berth::cli {

// The network part of a registry; as JSON its properties. For people with the addresses of its
// subnets, which are looked up.
void print_network(Job& job, const boost::json::value& registry, TimePoint now);
// Whether a rule for addresses has ended: it lets nobody in, and goes at the next write.
bool is_over(const boost::json::value& rule, TimePoint now);
// How many of the registry's rules for addresses have not ended.
std::size_t live_rules(const boost::json::value& registry, TimePoint now);
std::string without_fraction(const std::string& time);
// The order in which the rules decide, in one sentence about this registry (docs/network.md §4).
std::string order_text(const boost::json::value& registry, TimePoint now);

}  // namespace berth::cli
