// The collector's dry run: the same judgement, nothing changed, and a reason for every blob.
#include <fmt/format.h>

#include "registry/gc_run.h"

namespace berth::registry {
namespace {

constexpr std::size_t kPage = 500;

std::string until(TimePoint since, TimePoint cutoff, TimePoint now) {
  return to_rfc3339(since + (now - cutoff));
}

}  // namespace

Task<Result<bool>> GarbageCollector::DryRun::step(std::vector<Finding>& out) {
  switch (phase_) {
    case Phase::kIdleLinks:
      CO_TRY(co_await count_links());
      break;
    case Phase::kBlobs:
      CO_TRY(co_await judge_blobs(out));
      break;
    case Phase::kStrayFiles:
      CO_TRY(co_await judge_files(out));
      break;
    case Phase::kDone:
      co_return false;
  }
  co_return true;
}

// Which links a real run would drop now, by digest.
Task<Result<void>> GarbageCollector::DryRun::count_links() {
  CO_TRY_ASSIGN(const meta::Page<meta::IdleLink> page,
                co_await gc_.inventory_.idle_links(after_row_, kPage));
  for (const meta::IdleLink& link : page.items) {
    after_row_ = link.row;
    Links& links = idle_[link.digest];
    const std::string where = link.repository.name.text();
    const bool touched = gc_.leases_.touched(link.repository, link.digest, window_.cutoff);
    if (link.since <= window_.cutoff && !touched) {
      ++links.droppable;
      ++summary_.dropped_links;
      continue;
    }
    ++links.kept;
    if (link.since > window_.cutoff) {
      links.kept_because =
          fmt::format("unused in {} since {}, within the grace period until {}", where,
                      to_rfc3339(link.since), until(link.since, window_.cutoff, gc_.clock_.now()));
    } else {
      links.kept_because = fmt::format("a client asked {} for it within the grace period", where);
    }
  }
  if (!page.more) phase_ = Phase::kBlobs;
  co_return Result<void>{};
}

Task<Result<void>> GarbageCollector::DryRun::judge_blobs(std::vector<Finding>& out) {
  CO_TRY_ASSIGN(const meta::Page<meta::StoredBlobRow> page,
                co_await gc_.inventory_.stored_blobs(after_digest_, kPage));
  for (const meta::StoredBlobRow& blob : page.items) {
    after_digest_ = blob.digest.text();
    ++summary_.checked;
    CO_TRY_ASSIGN(Finding finding, co_await judge(blob));
    if (finding.verdict == Verdict::kWouldRemove) {
      ++summary_.removed;
      summary_.removed_bytes += blob.size;
    }
    out.push_back(std::move(finding));
  }
  if (!page.more) phase_ = Phase::kStrayFiles;
  co_return Result<void>{};
}

Task<Result<Finding>> GarbageCollector::DryRun::judge(const meta::StoredBlobRow& blob) {
  Finding finding{Verdict::kKeep, blob.digest.text(), blob.size, {}};
  const auto idle = idle_.find(blob.digest);
  const Links links = idle == idle_.end() ? Links{} : idle->second;
  if (window_.too_early) {
    finding.reason = "the server has not run for a grace period yet";
  } else if (blob.links > links.droppable + links.kept) {
    CO_TRY_ASSIGN(const std::vector<std::string> users,
                  co_await gc_.inventory_.referring(blob.digest, 1));
    finding.reason = users.empty() ? "linked by " + blob.first_repository
                                   : fmt::format("needed by {}", users.front());
  } else if (links.kept > 0) {
    finding.reason = links.kept_because;
  } else if (blob.created > window_.cutoff) {
    finding.reason =
        fmt::format("stored at {}, within the grace period until {}", to_rfc3339(blob.created),
                    until(blob.created, window_.cutoff, gc_.clock_.now()));
  } else {
    finding.verdict = Verdict::kWouldRemove;
    finding.reason = links.droppable == 0 ? "no repository links it"
                                          : "no manifest needs it in the repositories that link it";
  }
  co_return finding;
}

Task<Result<void>> GarbageCollector::DryRun::judge_files(std::vector<Finding>& out) {
  CO_TRY_ASSIGN(const auto strays, co_await gc_.stray_files(after_location_));
  if (!strays) {
    phase_ = Phase::kDone;
    co_return Result<void>{};
  }
  for (const blobs::StoredBlob& file : *strays) {
    const bool young = window_.too_early || file.info.modified > window_.cutoff;
    const std::string name = file.digest ? file.digest->text() : file.location.text;
    out.push_back({young ? Verdict::kKeep : Verdict::kWouldRemove, name, file.info.size,
                   young ? "a file that no metadata knows, within the grace period"
                         : "a file that no metadata knows"});
    if (young) continue;
    ++summary_.removed;
    summary_.removed_bytes += file.info.size;
  }
  co_return Result<void>{};
}

}  // namespace berth::registry
