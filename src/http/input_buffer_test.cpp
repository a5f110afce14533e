#include "http/input_buffer.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::http {
namespace {

constexpr std::size_t kLimit = 32UL * 1024;
constexpr std::size_t kBody = 1024UL * 1024;

void append(InputBuffer& buffer, const std::string& text) {
  buffer.append(std::as_bytes(std::span(text)));
}

TEST(InputBuffer, GivesBackWhatABodyNeeded) {
  InputBuffer buffer;
  append(buffer, std::string(kBody, 'b'));
  buffer.consume(kBody);
  EXPECT_LE(buffer.prepare(kLimit).size(), kLimit);
  // With the beginning of the next head behind it.
  append(buffer, std::string(kBody, 'b') + "GET /");
  buffer.consume(kBody);
  EXPECT_LE(buffer.prepare(kLimit).size() + buffer.size(), kLimit);
  EXPECT_EQ(buffer.text(), "GET /");
}

TEST(InputBuffer, GrowsToTheLimitAndKeepsThat) {
  InputBuffer buffer;
  while (buffer.size() < kLimit) {
    const auto room = buffer.prepare(kLimit);
    ASSERT_FALSE(room.empty());
    room.front() = std::byte{'x'};
    buffer.commit(1);
  }
  EXPECT_EQ(buffer.text(), std::string(kLimit, 'x'));
  const char* const place = buffer.text().data();
  buffer.consume(kLimit);
  const auto room = buffer.prepare(kLimit);
  EXPECT_EQ(room.size(), kLimit);
  EXPECT_EQ(reinterpret_cast<const char*>(room.data()), place);
}

TEST(InputBuffer, HasRoomUnderAnyLimit) {
  for (const std::size_t limit : {1UL, 100UL, 4096UL, 5000UL}) {
    for (const std::size_t rest : {0UL, 1UL, 50UL, 2600UL, 4097UL}) {
      InputBuffer buffer;
      append(buffer, std::string(kBody, 'b') + std::string(rest, 'r'));
      buffer.consume(kBody);
      EXPECT_FALSE(buffer.prepare(limit).empty()) << limit << " " << rest;
      EXPECT_EQ(buffer.text(), std::string(rest, 'r'));
    }
  }
}

}  // namespace
}  // namespace berth::http
