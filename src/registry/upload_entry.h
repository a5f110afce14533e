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

// The right to touch the stored part of an upload that is not in memory, until destruction. False
// when somebody else has it or the upload is in memory.
class Uploads::Reservation {
 public:
  Reservation(Uploads& owner, std::string id) : owner_(owner), id_(std::move(id)) {
    const std::lock_guard lock(owner_.mutex_);
    held_ = !owner_.entries_.contains(id_) && owner_.reserved_.insert(id_).second;
  }
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  ~Reservation() {
    if (!held_) return;
    const std::lock_guard lock(owner_.mutex_);
    owner_.reserved_.erase(id_);
  }
  explicit operator bool() const { return held_; }

 private:
  Uploads& owner_;
  const std::string id_;
  bool held_ = false;
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
