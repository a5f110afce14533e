// The one place that says how coroutines run. A Task runs on a connection's strand: code of one
// session never runs on two threads at once, so it needs no lock. Changing the threading model is
// changing this header and net/listener.cpp.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace berth {

namespace asio = boost::asio;

using Executor = asio::strand<asio::io_context::executor_type>;

// A lazy coroutine: nothing happens until it is awaited. Arguments taken by reference must outlive
// the co_await, which holds when the caller awaits at once.
template <class T = void>
using Task = asio::awaitable<T, Executor>;

using UseTask = asio::use_awaitable_t<Executor>;
inline constexpr UseTask use_task{};

}  // namespace berth
