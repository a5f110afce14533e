// Content that arrives piece by piece: a request body, or a blob from a remote store.
#pragma once

#include <cstddef>
#include <span>

#include "base/error.h"
#include "base/task.h"

namespace berth {

// One coroutine at a time.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Reads at least one byte into `out` and returns how many; 0 means the end. After an error or the
  // end every further call returns the same.
  virtual Task<Result<std::size_t>> read(std::span<std::byte> out) = 0;
};

}  // namespace berth
