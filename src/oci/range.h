// The two range headers of a registry. Pure; no allocation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace berth::oci {

// Bytes first … last, both included, of a content that has them all: first <= last < size.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t length() const { return last - first + 1; }
  bool operator==(const ByteRange&) const = default;
};

// What a GET with this `Range` header (RFC 9110 §14.2) asks of a content of `size` bytes:
// - nullopt: answer 200 with the whole content (no header, another unit, a malformed header, or
//   several ranges, which a server may ignore);
// - a range: answer 206, cut to the size;
// - kRangeInvalid: nothing of it lies inside the content (416). `bytes=5-2` is malformed, thus
// ignored.
Result<std::optional<ByteRange>> resolve_range(std::string_view header, std::uint64_t size);

// `Content-Range` of an upload chunk: `<start>-<end>`, both included, also with the RFC 9110 form
// `bytes <start>-<end>/<size or *>`. kBlobUploadInvalid when malformed or end < start.
Result<ByteRange> parse_chunk_range(std::string_view header);

}  // namespace berth::oci
