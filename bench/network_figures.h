// What the network decision costs with as many rules as a registry may have: 200 IP rules and 100
// virtual-network rules, addresses at random. And what a preview over many callers takes.
#pragma once

#include <vector>

#include "figure.h"

namespace berth::bench {

// Empty when a decision was not what it should be.
std::vector<Figure> network_figures();

}  // namespace berth::bench
