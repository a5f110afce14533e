#include "access/throttle.h"

#include <gtest/gtest.h>

namespace berth::access {
namespace {

std::string retry_after(const Result<void>& checked) {
  if (checked) return "";
  EXPECT_EQ(checked.error().code, Code::kTooManyRequests);
  EXPECT_EQ(checked.error().details.at(0).key, "retryAfter");
  return checked.error().details.at(0).value;
}

// One wrong name must not shut a whole office out.
TEST(Throttle, AnAddressMayFailMoreOftenThanAName) {
  ManualClock clock;
  Throttle throttle({.burst = 2, .per_minute = 1, .address_factor = 3}, clock);
  for (int i = 0; i < 2; ++i) throttle.failed("192.0.2.1", "ci");
  EXPECT_FALSE(throttle.check("192.0.2.1", "ci"));
  EXPECT_TRUE(throttle.check("192.0.2.1", "other"));
  for (int i = 0; i < 4; ++i) throttle.failed("192.0.2.1", std::to_string(i));
  EXPECT_EQ(retry_after(throttle.check("192.0.2.1", "other")), "20");
}

TEST(Throttle, ABurstThenAsMuchAsRefills) {
  ManualClock clock;
  Throttle throttle({.burst = 3, .per_minute = 2, .address_factor = 1}, clock);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(throttle.check("192.0.2.1", "ci"));
    throttle.failed("192.0.2.1", "ci");
  }
  EXPECT_EQ(retry_after(throttle.check("192.0.2.1", "ci")), "30");
  clock.advance(std::chrono::seconds(29));
  EXPECT_EQ(retry_after(throttle.check("192.0.2.1", "ci")), "1");
  clock.advance(std::chrono::seconds(1));
  EXPECT_TRUE(throttle.check("192.0.2.1", "ci"));
  throttle.failed("192.0.2.1", "ci");
  EXPECT_EQ(retry_after(throttle.check("192.0.2.1", "ci")), "30");
  clock.advance(std::chrono::hours(1));  // never more than the burst
  for (int i = 0; i < 3; ++i) throttle.failed("192.0.2.1", "ci");
  EXPECT_EQ(retry_after(throttle.check("192.0.2.1", "ci")), "30");
}

TEST(Throttle, AttemptsSideBySideArePaidForAfterwards) {
  ManualClock clock;
  Throttle throttle({.burst = 2, .per_minute = 1, .address_factor = 1}, clock);
  for (int i = 0; i < 100; ++i) throttle.failed("192.0.2.1", "ci");
  EXPECT_EQ(retry_after(throttle.check("192.0.2.1", "ci")), "180");
}

TEST(Throttle, CountsAddressesAndNamesApart) {
  ManualClock clock;
  Throttle throttle({.burst = 1, .per_minute = 1, .address_factor = 1}, clock);
  throttle.failed("192.0.2.1", "ci");
  EXPECT_FALSE(throttle.check("192.0.2.1", "other"));
  EXPECT_FALSE(throttle.check("192.0.2.2", "ci"));
  EXPECT_TRUE(throttle.check("192.0.2.2", "other"));
  EXPECT_TRUE(throttle.check("", "other"));  // the machine's own socket has no address
  throttle.failed("", "third");
  EXPECT_TRUE(throttle.check("", "fourth"));
}

TEST(Throttle, AnIpv6NetworkIsOneCaller) {
  ManualClock clock;
  Throttle throttle({.burst = 1, .per_minute = 1, .address_factor = 1}, clock);
  throttle.failed("2001:db8:1:2::1", "a");
  EXPECT_FALSE(throttle.check("2001:db8:1:2:ffff::9", "b"));
  EXPECT_TRUE(throttle.check("2001:db8:1:3::1", "b"));
  throttle.failed("::ffff:192.0.2.1", "c");
  EXPECT_TRUE(throttle.check("::ffff:192.0.2.2", "d"));
}

TEST(Throttle, ForgetsTheLeastRecent) {
  ManualClock clock;
  Throttle throttle({.burst = 1, .per_minute = 1, .address_factor = 1, .entries = 2}, clock);
  throttle.failed("", "a");
  throttle.failed("", "b");
  throttle.failed("", "a");
  throttle.failed("", "c");
  EXPECT_FALSE(throttle.check("", "a"));
  EXPECT_TRUE(throttle.check("", "b"));
  EXPECT_FALSE(throttle.check("", "c"));
}

}  // namespace
}  // namespace berth::access
