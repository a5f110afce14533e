#include "meta/writer.h"

#include <chrono>
#include <iterator>

namespace berth::meta {
namespace {

Error internal_error(const std::exception& e) {
  return Error(Code::kInternal, std::string(code_row(Code::kInternal).meaning)).because(e.what());
}

}  // namespace

Writer::Writer(std::unique_ptr<Session> session, RepositoryVersions& versions, const Clock& clock,
               Metrics& metrics, Logger& log)
    : session_(std::move(session)),
      versions_(versions),
      clock_(clock),
      log_(log),
      jobs_(metrics.counter("berth_metadata_writes_total", "Metadata writes, also refused ones.")),
      commits_(metrics.counter("berth_metadata_commits_total",
                               "Metadata commits; each holds the writes that waited for it.")),
      failures_(metrics.counter("berth_metadata_commit_failures_total",
                                "Metadata transactions that could not be stored.")),
      seconds_(metrics.histogram("berth_metadata_commit_seconds",
                                 "Time of one metadata transaction, its disk flush included.")),
      thread_([this] { loop(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Writer::submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(job));
  }
  wake_.notify_one();
}

std::vector<Writer::Job> Writer::take_batch() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  if (queue_.size() <= kMaxBatch) return std::exchange(queue_, {});
  const auto end = queue_.begin() + kMaxBatch;
  std::vector<Job> batch(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  return batch;
}

void Writer::loop() {
  for (auto batch = take_batch(); !batch.empty(); batch = take_batch()) run_batch(batch);
}

void Writer::run_batch(std::vector<Job>& batch) {
  const auto start = std::chrono::steady_clock::now();
  Transaction tx{*session_, {}, {}, false};
  if (auto stored = run_all(batch, tx)) {
    commits_.add();
  } else {
    session_->rollback();
    failures_.add();
    log_.error("metadata transaction failed",
               {{"writes", batch.size()}, {"cause", stored.error().cause}});
    for (Job& job : batch) job.fail(stored.error());
  }
  // Also after a failed COMMIT, whose outcome on the disk is not known: a needless miss is cheap.
  for (const RepositoryKey& key : tx.touched) versions_.raise(key);
  if (tx.all_touched) versions_.raise_all();
  jobs_.add(batch.size());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  seconds_.observe(took.count());
  for (Job& job : batch) job.resume->post();
  batch.clear();  // with what keeps the callers' loops running
}

// An Error here means that nothing of the batch is stored.
Result<void> Writer::run_all(std::vector<Job>& batch, Transaction& tx) {
  try {
    session_->begin_write();
    for (Job& job : batch) TRY(run_one(job, tx));
    session_->execute(Sql::kCommit);
  } catch (const SqlError& e) {
    return fail(e.error);
  }
  return {};
}

// An Error here means that the whole transaction is lost, not just this job.
Result<void> Writer::run_one(Job& job, Transaction& tx) {
  session_->execute(Sql::kSavepoint);
  tx.now = clock_.now();
  Error failure;
  try {
    if (job.run(tx)) {
      session_->execute(Sql::kRelease);
    } else {
      session_->execute(Sql::kRollbackToSavepoint);
      session_->execute(Sql::kRelease);
    }
    return {};
  } catch (const SqlError& e) {
    failure = e.error;
  } catch (const std::exception& e) {
    failure = internal_error(e);
  }
  // A full disk can make the engine roll everything back by itself.
  if (!session_->in_transaction()) return fail(std::move(failure));
  undo(job, failure, tx);
  return {};
}

void Writer::undo(Job& job, const Error& error, Transaction& tx) {
  log_.error("metadata write failed", {{"cause", error.cause}});
  tx.db.execute(Sql::kRollbackToSavepoint);
  tx.db.execute(Sql::kRelease);
  job.fail(error);
}

}  // namespace berth::meta
