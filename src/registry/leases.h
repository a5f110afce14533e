// Keeps garbage collection away from content that a request is just now making or has just been
// promised (docs/storage.md, "Garbage collection"). Three facts per process, all in memory:
//
// - a *lease* on a digest: held by a push from before its bytes get their final name until metadata
//   knows them. Any number at once.
// - a *claim* on a digest: held by the collector from before it deletes the metadata row until the
//   bytes are gone. Never together with a lease; a push that meets a claim waits for its end.
// - a *touch* of (repository, digest): the time when a client was last told "I have this blob". A
//   link touched within the grace period is not dropped, so that HEAD-then-manifest pushes succeed.
//
// Safe from any thread. Mutexes are held for a map operation, never over I/O.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <set>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "meta/records.h"
#include "oci/digest.h"

namespace berth::registry {

class Leases;

// One lease; ends with the object.
class Lease {
 public:
  Lease() = default;
  Lease(Leases& owner, oci::Digest digest) : owner_(&owner), digest_(std::move(digest)) {}
  Lease(Lease&& other) noexcept
      : owner_(std::exchange(other.owner_, nullptr)), digest_(std::move(other.digest_)) {}
  Lease& operator=(Lease&& other) noexcept {
    if (this != &other) {
      release();
      owner_ = std::exchange(other.owner_, nullptr);
      digest_ = std::move(other.digest_);
    }
    return *this;
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() { release(); }

 private:
  void release();
  Leases* owner_ = nullptr;
  std::optional<oci::Digest> digest_;
};

// Claims on some digests; they end with the object.
class Claim {
 public:
  Claim(Leases& owner, std::vector<oci::Digest> digests)
      : owner_(&owner), digests_(std::move(digests)) {}
  Claim(Claim&& other) noexcept
      : owner_(std::exchange(other.owner_, nullptr)), digests_(std::move(other.digests_)) {}
  Claim& operator=(Claim&&) = delete;
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  ~Claim() { release(); }

  const std::vector<oci::Digest>& digests() const { return digests_; }
  bool empty() const { return digests_.empty(); }
  void release();

 private:
  Leases* owner_;
  std::vector<oci::Digest> digests_;
};

class Leases {
 public:
  explicit Leases(const Clock& clock) : clock_(clock) {}
  Leases(const Leases&) = delete;
  Leases& operator=(const Leases&) = delete;

  // Waits while the collector has a claim, which is the time of one small batch of deletions.
  Task<Lease> hold(const oci::Digest& digest);
  // Claims those of `digests` that nobody holds or has claimed; ends with the object.
  Claim claim(const std::vector<oci::Digest>& digests);

  void touch(const meta::RepositoryKey& repository, const oci::Digest& digest);
  // Whether it was touched at or after `since`. May say yes wrongly (it keeps hashes, and forgets
  // nothing early), never no.
  bool touched(const meta::RepositoryKey& repository, const oci::Digest& digest,
               TimePoint since) const;
  // Forgets touches before `before`; the collector calls it so that memory stays bounded.
  void forget_touches(TimePoint before);

 private:
  friend class Lease;
  friend class Claim;
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kMaxTouchesPerShard = 65'536;
  struct TouchShard {
    mutable std::mutex mutex;
    std::unordered_map<std::uint64_t, TimePoint> last;
    TimePoint
        overflowed{};  // when a touch could not be kept: until then everything counts as touched
  };
  void end(const oci::Digest& digest);
  void unclaim(const std::vector<oci::Digest>& digests);

  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<oci::Digest, unsigned> held_;
  std::set<oci::Digest> claimed_;
  std::array<TouchShard, kShards> touches_;
};

}  // namespace berth::registry
