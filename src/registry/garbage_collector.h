// Removes content that nothing refers to, while pushes and pulls go on. The protocol, and why it
// cannot lose a blob that a push relies on, is in docs/storage.md, "Garbage collection":
//
//   1. links that no manifest of their repository needs, and nobody touched for the grace period
//   2. blobs that no repository links: claim → drop the row if still unlinked → remove the bytes
//   3. files that no row knows (left by a crash between publishing and recording)
//
// Safe from any thread; one run at a time.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "blobs/blob_store.h"
#include "meta/metadata_store.h"
#include "policy/permit.h"
#include "registry/finding.h"
#include "registry/leases.h"

namespace berth::registry {

struct GcRequest {
  bool dry_run = false;  // change nothing, and say of every blob why it stays or would go
  // Overrides the configured grace. Without it, nothing is removed before the server has run for a
  // grace period, since what clients were told before the start is not known.
  std::optional<std::chrono::seconds> grace;
};

class GarbageCollector {
 public:
  GarbageCollector(blobs::BlobStore& store, meta::Inventory& inventory, Leases& leases,
                   const Clock& clock, std::chrono::seconds grace)
      : store_(store),
        inventory_(inventory),
        leases_(leases),
        clock_(clock),
        grace_(grace),
        started_(clock.now()) {}
  GarbageCollector(const GarbageCollector&) = delete;
  GarbageCollector& operator=(const GarbageCollector&) = delete;

  // kConflict while another run is going on. The run must not outlive the collector.
  Result<std::unique_ptr<MaintenanceRun>> begin(const policy::OperatePermit& permit,
                                                const GcRequest& request);
  std::chrono::seconds grace() const { return grace_; }
  // The server's own periodic run.
  Result<std::unique_ptr<MaintenanceRun>> begin_scheduled();

 private:
  class Run;
  class DryRun;
  friend class Run;
  friend class DryRun;
  struct Window {
    TimePoint cutoff;        // nothing younger is removed
    bool too_early = false;  // the server has not run for a grace period
  };
  Window window(std::optional<std::chrono::seconds> grace) const;
  Result<std::unique_ptr<MaintenanceRun>> start(const GcRequest& request);
  // The next page of stored content that no row knows; moves `after`. nullopt: there is no more.
  Task<Result<std::optional<std::vector<blobs::StoredBlob>>>> stray_files(
      blobs::BlobLocation& after);

  blobs::BlobStore& store_;
  meta::Inventory& inventory_;
  Leases& leases_;
  const Clock& clock_;
  const std::chrono::seconds grace_;
  const TimePoint started_;
  std::atomic<bool> running_{false};
};

}  // namespace berth::registry
