#include "access/host.h"

#include <gtest/gtest.h>

#include "access/authorization.h"

namespace berth::access {
namespace {

TEST(HostName, IsWithoutPortCaseAndDot) {
  EXPECT_EQ(host_name("Reg.Example.TEST:8443"), "reg.example.test");
  EXPECT_EQ(host_name("reg.example.test."), "reg.example.test");
  EXPECT_EQ(host_name("[::1]:5000"), "[::1]");
  EXPECT_EQ(host_name("[::1]"), "[::1]");
  EXPECT_EQ(host_name(""), "");
}

TEST(SplitHost, KeepsInTheNameWhatIsNoPort) {
  EXPECT_EQ(split_host("A.test:443").port, "443");
  EXPECT_EQ(split_host("A.test.").name, "a.test.");
  for (const char* odd : {"a.test", "a.test:", "a.test:x", "a.test:123456", "[::1]"}) {
    EXPECT_EQ(split_host(odd).name, odd);
    EXPECT_EQ(split_host(odd).port, "") << odd;
  }
}

TEST(AfterScheme, IsWithoutSpacesAndOfThatSchemeOnly) {
  EXPECT_EQ(after_scheme("bearer  x.y.z ", "Bearer"), "x.y.z");
  EXPECT_EQ(after_scheme("Bearer ", "Bearer"), "");
  for (const char* other : {"", "Bearer", "Bearerx", "Basic x", " Bearer x"}) {
    EXPECT_FALSE(after_scheme(other, "Bearer")) << other;
  }
}

}  // namespace
}  // namespace berth::access
