#include "http/body_reader.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace berth::http {
namespace {

Error too_large(std::uint64_t allowed) {
  return {Code::kTooLarge,
          "The request body may have at most " + std::to_string(allowed) + " bytes here."};
}

}  // namespace

BodyReader::BodyReader(Connection& connection, const Limits& limits)
    : connection_(connection), limits_(limits) {}

void BodyReader::reset(const RequestHead& head) {
  allowed_ = limits_.default_body_bytes;
  remaining_ = head.content_length().value_or(0);
  received_ = 0;
  chunked_ = head.chunked();
  begun_ = false;
  continue_pending_ = head.expects_continue();
  chunks_ = ChunkDecoder();
  failure_.reset();
}

Task<Result<void>> BodyReader::begin() {
  begun_ = true;
  if (!chunked_ && remaining_ > allowed_) co_return fail(too_large(allowed_));
  // RFC 9110 §10.1.1: not needed by a client that has begun to send.
  const bool waits = continue_pending_ && connection_.input.empty();
  continue_pending_ = false;
  if (!waits) co_return Result<void>{};
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  const std::array pieces = {std::as_bytes(std::span(kContinue))};
  if (co_await connection_.write(pieces)) co_return Result<void>{};
  co_return fail(Code::kClientGone, "The client closed the connection.");
}

Task<Result<std::size_t>> BodyReader::read(std::span<std::byte> out) {
  if (failure_) co_return fail(*failure_);
  if (ended()) co_return std::size_t{0};
  auto n = co_await read_more(out);
  if (!n) failure_ = n.error();
  co_return n;
}

Task<Result<std::size_t>> BodyReader::read_more(std::span<std::byte> out) {
  if (!begun_) CO_TRY(co_await begin());
  if (chunked_) co_return co_await read_chunked(out);
  co_return co_await read_plain(out);
}

Task<Result<std::size_t>> BodyReader::read_plain(std::span<std::byte> out) {
  out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), remaining_)));
  InputBuffer& input = connection_.input;
  std::size_t n = 0;
  if (!input.empty()) {
    n = std::min(out.size(), input.size());
    std::copy_n(input.bytes().begin(), n, out.begin());
    input.consume(n);
  } else {
    CO_TRY_ASSIGN(n, co_await connection_.read_body(out));
  }
  remaining_ -= n;
  co_return n;
}

Result<std::size_t> BodyReader::count(std::size_t produced) {
  received_ += produced;
  // A chunk that announces too much is refused before it is received.
  if (received_ + chunks_.announced() > allowed_) return fail(too_large(allowed_));
  return produced;
}

Result<std::size_t> BodyReader::decode_arrived(std::span<std::byte> out) {
  TRY_ASSIGN(const ChunkDecoder::Step step, chunks_.decode(connection_.input.bytes(), out));
  connection_.input.consume(step.consumed);
  return count(step.produced);
}

Task<Result<std::size_t>> BodyReader::read_chunked(std::span<std::byte> out) {
  std::size_t produced = 0;
  while (produced == 0 && !chunks_.done()) {
    if (!connection_.input.empty()) {
      CO_TRY_ASSIGN(produced, decode_arrived(out));
      continue;
    }
    CO_TRY_ASSIGN(const std::size_t raw, co_await connection_.read_body(out));
    CO_TRY_ASSIGN(const ChunkDecoder::Step step, chunks_.decode(out.first(raw), out));
    const auto rest = out.first(raw).subspan(step.consumed);
    // Not into the input yet: the views of the request head must stay where they are.
    if (!rest.empty()) beyond_.append(rest);
    CO_TRY_ASSIGN(produced, count(step.produced));
  }
  co_return produced;
}

bool BodyReader::can_be_skipped() const {
  if (failure_) return false;
  if (ended()) return true;
  // After a final status the client may send the body or not: only closing is unambiguous.
  if (continue_pending_) return false;
  return chunked_ || remaining_ <= limits_.max_discarded_bytes;
}

Task<bool> BodyReader::skip() {
  std::uint64_t skipped = 0;
  allowed_ = UINT64_MAX;
  begun_ = true;
  std::array<std::byte, 4096> dropped;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  while (!ended()) {
    const auto n = co_await read(dropped);
    if (!n) co_return false;
    skipped += *n;
    if (skipped > limits_.max_discarded_bytes) co_return false;
  }
  // What was read from the socket was read because the input was empty.
  if (!beyond_.empty()) connection_.input = std::exchange(beyond_, {});
  co_return true;
}

}  // namespace berth::http
