// Keeps a reserve free on the disk, so that the metadata database, which lies beside the blobs, can
// still record deletes when uploads have filled the rest.
//
// Safe from any thread, no lock. The disk is asked at most once a second or once per 16 MiB
// admitted, not per write; several threads that ask at once may together admit 16 MiB each too
// much, which the reserve has to cover.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "blobs/fs/file_system.h"

namespace berth::blobs::fs {

class SpaceGuard {
 public:
  // `os` and `clock` must outlive the guard; `path` lies on the disk in question.
  SpaceGuard(FileSystem& os, const Clock& clock, std::string path, std::uint64_t reserve_bytes)
      : os_(os), clock_(clock), path_(std::move(path)), reserve_(reserve_bytes) {}

  // kStorageFull when `bytes` more would cut into the reserve. Blocks (now and then).
  Result<void> admit(std::uint64_t bytes);
  // Asks the disk now.
  Result<void> measure(std::uint64_t bytes);

 private:
  FileSystem& os_;
  const Clock& clock_;
  const std::string path_;
  const std::uint64_t reserve_;
  std::atomic<std::int64_t> allowance_{0};    // bytes that need no new measurement
  std::atomic<std::int64_t> measured_at_{0};  // microseconds since the epoch
};

}  // namespace berth::blobs::fs
