// A resource as it is kept in memory: immutable, replaced whole by each change.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <string>

#include "base/clock.h"
#include "control/resource_id.h"

namespace berth::control {

// The member of a stored body that no client sees: hashes, nonces, storage keys.
inline constexpr std::string_view kHidden = "hidden";

struct Resource {
  ResourceId id;             // as it was created
  boost::json::object body;  // what the schema holds, "systemData" and kHidden
  std::int64_t version = 0;  // of its document
  TimePoint created{};

  // Another for each change, also when a name is used again.
  std::string etag() const;
};
using ResourcePtr = std::shared_ptr<const Resource>;

}  // namespace berth::control
