#include "http/connection.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

namespace berth::http {
namespace {

SteadyTime steady_now() {
  return std::chrono::steady_clock::now();
}

Limits::Duration shortest_timeout(const Limits& limits) {
  return std::min(
      {limits.header_timeout, limits.idle_timeout, limits.handshake_timeout, limits.rate_window});
}

Error too_slow(const Limits& limits) {
  return {Code::kTimeout, "The client sent less than " +
                              std::to_string(limits.min_bytes_per_second) +
                              " bytes per second on average."};
}

Error gone() {
  return {Code::kClientGone, std::string(code_row(Code::kClientGone).meaning)};
}

}  // namespace

Connection::Connection(net::Stream stream, const Limits& limits)
    : stream_(std::move(stream)),
      limits_(limits),
      deadline_(stream_.executor(), shortest_timeout(limits)),
      read_rate_(limits.min_bytes_per_second, limits.rate_window),
      write_rate_(limits.min_bytes_per_second, limits.rate_window) {}

void Connection::start(std::weak_ptr<void> owner) {
  // Cancelling leaves the stream usable, for a 408. At the end there is nothing left to say, and
  // a peer that never stops sending must not win the race between cancel and the next read.
  deadline_.start(std::move(owner), [this] { finishing_ ? stream_.close() : stream_.cancel(); });
}

Task<bool> Connection::handshake(net::TlsContext::Snapshot context, bool& plain_http) {
  deadline_.set(steady_now() + limits_.handshake_timeout);
  const auto done = co_await stream_.handshake(std::move(context));
  deadline_.clear();
  plain_http = !done && done.error() == net::plain_http_error();
  if (!done) last_error_ = done.error();
  co_return done.has_value();
}

// Looks before it takes: what follows the header belongs to TLS. As long as the header is
// unfinished, all that has come is of it, and is taken, so that the next look waits for more.
Task<Result<net::ProxyHeader>> Connection::read_proxy_header() {
  std::array<std::byte, net::kMaxProxyHeader> bytes{};
  std::size_t taken = 0;
  deadline_.set(steady_now() + limits_.header_timeout);
  for (;;) {
    const auto rest = std::span(bytes).subspan(taken);
    const auto there = co_await stream_.peek(rest);
    if (!there || *there == 0) break;
    auto parsed = net::parse_proxy_header(std::span(bytes).first(taken + *there));
    if (parsed.state == net::ProxyParse::State::kBad) {
      deadline_.clear();
      co_return fail(Code::kInvalidRequest, std::string(parsed.problem));
    }
    const bool done = parsed.state == net::ProxyParse::State::kDone;
    const auto wanted = rest.first(done ? parsed.length - taken : *there);
    const auto n = co_await stream_.read_some(wanted, net::Stream::Expect::kData);
    if (!n || *n == 0) break;
    taken += *n;
    bytes_in += *n;
    if (!done || taken < parsed.length) continue;
    deadline_.clear();
    co_return std::move(parsed.header);
  }
  deadline_.clear();
  if (deadline_.expired()) co_return fail(Code::kTimeout, "the PROXY header came too slowly");
  co_return fail(Code::kClientGone, "the connection ended before its PROXY header");
}

Task<Result<void>> Connection::read_head(SteadyTime until) {
  const auto room = input.prepare(limits_.max_header_bytes);
  deadline_.set(until);
  const auto n = co_await stream_.read_some(room, net::Stream::Expect::kWait);
  deadline_.clear();
  if (n && *n > 0 && !deadline_.expired()) {
    input.commit(*n);
    bytes_in += *n;
    co_return Result<void>{};
  }
  if (!n) last_error_ = n.error();
  if (deadline_.expired()) co_return fail(Code::kTimeout, "The request head came too slowly.");
  co_return fail(gone());
}

bool Connection::settle(SteadyTime began, const net::IoResult& result, RateGuard& rate) {
  deadline_.clear();
  if (!result) {
    last_error_ = result.error();
    return false;
  }
  return rate.account(began, steady_now(), *result);
}

Task<Result<std::size_t>> Connection::read_body(std::span<std::byte> out) {
  const SteadyTime began = steady_now();
  deadline_.set(read_rate_.deadline(began));
  const auto n = co_await stream_.read_some(out, net::Stream::Expect::kData);
  const bool good = settle(began, n, read_rate_);
  if (n) bytes_in += *n;
  if (deadline_.expired() || (n && !good)) co_return fail(too_slow(limits_));
  if (!n || *n == 0) {
    failed_ = true;
    co_return fail(gone());
  }
  co_return *n;
}

Task<bool> Connection::write(std::span<const net::Bytes> pieces, bool more) {
  std::array<net::Bytes, 4> rest{};
  std::copy(pieces.begin(), pieces.end(), rest.begin());
  std::span<net::Bytes> left(rest.data(), pieces.size());
  while (!left.empty()) {
    if (left.front().empty()) {
      left = left.subspan(1);
      continue;
    }
    const SteadyTime began = steady_now();
    deadline_.set(write_rate_.deadline(began));
    const auto n = co_await stream_.write_some(left, more);
    if (!settle(began, n, write_rate_)) {
      failed_ = true;
      co_return false;
    }
    bytes_out += *n;
    for (std::size_t sent = *n; sent > 0;) {
      const std::size_t part = std::min(sent, left.front().size());
      left.front() = left.front().subspan(part);
      sent -= part;
      if (left.front().empty()) left = left.subspan(1);
    }
  }
  co_return true;
}

Task<bool> Connection::send_file(int file, std::uint64_t offset, std::size_t length,
                                 std::size_t& sent) {
  const SteadyTime began = steady_now();
  deadline_.set(write_rate_.deadline(began));
  const auto n = co_await stream_.send_file(file, offset, length);
  if (!settle(began, n, write_rate_)) {
    failed_ = true;
    co_return false;
  }
  sent = *n;
  bytes_out += *n;
  co_return true;
}

Task<> Connection::finish() {
  finishing_ = true;
  if (!failed_) {
    deadline_.set(steady_now() + limits_.linger_timeout);
    co_await stream_.finish();
  }
  deadline_.clear();
  deadline_.stop();
  stream_.close();
}

}  // namespace berth::http
