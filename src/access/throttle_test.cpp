#include "access/throttle.h"

#include <gtest/gtest.h>

#include "policy/source.h"

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
  EXPECT_FALSE(throttle.check("192.0.2.1", "d"));
}

// Addresses behind private links are of networks that know nothing of each other.
TEST(Throttle, CallersBehindPrivateLinksAreToldApart) {
  ManualClock clock;
  Throttle throttle({.burst = 1, .per_minute = 1, .address_factor = 1}, clock);
  const auto caller = [](std::string link, std::string address) {
    policy::Source source;
    source.link = std::move(link);
    source.address = std::move(address);
    return policy::caller_key(source);
  };
  EXPECT_EQ(caller("", "10.0.0.4"), "10.0.0.4");
  throttle.failed(caller("azure:1", "10.0.0.4"), "a");
  EXPECT_FALSE(throttle.check(caller("azure:1", "10.0.0.4"), "b"));
  EXPECT_TRUE(throttle.check(caller("azure:2", "10.0.0.4"), "b"));
  EXPECT_TRUE(throttle.check("10.0.0.4", "b"));
  throttle.failed(caller("aws:vpce-1", "2001:db8:1:2::1"), "c");
  EXPECT_FALSE(throttle.check(caller("aws:vpce-1", "2001:db8:1:2:ffff::9"), "d"));
  EXPECT_TRUE(throttle.check("2001:db8:1:2::1", "d"));
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
