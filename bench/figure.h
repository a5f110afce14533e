// One measured figure with its target.
#pragma once

namespace berth::bench {

struct Figure {
  const char* name;
  const char* unit;
  double value, target;
  bool at_least;  // otherwise at most
  bool good() const { return at_least ? value >= target : value <= target; }
};

}  // namespace berth::bench
