// What one decision costs in a large directory: 10,000 role assignments, 500 of them with a
// condition, 50,000 scope-map tokens in one registry.
#pragma once

#include <vector>

#include "figure.h"

namespace berth::bench {

// Empty when a decision was not what it should be.
std::vector<Figure> decision_figures();

}  // namespace berth::bench
