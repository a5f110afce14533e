#include "registry/garbage_collector.h"

#include "registry/gc_run.h"

namespace berth::registry {
namespace {

// One step's worth. Small enough that a push which meets a claim waits for milliseconds.
constexpr std::size_t kLinkPage = 500;
constexpr std::size_t kBlobPage = 64;
constexpr std::size_t kFilePage = 500;

}  // namespace

GarbageCollector::Window GarbageCollector::window(std::optional<std::chrono::seconds> grace) const {
  const TimePoint cutoff = clock_.now() - grace.value_or(grace_);
  return {cutoff, !grace && started_ > cutoff};
}

Result<std::unique_ptr<MaintenanceRun>> GarbageCollector::start(const GcRequest& request) {
  if (running_.exchange(true)) {
    return fail(Code::kConflict, "Garbage collection is running already; wait for its end.");
  }
  const Window when = window(request.grace);
  if (request.dry_run) return std::make_unique<DryRun>(*this, when);
  return std::make_unique<Run>(*this, when);
}

Result<std::unique_ptr<MaintenanceRun>> GarbageCollector::begin(
    const policy::OperatePermit& /*permit*/, const GcRequest& request) {
  return start(request);
}

Result<std::unique_ptr<MaintenanceRun>> GarbageCollector::begin_scheduled() {
  return start({});
}

Task<Result<std::optional<std::vector<blobs::StoredBlob>>>> GarbageCollector::stray_files(
    blobs::BlobLocation& after) {
  CO_TRY_ASSIGN(std::vector<blobs::StoredBlob> files, co_await store_.list(after, kFilePage));
  if (files.empty()) co_return std::nullopt;
  after = files.back().location;
  std::vector<blobs::BlobLocation> locations;
  locations.reserve(files.size());
  for (const blobs::StoredBlob& file : files) locations.push_back(file.location);
  CO_TRY_ASSIGN(const std::vector<bool> known, co_await inventory_.have_locations(locations));
  std::vector<blobs::StoredBlob> strays;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!known[i]) strays.push_back(std::move(files[i]));
  }
  co_return strays;
}

Task<Result<bool>> GarbageCollector::Run::step(std::vector<Finding>& out) {
  if (window_.too_early) phase_ = Phase::kDone;
  switch (phase_) {
    case Phase::kIdleLinks:
      CO_TRY(co_await drop_links());
      break;
    case Phase::kUnlinkedBlobs:
      CO_TRY(co_await remove_blobs(out));
      break;
    case Phase::kStrayFiles:
      CO_TRY(co_await remove_stray_files(out));
      break;
    case Phase::kDone:
      gc_.leases_.forget_touches(gc_.clock_.now() - gc_.grace_);
      co_return false;
  }
  co_return true;
}

Task<Result<void>> GarbageCollector::Run::drop_links() {
  CO_TRY_ASSIGN(const meta::Page<meta::IdleLink> page,
                co_await gc_.inventory_.idle_links(after_row_, kLinkPage));
  std::vector<meta::IdleLink> candidates;
  for (const meta::IdleLink& link : page.items) {
    after_row_ = link.row;
    if (link.since > window_.cutoff) continue;
    if (gc_.leases_.touched(link.repository, link.digest, window_.cutoff)) continue;
    candidates.push_back(link);
  }
  if (!candidates.empty()) {
    CO_TRY_ASSIGN(const std::vector<meta::IdleLink> dropped,
                  co_await gc_.inventory_.drop_idle_links(candidates));
    summary_.dropped_links += dropped.size();
  }
  if (!page.more) phase_ = Phase::kUnlinkedBlobs;
  co_return Result<void>{};
}

Task<Result<void>> GarbageCollector::Run::remove_blobs(std::vector<Finding>& out) {
  CO_TRY_ASSIGN(const meta::Page<meta::StoredBlobRow> page,
                co_await gc_.inventory_.unlinked_blobs(after_digest_, kBlobPage));
  std::vector<oci::Digest> candidates;
  std::map<oci::Digest, std::uint64_t> sizes;
  for (const meta::StoredBlobRow& blob : page.items) {
    after_digest_ = blob.digest.text();
    ++summary_.checked;
    if (blob.created > window_.cutoff) continue;
    candidates.push_back(blob.digest);
    sizes.emplace(blob.digest, blob.size);
  }
  const Claim claim = gc_.leases_.claim(candidates);
  CO_TRY(co_await remove_claimed(claim.digests(), sizes, out));
  if (!page.more) phase_ = Phase::kStrayFiles;
  co_return Result<void>{};
}

// Row first, bytes second: a crash in between leaves a stray file, never a row without bytes.
Task<Result<void>> GarbageCollector::Run::remove_claimed(
    const std::vector<oci::Digest>& claimed, const std::map<oci::Digest, std::uint64_t>& sizes,
    std::vector<Finding>& out) {
  if (claimed.empty()) co_return Result<void>{};
  CO_TRY_ASSIGN(const std::vector<meta::DroppedBlob> dropped,
                co_await gc_.inventory_.drop_unlinked_blobs(claimed));
  for (const meta::DroppedBlob& blob : dropped) {
    CO_TRY(co_await gc_.store_.remove(blob.location));
    const std::uint64_t size = sizes.at(blob.digest);
    ++summary_.removed;
    summary_.removed_bytes += size;
    out.push_back({Verdict::kRemoved, blob.digest.text(), size, "no repository links it"});
  }
  co_return Result<void>{};
}

Task<Result<void>> GarbageCollector::Run::remove_stray_files(std::vector<Finding>& out) {
  CO_TRY_ASSIGN(const auto strays, co_await gc_.stray_files(after_location_));
  if (!strays) {
    phase_ = Phase::kDone;
    co_return Result<void>{};
  }
  for (const blobs::StoredBlob& file : *strays) {
    if (file.info.modified > window_.cutoff) continue;
    CO_TRY(co_await remove_stray(file, out));
  }
  co_return Result<void>{};
}

// Under the claim the row is looked for again: a push that ended meanwhile has recorded it, and one
// that is still under way holds a lease, so that there is no claim.
Task<Result<void>> GarbageCollector::Run::remove_stray(const blobs::StoredBlob& blob,
                                                       std::vector<Finding>& out) {
  if (!blob.digest) co_return Result<void>{};
  const Claim claim = gc_.leases_.claim({*blob.digest});
  if (claim.empty()) co_return Result<void>{};
  CO_TRY_ASSIGN(const std::vector<bool> known,
                co_await gc_.inventory_.have_locations({blob.location}));
  if (known[0]) co_return Result<void>{};
  CO_TRY(co_await gc_.store_.remove(blob.location));
  ++summary_.removed;
  summary_.removed_bytes += blob.info.size;
  out.push_back(
      {Verdict::kRemoved, blob.digest->text(), blob.info.size, "a file that no metadata knows"});
  co_return Result<void>{};
}

}  // namespace berth::registry
