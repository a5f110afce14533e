// The removal of deleted registries' content, a bounded piece at a time.
#pragma once

#include "base/error.h"
#include "base/task.h"

namespace berth::control {

struct World;

// True while something is left.
Task<Result<bool>> sweep_content(World& world, std::size_t repositories);

}  // namespace berth::control
