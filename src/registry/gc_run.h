// The two kinds of run of the collector; only its own .cpp files see them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "registry/garbage_collector.h"

namespace berth::registry {

// Marks the collector as busy for the life of a run.
class RunToken {
 public:
  explicit RunToken(std::atomic<bool>& running) : running_(running) {}
  RunToken(const RunToken&) = delete;
  RunToken& operator=(const RunToken&) = delete;
  ~RunToken() { running_.store(false); }

 private:
  std::atomic<bool>& running_;
};

class GarbageCollector::Run final : public MaintenanceRun {
 public:
  Run(GarbageCollector& gc, Window window) : gc_(gc), token_(gc.running_), window_(window) {}
  Task<Result<bool>> step(std::vector<Finding>& out) override;
  const MaintenanceSummary& summary() const override { return summary_; }

 private:
  enum class Phase { kIdleLinks, kUnlinkedBlobs, kStrayFiles, kDone };
  Task<Result<void>> drop_links();
  Task<Result<void>> remove_blobs(std::vector<Finding>& out);
  Task<Result<void>> remove_claimed(const std::vector<oci::Digest>& claimed,
                                    const std::map<oci::Digest, std::uint64_t>& sizes,
                                    std::vector<Finding>& out);
  Task<Result<void>> remove_stray_files(std::vector<Finding>& out);
  Task<Result<void>> remove_stray(const blobs::StoredBlob& blob, std::vector<Finding>& out);

  GarbageCollector& gc_;
  const RunToken token_;
  const Window window_;
  MaintenanceSummary summary_;
  Phase phase_ = Phase::kIdleLinks;
  std::int64_t after_row_ = 0;
  std::string after_digest_;
  blobs::BlobLocation after_location_;
};

class GarbageCollector::DryRun final : public MaintenanceRun {
 public:
  DryRun(GarbageCollector& gc, Window window) : gc_(gc), token_(gc.running_), window_(window) {}
  Task<Result<bool>> step(std::vector<Finding>& out) override;
  const MaintenanceSummary& summary() const override { return summary_; }

 private:
  enum class Phase { kIdleLinks, kBlobs, kStrayFiles, kDone };
  struct Links {
    std::uint64_t droppable = 0;
    std::uint64_t kept = 0;    // idle too, but they stay for now
    std::string kept_because;  // why one of these does
  };
  Task<Result<void>> count_links();
  Task<Result<void>> judge_blobs(std::vector<Finding>& out);
  Task<Result<Finding>> judge(const meta::StoredBlobRow& blob);
  Task<Result<void>> judge_files(std::vector<Finding>& out);

  GarbageCollector& gc_;
  const RunToken token_;
  const Window window_;
  MaintenanceSummary summary_;
  Phase phase_ = Phase::kIdleLinks;
  std::int64_t after_row_ = 0;
  std::string after_digest_;
  blobs::BlobLocation after_location_;
  std::map<oci::Digest, Links> idle_;
};

}  // namespace berth::registry
