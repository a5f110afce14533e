// BlobStore on a local file system. Layout on disk: layout.h; order of a publish: content.h.
//
// Each call is one job on the disk pool (remove_stale_uploads two), small appends none. There is no
// lock and no cache: the file system is the state, so any number of processes could read it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/blocking_pool.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "blobs/blob_store.h"
#include "blobs/fs/file_system.h"

namespace berth::blobs::fs {

struct Options {
  std::string root;
  // Uploads are refused with kStorageFull when fewer bytes would be left free.
  std::uint64_t reserve_bytes = std::uint64_t{64} << 20;
  // An upload gathers so many bytes in memory before it writes. One that ends below needs no file
  // of its own until commit(): a small push is one job and five system calls.
  std::size_t gather_bytes = std::size_t{256} << 10;
};

// Makes the directories that are missing; blocks. `disk`, `os` and `clock`
// must outlive the store, and the store its uploads; `random` is used here only.
Result<std::unique_ptr<BlobStore>> open_store(Options options, BlockingPool& disk, FileSystem& os,
                                              const Clock& clock, RandomSource& random);

}  // namespace berth::blobs::fs
