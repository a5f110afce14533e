// The body of one request after the other, as handlers read it. Nothing is read, and no
// `100 Continue` sent, before the first read().
//
// With a Content-Length the bytes go from the socket straight into the caller's buffer; chunked
// ones are decoded there in place. Errors: see Exchange::body().
#pragma once

#include <cstdint>
#include <optional>

#include "base/byte_stream.h"
#include "http/chunk_decoder.h"
#include "http/connection.h"
#include "http/input_buffer.h"
#include "http/request_head.h"

namespace berth::http {

class BodyReader final : public ByteStream {
 public:
  BodyReader(Connection& connection, const Limits& limits);

  // Begins with the body of `head`, whose bytes have been consumed from the connection's input.
  void reset(const RequestHead& head);
  void allow(std::uint64_t bytes) { allowed_ = bytes; }

  Task<Result<std::size_t>> read(std::span<std::byte> out) override;

  // Whether the connection can go on to the next request once the response is written: nothing
  // went wrong, and what is unread is small and surely on its way.
  bool can_be_skipped() const;
  // Reads and drops the rest. False: too long, or broken. Then, or when there was no rest, hands
  // bytes of the next request back to the connection's input.
  Task<bool> skip();

  // Bytes of the next request that were read with the last chunk.
  std::size_t beyond() const { return beyond_.size(); }
  bool client_gone() const { return failure_ && failure_->code == Code::kClientGone; }

 private:
  Task<Result<void>> begin();
  Task<Result<std::size_t>> read_more(std::span<std::byte> out);
  Task<Result<std::size_t>> read_plain(std::span<std::byte> out);
  Task<Result<std::size_t>> read_chunked(std::span<std::byte> out);
  Result<std::size_t> decode_arrived(std::span<std::byte> out);
  Result<std::size_t> count(std::size_t produced);
  bool ended() const { return chunked_ ? chunks_.done() : remaining_ == 0; }

  Connection& connection_;
  const Limits& limits_;
  std::uint64_t allowed_ = 0;
  std::uint64_t remaining_ = 0;  // of a Content-Length
  std::uint64_t received_ = 0;   // of a chunked body, without framing
  bool chunked_ = false;
  bool begun_ = false;
  bool continue_pending_ = false;  // the client waits for 100 Continue
  ChunkDecoder chunks_;
  std::optional<Error> failure_;  // every further read returns it
  InputBuffer beyond_;            // came with the last chunk, belongs to the next request
};

}  // namespace berth::http
