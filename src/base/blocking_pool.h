// Threads for work that may block: file I/O, hashing, SQL. Nothing else in Berth may block.
//
//   auto n = co_await pool.run([&] { return ::pwrite(fd, …); });
//
// The job runs on a pool thread; the coroutine resumes on its own strand. Captured references stay
// valid because the awaiting frame is suspended for the whole time. Exceptions of the job reappear
// at the co_await. Work is bounded by its callers: a connection has at most one job in flight.
//
// The io_context of the awaiting Tasks must outlive the pool's jobs: join() before it ends.
//
// Thread contract: run() from any Task; post() from any thread; join() once, from the owner, after
// which nothing may be submitted.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <concepts>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/task.h"

namespace berth {

class BlockingPool {
 public:
  explicit BlockingPool(unsigned threads) : pool_(threads) {}
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  template <std::invocable F>
  Task<std::invoke_result_t<F&>> run(F job) {
    using R = std::invoke_result_t<F&>;
    using Slot = std::conditional_t<std::is_void_v<R>, bool, R>;
    std::optional<Slot> result;  // in this frame, which outlives the job
    std::exception_ptr error;
    co_await asio::async_initiate<const UseTask, void()>(
        [&](auto handler) {
          auto executor = asio::get_associated_executor(handler);
          asio::post(pool_, [&, handler = std::move(handler),
                             work = asio::make_work_guard(executor)]() mutable {
            try {
              if constexpr (std::is_void_v<R>) {
                job();
                result.emplace(true);
              } else {
                result.emplace(job());
              }
            } catch (...) {
              error = std::current_exception();
            }
            asio::post(work.get_executor(), std::move(handler));
          });
        },
        use_task);
    if (error) std::rethrow_exception(error);
    if constexpr (!std::is_void_v<R>) co_return std::move(*result);
  }

  // Fire and forget; `job` must not throw.
  template <class F>
  void post(F job) {
    asio::post(pool_, std::move(job));
  }

  // Waits for every submitted job to end.
  void join() { pool_.join(); }

 private:
  asio::thread_pool pool_;
};

}  // namespace berth
