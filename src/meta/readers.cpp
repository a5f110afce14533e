#include "meta/readers.h"

namespace berth::meta {

Session* Readers::take() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [this] { return !idle_.empty(); });
  Session* session = idle_.back();  // the one used last has the warmest page cache
  idle_.pop_back();
  return session;
}

void Readers::give_back(Session* session) {
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(session);
  }
  returned_.notify_one();
}

}  // namespace berth::meta
