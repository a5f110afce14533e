#include "oci/range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::oci {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kSize = 1000;

TEST(ResolveRange, CutsToTheSize) {
  const std::pair<std::string_view, ByteRange> cases[] = {
      {"bytes=0-0", {0, 0}},
      {"bytes=0-999", {0, 999}},
      {"bytes=0-1000", {0, 999}},
      {"bytes=5-", {5, 999}},
      {"bytes=999-", {999, 999}},
      {"bytes=-1", {999, 999}},
      {"bytes=-1000", {0, 999}},
      {"bytes=-4000", {0, 999}},
      {"BYTES=1-2", {1, 2}},
      {" \tbytes=1-2 ", {1, 2}},
      {"bytes=0001-0002", {1, 2}},
      {"bytes=1-99999999999999999999999999", {1, 999}},
      {"bytes=-99999999999999999999999999", {0, 999}},
  };
  for (const auto& [header, expected] : cases) {
    const auto range = resolve_range(header, kSize);
    ASSERT_TRUE(range && *range) << header;
    EXPECT_EQ(**range, expected) << header;
  }
}

TEST(ResolveRange, IgnoresWhatItNeedNotUnderstand) {
  for (const auto* header : {"",
                             " ",
                             "bytes",
                             "bytes=",
                             "bytes=-",
                             "bytes=5",
                             "bytes=5-2",
                             "bytes=a-b",
                             "bytes=1-b",
                             "bytes=--5",
                             "bytes=+1-2",
                             "bytes=1--2",
                             "bytes=0-1,5-6",
                             "bytes=0-1,",
                             "bytes= 0-1",
                             "bytes=1 - 2",
                             "bytes 0-1",
                             "items=0-1",
                             "byte=0-1",
                             "bytess=0-1",
                             "bytes=0x1-2"}) {
    const auto range = resolve_range(header, kSize);
    ASSERT_TRUE(range) << header;
    EXPECT_FALSE(*range) << header;
  }
}

TEST(ResolveRange, RefusesWhatLiesOutside) {
  for (const auto* header : {"bytes=1000-", "bytes=1000-1001", "bytes=-0", "bytes=-000",
                             "bytes=99999999999999999999999999-"}) {
    const auto range = resolve_range(header, kSize);
    ASSERT_FALSE(range) << header;
    EXPECT_EQ(range.error().code, Code::kRangeInvalid);
    EXPECT_THAT(range.error().message, HasSubstr("which has 1000 bytes"));
  }
}

// RFC 9110 §14.1.2: an empty content has no first byte, but a suffix of it is all of it.
TEST(ResolveRange, OfAnEmptyContent) {
  EXPECT_EQ(resolve_range("bytes=0-", 0).error().code, Code::kRangeInvalid);
  EXPECT_EQ(resolve_range("bytes=-0", 0).error().code, Code::kRangeInvalid);
  const auto suffix = resolve_range("bytes=-5", 0);
  ASSERT_TRUE(suffix);
  EXPECT_FALSE(*suffix);
}

TEST(ByteRange, CountsBothEnds) {
  EXPECT_EQ((ByteRange{0, 0}.length()), 1U);
  EXPECT_EQ((ByteRange{10, 19}.length()), 10U);
}

TEST(ChunkRange, AcceptsBothForms) {
  const std::pair<std::string_view, ByteRange> cases[] = {
      {"0-0", {0, 0}},
      {"0-1023", {0, 1023}},
      {" 1024-2047 ", {1024, 2047}},
      {"bytes 0-1023/*", {0, 1023}},
      {"Bytes 0-1023/1024", {0, 1023}},
      {"0-9223372036854775806", {0, 9223372036854775806U}},
  };
  for (const auto& [header, expected] : cases) {
    const auto range = parse_chunk_range(header);
    ASSERT_TRUE(range) << header;
    EXPECT_EQ(*range, expected) << header;
  }
}

TEST(ChunkRange, SaysWhatIsWrong) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "is malformed"},
      {"5", "is malformed"},
      {"-5", "is malformed"},
      {"5-", "is malformed"},
      {"a-b", "is malformed"},
      {"1 - 2", "is malformed"},
      {"0-1/2", "is malformed"},
      {"bytes=0-1", "is malformed"},
      {"bytes */100", "is malformed"},
      {"bytes 0-1", "has no /<size>"},
      {"bytes 0-1/", "neither a number nor *"},
      {"bytes 0-1/x", "neither a number nor *"},
      {"bytes 0-9/9", "ends after the size it names"},
      {"7-6", "ends before it starts"},
      {"0-9223372036854775807", "beyond every possible content"},
      {"0-99999999999999999999999999", "beyond every possible content"},
  };
  for (const auto& [header, message] : cases) {
    const auto range = parse_chunk_range(header);
    ASSERT_FALSE(range) << header;
    EXPECT_EQ(range.error().code, Code::kBlobUploadInvalid);
    EXPECT_THAT(range.error().message, HasSubstr(message));
    EXPECT_THAT(range.error().message, HasSubstr("such as 0-1023"));
  }
}

}  // namespace
}  // namespace berth::oci
