#include "meta/space_reserve.h"

#include <fcntl.h>

namespace berth::meta {

SpaceReserve::SpaceReserve(const std::string& path, std::uint64_t bytes) : bytes_(bytes) {
  if (bytes_ != 0) file_ = File(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  hold();
}

bool SpaceReserve::hold() {
  if (held_ || bytes_ == 0) return held_ = true;
  // Real blocks, not a hole; a part that was got before the disk was full is given back.
  held_ = file_ && ::posix_fallocate(file_.fd(), 0, static_cast<off_t>(bytes_)) == 0;
  if (!held_) release();
  return held_;
}

void SpaceReserve::release() {
  if (bytes_ == 0) return;
  held_ = false;
  // Cannot fail on a file of one's own, and if it did the disk would just stay full.
  if (file_) (void)!::ftruncate(file_.fd(), 0);
}

}  // namespace berth::meta
