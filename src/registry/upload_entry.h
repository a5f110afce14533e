// The parts of Uploads that only its own .cpp files see.
#pragma once

#include <utility>

#include "registry/uploads.h"

namespace berth::registry {

struct Uploads::Entry {
  Entry(std::string i, meta::RepositoryKey key, std::unique_ptr<blobs::UploadSession> s,
        TimePoint now)
      : id(std::move(i)), repository(std::move(key)), session(std::move(s)), touched(now) {}

  // Whether an error of this kind leaves the session unusable. A client that went away, was slow or
  // sent a malformed chunk may come back; a disk that refused a write has lost bytes.
  static bool fatal(Code code) {
    return code == Code::kStorageFull || code == Code::kInternal || code == Code::kUnavailable ||
           code == Code::kTooLarge;
  }

  const std::string id;
  const meta::RepositoryKey repository;
  std::unique_ptr<blobs::UploadSession> session;
  TimePoint touched;
  bool recorded = false;  // metadata has a row for it
  bool busy = false;      // a request owns it; guarded by Uploads::mutex_
};

// Exclusive use of an entry, until destruction.
class Uploads::Busy {
 public:
  Busy(std::mutex& mutex, EntryPtr entry) : mutex_(&mutex), entry_(std::move(entry)) {}
  Busy(Busy&&) noexcept = default;
  Busy& operator=(Busy&&) = delete;
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() {
    if (!entry_) return;
    const std::lock_guard lock(*mutex_);
    entry_->busy = false;
  }
  Entry& entry() const { return *entry_; }

 private:
  std::mutex* mutex_;
  EntryPtr entry_;
};

}  // namespace berth::registry
