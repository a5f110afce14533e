// libFuzzer target: bytes from the network through everything that reads them without waiting.
// Splits into request heads as a connection would, fed in two pieces, then reads the rest as a
// chunked body, decoded in place.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>
#include <vector>

#include "http/chunk_decoder.h"
#include "http/head_scanner.h"
#include "http/request_head.h"

namespace {

using berth::http::ChunkDecoder;
using berth::http::HeadScanner;
using berth::http::RequestHead;

void require(bool holds) {
  if (!holds) std::abort();
}

// Every view that handlers get must lie within the head.
void check_views(const RequestHead& head, std::string_view bytes) {
  const auto inside = [&](std::string_view view) {
    return view.empty() || (view.data() >= bytes.data() &&
                            view.data() + view.size() <= bytes.data() + bytes.size());
  };
  require(inside(head.method_text()) && inside(head.query()));
  require(head.path().starts_with('/') || head.path() == "*");
  require(!(head.chunked() && head.content_length()));
  for (const auto& field : head.fields()) {
    require(inside(field.name) && inside(field.value));
    require(field.value.find_first_of("\r\n") == std::string_view::npos);
  }
}

void decode_chunks(std::string_view bytes, std::size_t step) {
  std::vector<std::byte> buffer(step);
  ChunkDecoder decoder;
  while (!bytes.empty() && !decoder.done()) {
    const auto n = std::min(bytes.size(), buffer.size());
    std::transform(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n), buffer.begin(),
                   [](char c) { return static_cast<std::byte>(c); });
    const auto done = decoder.decode(std::span(buffer).first(n), buffer);
    if (!done) return;
    require(done->produced <= done->consumed);
    require(done->consumed == n || decoder.done());
    bytes.remove_prefix(done->consumed);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t split = data[0];
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const berth::http::Limits limits;
  RequestHead head;
  for (;;) {
    HeadScanner whole;
    HeadScanner pieces;
    const auto state = whole.feed(bytes);
    const auto early = pieces.feed(bytes.substr(0, split));
    // What is bad early stays bad, and the end does not depend on where a piece ends.
    if (early == HeadScanner::State::kMore) {
      require(pieces.feed(bytes) == state && pieces.end() == whole.end());
    }
    if (state != HeadScanner::State::kComplete) break;
    const auto text = bytes.substr(whole.begin(), whole.end() - whole.begin());
    bytes.remove_prefix(whole.end());
    if (!parse_request_head(text, limits, head)) break;
    check_views(head, text);
  }
  decode_chunks(bytes, split + 1);
  return 0;
}
