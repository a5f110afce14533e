// The chunked transfer coding (RFC 9112 §7.1), decoded in place. Pure; one per request body.
//
// Strict, because chunk framing is where smuggled requests hide: CRLF only, hexadecimal digits
// only, no size above 2^60. Extensions and trailer fields are read and dropped, within bounds. An
// own state machine instead of Beast's: that one sets no bound on either and cannot decode into
// the caller's buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"

namespace berth::http {

class ChunkDecoder {
 public:
  struct Step {
    std::size_t consumed = 0;  // of `raw`
    std::size_t produced = 0;  // into `out`
  };

  // Decodes until `raw` is used up, `out` is full or the body ends. `out` may begin at the first
  // byte of `raw`, or be other memory.
  Result<Step> decode(std::span<const std::byte> raw, std::span<std::byte> out);

  bool done() const { return state_ == State::kDone; }
  // What the current chunk has still announced.
  std::uint64_t announced() const { return state_ == State::kData ? remaining_ : 0; }

 private:
  enum class State {
    kSize,       // hexadecimal digits
    kExtension,  // from ';' to CR
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailerStart,  // at the beginning of a trailer line
    kTrailer,
    kTrailerLf,
    kEndLf,
    kDone,
  };
  // Takes one byte of framing. The error is the end of a sentence.
  tl::expected<void, const char*> frame(unsigned char c);
  tl::expected<void, const char*> size_digit(unsigned char c);
  tl::expected<void, const char*> expect(unsigned char c, unsigned char wanted, State next);

  State state_ = State::kSize;
  std::uint64_t remaining_ = 0;
  unsigned digits_ = 0;       // of the size being read
  std::size_t extra_ = 0;     // bytes of the extension being read
  std::size_t trailers_ = 0;  // bytes of all trailer lines
};

}  // namespace berth::http
