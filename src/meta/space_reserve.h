// Room on the disk that is kept for deleting.
//
// Deleting rows needs room too, for the write-ahead log. So a file next to the database holds some
// blocks; when the disk is full the writer lets them go, takes only jobs that free something, and
// takes all again once the reserve could be filled anew. One thread at a time.
#pragma once

#include <cstdint>
#include <string>

#include "base/file.h"

namespace berth::meta {

class SpaceReserve {
 public:
  // `bytes` 0: there is no reserve, and it counts as held.
  SpaceReserve(const std::string& path, std::uint64_t bytes);

  bool held() const { return held_; }
  // Fills the reserve unless it is full already; false when the disk has no room for it.
  bool hold();
  void release();

 private:
  const std::uint64_t bytes_;
  File file_;
  bool held_ = false;
};

}  // namespace berth::meta
