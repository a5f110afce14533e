// Who is changing what just now. A change claims the resource alone and what it lies in together
// with others, so that nothing is made in what is being removed and no name is taken twice. Claims
// are names in a set, not locks: nobody waits on a thread. Safe from any thread.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/task.h"

namespace berth::control {

class Claims {
 public:
  struct Wanted {
    std::string name;
    bool alone = true;
  };
  // Gives back what was claimed when it ends.
  class Held {
   public:
    Held(Claims& claims, std::vector<Wanted> wanted)
        : claims_(&claims), wanted_(std::move(wanted)) {}
    Held(Held&& other) noexcept : claims_(other.claims_), wanted_(std::move(other.wanted_)) {
      other.wanted_.clear();
    }
    Held& operator=(Held&&) = delete;
    ~Held() { claims_->release(wanted_); }

   private:
    Claims* claims_;
    std::vector<Wanted> wanted_;
  };

  // All of them at once, so that two changes never wait for each other in a circle. After ten
  // seconds kConflict (AnotherOperationInProgress).
  Task<Result<Held>> take(std::vector<Wanted> wanted);

 private:
  bool try_take(const std::vector<Wanted>& wanted);
  void release(const std::vector<Wanted>& wanted);

  std::mutex mutex_;
  std::map<std::string, int, std::less<>> held_;  // how many share it; -1: one has it alone
};

}  // namespace berth::control
