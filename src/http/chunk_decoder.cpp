#include "http/chunk_decoder.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace berth::http {
namespace {

constexpr unsigned kMaxDigits = 15;
constexpr std::size_t kMaxExtension = 256;
constexpr std::size_t kMaxTrailers = 8UL * 1024;

int hex_value(unsigned char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_text(unsigned char c) {
  return c == '\t' || (c >= 0x20 && c != 0x7f);
}

tl::unexpected<const char*> bad(const char* what) {
  return tl::unexpected<const char*>(what);
}

}  // namespace

tl::expected<void, const char*> ChunkDecoder::expect(unsigned char c, unsigned char wanted,
                                                     State next) {
  if (c != wanted) return bad("a line does not end in CR LF");
  state_ = next;
  return {};
}

tl::expected<void, const char*> ChunkDecoder::size_digit(unsigned char c) {
  if (const int value = hex_value(c); value >= 0) {
    if (++digits_ > kMaxDigits) return bad("a chunk size has too many digits");
    remaining_ = remaining_ * 16 + static_cast<std::uint64_t>(value);
    return {};
  }
  if (digits_ == 0) return bad("a chunk size is not hexadecimal");
  if (c == ';') {
    extra_ = 0;
    state_ = State::kExtension;
    return {};
  }
  if (c != '\r') return bad("a chunk size is followed by neither \";\" nor CR LF");
  state_ = State::kSizeLf;
  return {};
}

tl::expected<void, const char*> ChunkDecoder::frame(unsigned char c) {
  switch (state_) {
    case State::kSize:
      return size_digit(c);
    case State::kExtension:
      if (c == '\r') return expect(c, '\r', State::kSizeLf);
      if (!is_text(c)) return bad("a chunk extension holds a control character");
      if (++extra_ > kMaxExtension) return bad("a chunk extension is too long");
      return {};
    case State::kSizeLf:
      return expect(c, '\n', remaining_ > 0 ? State::kData : State::kTrailerStart);
    case State::kDataCr:
      return expect(c, '\r', State::kDataLf);
    case State::kDataLf:
      digits_ = 0;
      return expect(c, '\n', State::kSize);
    case State::kTrailerStart:
      if (c == '\r') return expect(c, '\r', State::kEndLf);
      state_ = State::kTrailer;
      [[fallthrough]];
    case State::kTrailer:
      if (++trailers_ > kMaxTrailers) return bad("the trailer is too long");
      if (c == '\r') return expect(c, '\r', State::kTrailerLf);
      if (!is_text(c)) return bad("the trailer holds a control character");
      return {};
    case State::kTrailerLf:
      return expect(c, '\n', State::kTrailerStart);
    case State::kEndLf:
      return expect(c, '\n', State::kDone);
    case State::kData:
    case State::kDone:
      break;
  }
  return {};
}

Result<ChunkDecoder::Step> ChunkDecoder::decode(std::span<const std::byte> raw,
                                                std::span<std::byte> out) {
  Step step;
  while (step.consumed < raw.size() && state_ != State::kDone) {
    if (state_ != State::kData) {
      const auto c = std::to_integer<unsigned char>(raw[step.consumed]);
      if (const auto ok = frame(c); !ok) {
        return fail(Code::kInvalidRequest,
                    std::string("The chunked body is malformed: ") + ok.error() + ".");
      }
      ++step.consumed;
      continue;
    }
    const std::size_t room = std::min(raw.size() - step.consumed, out.size() - step.produced);
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(room, remaining_));
    if (n == 0) break;  // `out` is full
    // In place, content only ever moves towards the front.
    std::memmove(out.data() + step.produced, raw.data() + step.consumed, n);
    step.consumed += n;
    step.produced += n;
    remaining_ -= n;
    if (remaining_ == 0) state_ = State::kDataCr;
  }
  return step;
}

}  // namespace berth::http
