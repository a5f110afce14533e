// Reading files for a response without ever making a loop thread wait for a disk: what lies in the
// page cache is used at once, the rest is fetched on the blocking pool.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/blocking_pool.h"
#include "base/error.h"
#include "base/task.h"

namespace berth::http {

// Brings `length` bytes from `offset` into the page cache, so that sendfile will not wait. An
// error shows up in the sendfile that follows.
Task<> load_pages(BlockingPool& pool, int file, std::uint64_t offset, std::uint64_t length);

// Reads at least one byte; 0 at the end of the file.
Task<Result<std::size_t>> read_file(BlockingPool& pool, int file, std::uint64_t offset,
                                    std::span<std::byte> out);

}  // namespace berth::http
