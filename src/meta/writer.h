// The one thread that writes. Jobs of many coroutines become one transaction, so that they share
// the COMMIT that waits for the disk: each runs in a SAVEPOINT of its own, an Error undoes that job
// alone, and nobody is answered before the COMMIT is durable and the caches know of it. When the
// disk is full, jobs that only add are refused with kStorageFull; those that free go on.
//
//   co_return co_await writer_.write([&](Transaction& tx) -> Result<void> { … });
//
// write() from any Task; the job runs on the writer's thread and the coroutine resumes on its own
// strand. The destructor finishes the queued jobs; loops must outlive it.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "base/logger.h"
#include "base/metrics.h"
#include "base/task.h"
#include "meta/read_cache.h"
#include "meta/session.h"
#include "meta/space_reserve.h"

namespace berth::meta {

// What a job works with.
struct Transaction {
  Session& db;
  TimePoint now;
  // The repositories whose cached answers the job makes wrong.
  void touch(const RepositoryKey& key) { touched.push_back(key); }
  // For a change that may concern every repository.
  void touch_all() { all_touched = true; }

  std::vector<RepositoryKey> touched;
  bool all_touched = false;
};

class Writer {
 public:
  static constexpr std::size_t kMaxBatch = 256;

  Writer(std::unique_ptr<Session> session, SpaceReserve reserve, RepositoryVersions& versions,
         const Clock& clock, Metrics& metrics, Logger& log);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // `job` is called once with a Transaction& and returns a Result. The outcome is the job's own, or
  // the failure of the statement or COMMIT that undid it.
  template <class F>
  Task<std::invoke_result_t<F&, Transaction&>> write(F job) {
    return submit_and_wait(std::move(job), Kind::kAdding);
  }
  // For a job that removes or unlocks: it is still taken when the disk is full. It may be called a
  // second time, after its first attempt was undone.
  template <class F>
  Task<std::invoke_result_t<F&, Transaction&>> write_freeing(F job) {
    return submit_and_wait(std::move(job), Kind::kFreeing);
  }
  // The same for a job of many statements, in a transaction of its own: inside a SAVEPOINT, SQLite
  // would take time with each statement for all that the job has changed before.
  template <class F>
  Task<std::invoke_result_t<F&, Transaction&>> write_alone(F job) {
    return submit_and_wait(std::move(job), Kind::kFreeingAlone);
  }

 private:
  // Continues one waiting coroutine on its strand, and keeps its loop running until then. The
  // writer's thread holds the loop but never the strand: the loop may be gone as soon as it is let
  // go, and the last holder of a strand still touches its loop.
  class Resume {
   public:
    virtual ~Resume() = default;
    virtual void post() = 0;
  };
  template <class Handler>
  class ResumeOf final : public Resume {
   public:
    explicit ResumeOf(Handler handler)
        : work_(asio::make_work_guard(asio::get_associated_executor(handler).get_inner_executor())),
          handler_(std::move(handler)) {}
    void post() override {
      asio::post(work_.get_executor(), [handler = std::move(handler_)]() mutable {
        asio::dispatch(std::move(handler));  // to its strand
      });
    }

   private:
    asio::executor_work_guard<Executor::inner_executor_type> work_;
    Handler handler_;
  };

  enum class Kind { kAdding, kFreeing, kFreeingAlone };
  struct Job {
    Kind kind = Kind::kAdding;
    std::function<bool(Transaction&)> run;  // false: the job ended with an Error
    std::function<void(const Error&)> fail;
    std::unique_ptr<Resume> resume;
  };

  template <class F>
  Task<std::invoke_result_t<F&, Transaction&>> submit_and_wait(F job, Kind kind) {
    using R = std::invoke_result_t<F&, Transaction&>;
    std::optional<R> result;  // in this frame, which outlives the job
    Job entry;
    entry.kind = kind;
    entry.run = [&](Transaction& tx) { return result.emplace(job(tx)).has_value(); };
    entry.fail = [&](const Error& error) { result.emplace(fail(error)); };
    co_await asio::async_initiate<const UseTask, void()>(
        [&](auto handler) {
          entry.resume = std::make_unique<ResumeOf<decltype(handler)>>(std::move(handler));
          submit(std::move(entry));
        },
        use_task);
    co_return std::move(*result);
  }

  void submit(Job job);
  void loop();
  std::vector<Job> take_batch();
  void run_batch(std::vector<Job>& batch);
  std::vector<Job*> admitted(std::vector<Job>& batch);
  void store(const std::vector<Job*>& jobs, Transaction& tx);
  Result<void> transaction(const std::vector<Job*>& jobs, Transaction& tx);
  Result<void> run_one(Job& job, Transaction& tx);
  Result<void> run_many(const std::vector<Job*>& jobs, Transaction& tx);
  Result<bool> attempt(Job& job, Transaction& tx);
  void fail_job(Job& job, const Error& error);

  const std::unique_ptr<Session> session_;
  SpaceReserve reserve_;
  RepositoryVersions& versions_;
  const Clock& clock_;
  Logger& log_;
  Counter& jobs_;
  Counter& commits_;
  Counter& failures_;
  Histogram& seconds_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Job> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace berth::meta
