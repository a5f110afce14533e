#include "meta/writer.h"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace berth::meta {

Writer::Writer(std::unique_ptr<Session> session, SpaceReserve reserve, RepositoryVersions& versions,
               const Clock& clock, Metrics& metrics, Logger& log)
    : session_(std::move(session)),
      reserve_(std::move(reserve)),
      versions_(versions),
      clock_(clock),
      log_(log),
      jobs_(metrics.counter("berth_metadata_writes_total", "Metadata writes, also refused ones.")),
      commits_(metrics.counter("berth_metadata_commits_total",
                               "Metadata commits; each holds the writes that waited for it.")),
      failures_(metrics.counter("berth_metadata_write_failures_total",
                                "Metadata writes that could not be stored.")),
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
  const std::size_t most = std::min(queue_.size(), kMaxBatch);
  std::size_t count = 0;
  while (count < most && queue_[count].kind != Kind::kFreeingAlone) ++count;
  if (count == 0) count = most == 0 ? 0 : 1;
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
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
  store(admitted(batch), tx);
  // Also after a failed COMMIT, whose outcome on the disk is not known: a needless miss is cheap.
  for (const RepositoryKey& key : tx.touched) versions_.raise(key);
  if (tx.all_touched) versions_.raise_all();
  jobs_.add(batch.size());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  seconds_.observe(took.count());
  for (Job& job : batch) job.resume->post();
  batch.clear();  // with what keeps the callers' loops running
}

// The jobs that may run; the others have their Error.
std::vector<Writer::Job*> Writer::admitted(std::vector<Job>& batch) {
  if (!reserve_.hold()) session_->give_back_space();
  const bool all = reserve_.hold();
  const Error full = Error(Code::kStorageFull, std::string(code_row(Code::kStorageFull).meaning))
                         .because("no room for the metadata reserve");
  std::vector<Job*> jobs;
  for (Job& job : batch) {
    if (all || job.kind != Kind::kAdding) {
      jobs.push_back(&job);
    } else {
      fail_job(job, full);
    }
  }
  return jobs;
}

void Writer::store(const std::vector<Job*>& jobs, Transaction& tx) {
  if (jobs.empty()) return;
  const Result<void> stored = transaction(jobs, tx);
  if (stored) return;
  std::vector<Job*> again;
  const bool let_go = stored.error().code == Code::kStorageFull && reserve_.held();
  for (Job* job : jobs) {
    if (let_go && job->kind != Kind::kAdding) {
      again.push_back(job);
    } else {
      fail_job(*job, stored.error());
    }
  }
  if (again.empty()) return;
  log_.warning("disk full: the metadata reserve is let go for what frees space");
  reserve_.release();
  if (const Result<void> second = transaction(again, tx); !second) {
    for (Job* job : again) fail_job(*job, second.error());
  }
}

// An Error means that nothing of the jobs is stored.
Result<void> Writer::transaction(const std::vector<Job*>& jobs, Transaction& tx) {
  Result<void> stored;
  try {
    session_->begin_write();
    stored = jobs.size() == 1 ? run_one(*jobs.front(), tx) : run_many(jobs, tx);
  } catch (const SqlError& e) {
    stored = fail(e.error);
  }
  if (!stored) session_->rollback();
  return stored;
}

// One job needs no SAVEPOINT: undoing it is undoing the transaction.
Result<void> Writer::run_one(Job& job, Transaction& tx) {
  TRY_ASSIGN(const bool keep, attempt(job, tx));
  if (!keep) {
    session_->rollback();
    return {};
  }
  session_->execute(Sql::kCommit);
  commits_.add();
  return {};
}

Result<void> Writer::run_many(const std::vector<Job*>& jobs, Transaction& tx) {
  for (Job* job : jobs) {
    session_->execute(Sql::kSavepoint);
    const Result<bool> keep = attempt(*job, tx);
    if (!keep) {
      // A full disk concerns all, and can make the engine roll everything back by itself.
      if (keep.error().code == Code::kStorageFull || !session_->in_transaction()) {
        return fail(keep.error());
      }
      fail_job(*job, keep.error());
    }
    if (!keep || !*keep) session_->execute(Sql::kRollbackToSavepoint);
    session_->execute(Sql::kRelease);
  }
  session_->execute(Sql::kCommit);
  commits_.add();
  return {};
}

// False: the job refused by itself and has its Error. An Error: a statement or the job broke.
Result<bool> Writer::attempt(Job& job, Transaction& tx) {
  tx.now = clock_.now();
  try {
    return job.run(tx);
  } catch (const SqlError& e) {
    return fail(e.error);
  } catch (const std::exception& e) {
    return fail(
        Error(Code::kInternal, std::string(code_row(Code::kInternal).meaning)).because(e.what()));
  }
}

void Writer::fail_job(Job& job, const Error& error) {
  failures_.add();
  log_.error("metadata write failed", {{"cause", error.cause}});
  job.fail(error);
}

}  // namespace berth::meta
