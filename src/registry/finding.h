// What garbage collection and verification say of one piece of content. The operator reads these;
// they are never shown to a client of the registry.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/task.h"

namespace berth::registry {

enum class Verdict {
  kKeep,
  kRemoved,
  kWouldRemove,
  kDamaged,
  kMissing,
  kUnreadable,
  kRepaired,
  kProblem
};
std::string_view verdict_name(Verdict verdict);  // "keep", "removed", "would-remove", …

struct Finding {
  Verdict verdict = Verdict::kKeep;
  std::string content;  // a digest, or a location when the digest is not known; empty for kProblem
  std::uint64_t size = 0;
  std::string reason;
};

struct MaintenanceSummary {
  std::uint64_t checked = 0;  // blobs looked at
  std::uint64_t removed = 0;  // blobs (and stray files) removed, or that would be
  std::uint64_t removed_bytes = 0;
  std::uint64_t dropped_links = 0;  // repository links that nothing needed
  std::uint64_t problems = 0;       // damaged, missing or inconsistent, before repair
  std::uint64_t repaired = 0;
  std::uint64_t total = 0;  // blobs known at the start, for a progress display; 0: unknown
};

// A long job in small steps, driven by whoever wants its findings, at their pace. One coroutine at
// a time; dropping it stops the job between two steps, which is always safe.
class MaintenanceRun {
 public:
  virtual ~MaintenanceRun() = default;
  // Does one bounded piece of work and appends what it found. False: the job is done.
  virtual Task<Result<bool>> step(std::vector<Finding>& out) = 0;
  virtual const MaintenanceSummary& summary() const = 0;
};

}  // namespace berth::registry
