#include "oci/range.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/ascii.h"
#include "base/shown.h"

namespace berth::oci {
namespace {

// Offsets above this exist in no file; refusing them keeps every sum of an offset and a length
// inside 64 bits.
constexpr std::uint64_t kMaxOffset = std::numeric_limits<std::int64_t>::max();

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// The number that `text` spells in decimal digits, at most UINT64_MAX however many digits there
// are: RFC 9110 sets no limit, and a position past the end is past the end by any amount.
std::optional<std::uint64_t> parse_saturated(std::string_view text) {
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (kMax - digit) / 10 ? kMax : value * 10 + digit;
  }
  return value;
}

// Removes "bytes" and the separator from the front of `text`. Unit names ignore case (RFC 9110
// §14.1).
bool consume_unit(std::string_view& text, char separator) {
  static constexpr std::string_view kUnit = "bytes";
  if (text.size() <= kUnit.size() || text[kUnit.size()] != separator) return false;
  if (!equal_no_case(text.substr(0, kUnit.size()), kUnit)) return false;
  text.remove_prefix(kUnit.size() + 1);
  return true;
}

tl::unexpected<Error> outside(std::string_view header, std::uint64_t size) {
  return fail(Code::kRangeInvalid,
              fmt::format("no byte of range {} lies inside the content, which has {} bytes",
                          shown(header), size));
}

tl::unexpected<Error> bad_chunk(std::string_view header, std::string_view why) {
  return fail(Code::kBlobUploadInvalid,
              fmt::format("Content-Range {} {}; it is <first byte>-<last byte>, both included, "
                          "such as 0-1023 or bytes 0-1023/*",
                          shown(header), why));
}

}  // namespace

Result<std::optional<ByteRange>> resolve_range(std::string_view header, std::uint64_t size) {
  const std::optional<ByteRange> whole;
  auto spec = trim(header);
  if (!consume_unit(spec, '=')) return whole;
  const auto dash = spec.find('-');
  if (dash == spec.npos) return whole;
  const auto left = spec.substr(0, dash);
  const auto right = spec.substr(dash + 1);  // a ',' of several ranges makes it no number

  if (left.empty()) {  // -N: the last N bytes
    const auto suffix = parse_saturated(right);
    if (!suffix) return whole;
    if (*suffix == 0) return outside(header, size);
    // All of an empty content is what was asked for, and no 206 can say so.
    if (size == 0) return whole;
    return ByteRange{size - std::min(*suffix, size), size - 1};
  }
  const auto first = parse_saturated(left);
  const auto last =
      right.empty() ? std::numeric_limits<std::uint64_t>::max() : parse_saturated(right);
  if (!first || !last || *last < *first) return whole;
  if (*first >= size) return outside(header, size);
  return ByteRange{*first, std::min(*last, size - 1)};
}

Result<ByteRange> parse_chunk_range(std::string_view header) {
  auto text = trim(header);
  std::optional<std::uint64_t> total;
  if (consume_unit(text, ' ')) {
    const auto slash = text.find('/');
    if (slash == text.npos) return bad_chunk(header, "has no /<size> or /* after the bytes");
    const auto size = text.substr(slash + 1);
    if (size != "*") {
      total = parse_saturated(size);
      if (!total) return bad_chunk(header, "has a size that is neither a number nor *");
    }
    text = text.substr(0, slash);
  }
  const auto dash = text.find('-');
  if (dash == text.npos) return bad_chunk(header, "is malformed");
  const auto first = parse_saturated(text.substr(0, dash));
  const auto last = parse_saturated(text.substr(dash + 1));
  if (!first || !last) return bad_chunk(header, "is malformed");
  if (*last < *first) return bad_chunk(header, "ends before it starts");
  if (*last >= kMaxOffset) return bad_chunk(header, "lies beyond every possible content");
  if (total && *last >= *total) return bad_chunk(header, "ends after the size it names");
  return ByteRange{*first, *last};
}

}  // namespace berth::oci
