// Reading connections, lent to one job at a time on the pool for blocking work.
//
//   co_return co_await readers_.read([&](Session& db) -> Result<TagRecord> { … });
//
// read() from any Task. The job sees one snapshot of the database, taken when it starts, which
// holds every write that was answered before. More pool threads than connections wait for each
// other, so the pool should not have more.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/blocking_pool.h"
#include "base/error.h"
#include "base/task.h"
#include "meta/session.h"

namespace berth::meta {

class Readers {
 public:
  Readers(std::vector<std::unique_ptr<Session>> sessions, BlockingPool& pool)
      : sessions_(std::move(sessions)), pool_(pool) {
    for (const auto& session : sessions_) idle_.push_back(session.get());
  }
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  template <class F>
  Task<std::invoke_result_t<F&, Session&>> read(F job) {
    co_return co_await pool_.run([&] { return in_transaction(job); });
  }

 private:
  // Gives the connection back, without an open transaction, on every way out.
  class Lease {
   public:
    explicit Lease(Readers& owner) : owner_(owner), session_(owner.take()) {}
    ~Lease() {
      session_->rollback();
      owner_.give_back(session_);
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Session& session() { return *session_; }

   private:
    Readers& owner_;
    Session* const session_;
  };

  template <class F>
  std::invoke_result_t<F&, Session&> in_transaction(F& job) {
    Lease lease(*this);
    try {
      lease.session().execute(Sql::kBeginRead);
      auto result = job(lease.session());
      lease.session().execute(Sql::kCommit);
      return result;
    } catch (const SqlError& e) {
      return fail(e.error);
    } catch (const std::exception& e) {
      return fail(
          Error(Code::kInternal, std::string(code_row(Code::kInternal).meaning)).because(e.what()));
    }
  }

  Session* take();
  void give_back(Session* session);

  std::vector<std::unique_ptr<Session>> sessions_;
  BlockingPool& pool_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<Session*> idle_;
};

}  // namespace berth::meta
