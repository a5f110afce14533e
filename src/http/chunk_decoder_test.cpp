#include "http/chunk_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace berth::http {
namespace {

struct Decoded {
  std::string content;
  std::string left;     // after the end of the body
  std::string problem;  // "incomplete" without an end
};

// Feeds `step` bytes at a time, decoding in place as a connection does.
Decoded decode(std::string_view bytes, std::size_t step) {
  ChunkDecoder decoder;
  Decoded result;
  std::vector<std::byte> buffer(step);
  while (!bytes.empty() && !decoder.done()) {
    const std::size_t n = std::min(step, bytes.size());
    std::transform(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n), buffer.begin(),
                   [](char c) { return static_cast<std::byte>(c); });
    const auto done = decoder.decode(std::span(buffer).first(n), buffer);
    if (!done) {
      result.problem = done.error().message;
      return result;
    }
    result.content.append(reinterpret_cast<const char*>(buffer.data()), done->produced);
    bytes.remove_prefix(done->consumed);
  }
  result.left = bytes;
  if (!decoder.done()) result.problem = "incomplete";
  return result;
}

TEST(ChunkDecoder, DecodesWhateverTheSizeOfThePieces) {
  const std::string body =
      "5\r\nhello\r\n1;a=\"b\"; c\r\n \r\n00A\r\n0123\r\n\r\n78\r\n0;x\r\nTrailer: y\r\n\r\nGET /";
  for (std::size_t step = 1; step <= body.size(); ++step) {
    const Decoded decoded = decode(body, step);
    EXPECT_EQ(decoded.problem, "") << step;
    EXPECT_EQ(decoded.content, "hello 0123\r\n\r\n78") << step;
    EXPECT_EQ(decoded.left, "GET /") << step;
  }
}

TEST(ChunkDecoder, StopsWhenTheOutputIsFull) {
  ChunkDecoder decoder;
  const std::string body = "6\r\nabcdef\r\n0\r\n\r\n";
  std::vector<std::byte> out(4);
  const auto first = decoder.decode(std::as_bytes(std::span(body)), out);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->produced, 4U);
  EXPECT_EQ(decoder.announced(), 2U);
  const auto second = decoder.decode(std::as_bytes(std::span(body)).subspan(first->consumed), out);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->produced, 2U);
  EXPECT_TRUE(decoder.done());
}

struct BadCase {
  std::string body;
  const char* says;
};

TEST(ChunkDecoder, RefusesEveryOtherSpelling) {
  const std::vector<BadCase> cases = {
      {"\r\n", "not hexadecimal"},
      {"g\r\n", "not hexadecimal"},
      {"-1\r\n", "not hexadecimal"},
      {" 5\r\nhello\r\n", "not hexadecimal"},
      {"0x5\r\nhello\r\n", "neither"},
      {"5 \r\nhello\r\n", "neither"},
      {"5\nhello\r\n", "neither"},
      {"5\rhello\r\n", "CR LF"},
      {"5\r\nhello0\r\n\r\n", "CR LF"},
      {"5\r\nhello\n0\r\n\r\n", "CR LF"},
      {"5\r\nhello\rx", "CR LF"},
      {"1000000000000000\r\n", "too many digits"},
      {"0000000000000005\r\n", "too many digits"},
      {"5;a\nb\r\nhello\r\n", "control character"},
      {"5;" + std::string(300, 'x') + "\r\nhello\r\n", "extension is too long"},
      {"0\r\nA: b\n\r\n", "control character"},
      {"0\r\n\rx", "CR LF"},
      {"0\r\n" + std::string(9000, 'x') + "\r\n\r\n", "trailer is too long"},
      {"5\r\nhel", "incomplete"},
      {"0\r\n", "incomplete"},
  };
  for (const BadCase& c : cases) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, c.body.size()}) {
      EXPECT_THAT(decode(c.body, step).problem, testing::HasSubstr(c.says)) << c.body;
    }
  }
}

}  // namespace
}  // namespace berth::http
