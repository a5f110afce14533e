// The Range of a download and the Content-Range of an upload chunk. Input: a line with the size of
// the content, then the header.
#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "check.h"
#include "oci/range.h"

namespace {

using namespace berth;
using fuzz::check_error;
using oci::ByteRange;

void check_resolve(std::string_view header, std::uint64_t size) {
  const auto resolved = oci::resolve_range(header, size);
  if (!resolved) {
    BERTH_CHECK(resolved.error().code == Code::kRangeInvalid);
    check_error(resolved.error());
    return;
  }
  if (!*resolved) return;
  const auto range = **resolved;
  BERTH_CHECK(range.first <= range.last && range.last < size);
  BERTH_CHECK(range.length() >= 1 && range.length() <= size);
  // The same range in its plainest form means the same.
  const auto again = oci::resolve_range(fmt::format("bytes={}-{}", range.first, range.last), size);
  BERTH_CHECK(again && *again == range);
  const auto suffix = oci::resolve_range(fmt::format("bytes=-{}", range.length()), size);
  BERTH_CHECK(suffix && **suffix == ByteRange{size - range.length(), size - 1});
}

void check_chunk(std::string_view header) {
  const auto chunk = oci::parse_chunk_range(header);
  if (!chunk) {
    BERTH_CHECK(chunk.error().code == Code::kBlobUploadInvalid);
    check_error(chunk.error());
    return;
  }
  BERTH_CHECK(chunk->first <= chunk->last);
  BERTH_CHECK(chunk->last < std::numeric_limits<std::int64_t>::max());
  const auto text = fmt::format("{}-{}", chunk->first, chunk->last);
  BERTH_CHECK(oci::parse_chunk_range(text) == *chunk);
  BERTH_CHECK(oci::parse_chunk_range(fmt::format("bytes {}/*", text)) == *chunk);
  BERTH_CHECK(oci::parse_chunk_range(fmt::format("bytes {}/{}", text, chunk->last + 1)) == *chunk);
  BERTH_CHECK(!oci::parse_chunk_range(fmt::format("bytes {}/{}", text, chunk->last)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t length) {
  const auto [first_line, header] = fuzz::split_line(fuzz::as_text(data, length));
  std::uint64_t size = 0;
  std::from_chars(first_line.data(), first_line.data() + first_line.size(), size);
  check_resolve(header, size);
  check_chunk(header);
  return 0;
}
