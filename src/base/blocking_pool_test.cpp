#include "base/blocking_pool.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <stdexcept>
#include <thread>

namespace berth {
namespace {

// Runs one Task to its end. The loop must outlive the pool: a pool thread may still hold the
// executor of a coroutine that has already gone on.
template <class F>
void run_task(asio::io_context& loop, F body) {
  std::exception_ptr error;
  asio::co_spawn(asio::make_strand(loop), body(), [&](std::exception_ptr e) { error = e; });
  loop.run();
  if (error) std::rethrow_exception(error);
}

TEST(BlockingPool, RunsOffTheLoopAndResumesOnIt) {
  asio::io_context loop;
  BlockingPool pool(2);
  const auto here = std::this_thread::get_id();
  run_task(loop, [&]() -> Task<> {
    const auto there = co_await pool.run([] { return std::this_thread::get_id(); });
    EXPECT_NE(there, here);
    EXPECT_EQ(std::this_thread::get_id(), here);
    int seen = 0;
    co_await pool.run([&] { seen = 7; });
    EXPECT_EQ(seen, 7);
  });
  pool.join();
}

TEST(BlockingPool, AnExceptionOfTheJobReappearsAtTheAwait) {
  asio::io_context loop;
  BlockingPool pool(1);
  run_task(loop, [&]() -> Task<> {
    bool caught = false;
    try {
      co_await pool.run([]() -> int { throw std::runtime_error("x"); });
    } catch (const std::runtime_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
  });
  pool.join();
}

}  // namespace
}  // namespace berth
