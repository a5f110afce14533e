#include "registry/verifier.h"

#include <fmt/format.h>

namespace berth::registry {
namespace {

constexpr std::size_t kPage = 100;

}  // namespace

class Verifier::Run final : public MaintenanceRun {
 public:
  Run(Verifier& owner, bool repair) : owner_(owner), repair_(repair) {}

  const MaintenanceSummary& summary() const override { return summary_; }

  // One blob a step, so that progress moves and a stop is prompt.
  Task<Result<bool>> step(std::vector<Finding>& out) override {
    if (next_ < page_.items.size()) {
      CO_TRY(co_await check(page_.items[next_], out));
      ++next_;
      ++summary_.checked;
      co_return true;
    }
    if (!page_.more) {
      if (counted_) co_return false;
      counted_ = true;
      CO_TRY(co_await check_counts(out));
      co_return true;
    }
    const std::string after = page_.items.empty() ? "" : page_.items.back().digest.text();
    CO_TRY_ASSIGN(page_, co_await owner_.inventory_.stored_blobs(after, kPage));
    next_ = 0;
    co_return true;
  }

 private:
  // What is wrong with a blob; nullopt when nothing is.
  Task<std::optional<Finding>> judge(const meta::StoredBlobRow& blob) {
    Finding finding{Verdict::kDamaged, blob.digest.text(), blob.size, {}};
    const auto hashed = co_await owner_.reader_.hash(blob.location, blob.digest.algorithm());
    if (!hashed && hashed.error().code == Code::kBlobUnknown) {
      finding.verdict = Verdict::kMissing;
      finding.reason = "the metadata knows it, but its bytes are gone";
    } else if (!hashed) {
      finding.verdict = Verdict::kUnreadable;
      finding.reason = fmt::format("its bytes cannot be read: {}", hashed.error().cause);
    } else if (hashed->size != blob.size) {
      finding.reason = fmt::format("has {} bytes, should have {}", hashed->size, blob.size);
    } else if (hashed->digest != blob.digest) {
      finding.reason = fmt::format("its bytes have digest {}", hashed->digest.text());
    } else {
      co_return std::nullopt;
    }
    co_return finding;
  }

  Task<Result<void>> check(const meta::StoredBlobRow& blob, std::vector<Finding>& out) {
    auto finding = co_await judge(blob);
    if (!finding) co_return Result<void>{};
    // It may have been removed while it was read; then there is nothing to say.
    CO_TRY_ASSIGN(const std::vector<bool> known,
                  co_await owner_.inventory_.have_locations({blob.location}));
    if (!known[0]) co_return Result<void>{};
    CO_TRY_ASSIGN(const std::vector<std::string> users,
                  co_await owner_.inventory_.referring(blob.digest, 3));
    for (const std::string& user : users) finding->reason += "; needed by " + user;
    ++summary_.problems;
    if (repair_ && finding->verdict != Verdict::kUnreadable) {
      CO_TRY(co_await forget(blob, *finding));
    }
    out.push_back(std::move(*finding));
    co_return Result<void>{};
  }

  // Under a claim it is judged again: a push may have brought it meanwhile, and none can now.
  Task<Result<void>> forget(const meta::StoredBlobRow& blob, Finding& finding) {
    const Claim claim = owner_.leases_.claim({blob.digest});
    const bool bad = !claim.empty() && (co_await judge(blob)).has_value();
    if (!bad) {
      finding.reason += "; it was pushed again meanwhile";
      co_return Result<void>{};
    }
    CO_TRY_ASSIGN(const bool forgotten, co_await owner_.inventory_.forget_content(blob.digest));
    if (forgotten) {
      ++summary_.repaired;
      finding.verdict = Verdict::kRepaired;
      finding.reason += "; forgotten, so that the next push brings it again";
    } else {
      finding.reason += "; push this manifest again to repair it";
    }
    co_return Result<void>{};
  }

  Task<Result<void>> check_counts(std::vector<Finding>& out) {
    CO_TRY_ASSIGN(const std::vector<std::string> problems,
                  co_await owner_.inventory_.check_consistency(repair_));
    for (const std::string& problem : problems) {
      ++summary_.problems;
      if (repair_) ++summary_.repaired;
      out.push_back({repair_ ? Verdict::kRepaired : Verdict::kProblem, {}, 0, problem});
    }
    co_return Result<void>{};
  }

  Verifier& owner_;
  const bool repair_;
  MaintenanceSummary summary_;
  meta::Page<meta::StoredBlobRow> page_{{}, true};
  std::size_t next_ = 0;
  bool counted_ = false;
};

std::unique_ptr<MaintenanceRun> Verifier::begin(const policy::OperatePermit& /*permit*/,
                                                bool repair) {
  return std::make_unique<Run>(*this, repair);
}

}  // namespace berth::registry
