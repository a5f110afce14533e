// Where a page in time order goes on: behind a (time, name) pair.
#pragma once

#include <limits>
#include <string>
#include <utility>

#include "base/clock.h"
#include "meta/records.h"

namespace berth::meta {

struct TimeCursor {
  // Before everything, in the given direction.
  static TimeCursor start(TimeOrder order) {
    using Limits = std::numeric_limits<std::int64_t>;
    const bool up = order == TimeOrder::kAscending;
    return {from_micros(up ? Limits::min() : Limits::max()), {}};
  }
  // Behind `name`, whose row is `found`; it starts over when the row is gone (sql_store.h).
  template <class Record>
  static TimeCursor behind(const std::string& name, const Record* found, TimeOrder order) {
    return found == nullptr ? start(order) : TimeCursor{found->updated, name};
  }
  TimePoint time{};
  std::string name;
};

}  // namespace berth::meta
