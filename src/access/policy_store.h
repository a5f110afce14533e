// Holds the policy snapshot of this process and replaces it as a whole. Those who own documents
// (control/, identity/) edit it after each durable change and before they answer, so that the next
// request sees the change. Safe from any thread; update() holds a mutex for a map operation.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

#include "policy/snapshot.h"

namespace berth::access {

class PolicyStore {
 public:
  using Shared = std::shared_ptr<const policy::Snapshot>;

  explicit PolicyStore(policy::Snapshot first = {})
      : current_(std::make_shared<const policy::Snapshot>(std::move(first))) {}

  Shared current() const { return current_.load(); }

  // `edit(policy::Snapshot&)` works on a copy that shares everything it does not touch.
  template <class F>
  void update(F edit) {
    const std::lock_guard lock(writing_);
    policy::Snapshot next = *current_.load();
    edit(next);
    current_.store(std::make_shared<const policy::Snapshot>(std::move(next)));
  }

 private:
  std::atomic<Shared> current_;
  std::mutex writing_;
};

}  // namespace berth::access
