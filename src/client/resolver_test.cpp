#include "client/resolver.h"

#include <gmock/gmock.h>

#include "client/fake_dns_testing.h"

namespace berth::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> texts(const Result<std::vector<IpAddress>>& found) {
  if (!found) return {found.error().message};
  std::vector<std::string> out;
  for (const IpAddress& address : *found) out.push_back(address.text());
  return out;
}

TEST(Resolve, BothFamiliesSortedAndOnce) {
  const FakeDns dns({{"team1.berth.test", {"2001:db8::1", "10.0.0.9", "10.0.0.4", "10.0.0.4"}}});
  EXPECT_THAT(texts(resolve({dns.place()}, "team1.berth.test")),
              ElementsAre("10.0.0.4", "10.0.0.9", "2001:db8::1"));
}

TEST(Resolve, OneFamilyIsEnough) {
  const FakeDns dns({{"six.test", {"2001:db8::1"}}, {"four.test", {"10.0.0.4"}}});
  EXPECT_THAT(texts(resolve({dns.place()}, "six.test")), ElementsAre("2001:db8::1"));
  EXPECT_THAT(texts(resolve({dns.place()}, "four.test")), ElementsAre("10.0.0.4"));
}

TEST(Resolve, NoSuchNameAndNoAddressAreAnAnswer) {
  const FakeDns dns({{"empty.test", {}}});
  for (const char* host : {"empty.test", "none.test"}) {
    const auto found = resolve({dns.place()}, host);
    ASSERT_FALSE(found) << host;
    EXPECT_EQ(found.error().code, Code::kResourceUnknown) << found.error().message;
    EXPECT_THAT(found.error().message, HasSubstr(host));
  }
}

TEST(Resolve, AServerThatIsNamedIsAskedAlone) {
  const FakeDns dns({});
  // Debian's hosts file has this name.
  EXPECT_EQ(resolve({dns.place()}, "ip6-allnodes").error().code, Code::kResourceUnknown);
  EXPECT_GE(dns.asked(), 1);
}

TEST(Resolve, SilenceIsToldFromRefusal) {
  const FakeDns dns({}, true);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(resolve({dns.place(), std::chrono::milliseconds(150)}, "a.test").error().code,
            Code::kTimeout);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
  std::string gone;
  {
    const FakeDns closed({});
    gone = closed.place();
  }
  EXPECT_EQ(resolve({gone, std::chrono::milliseconds(900)}, "a.test").error().code,
            Code::kUnavailable);
}

TEST(Resolve, WhatIsNoServerOrNoHost) {
  for (const char* server :
       {"dns.test", "10.0.0.2:99999", "10.0.0.2:", "10.0.0.2:0", "[::1", "[::1]5",
        "10.0.0.2,10.0.0.3", "::1]:53", "[10.0.0.2]", "[10.0.0.2]:53", "[::ffff:10.0.0.2"}) {
    EXPECT_EQ(resolve({server}, "a.test").error().code, Code::kInvalidRequest) << server;
  }
  const FakeDns dns({});
  EXPECT_EQ(resolve({dns.place()}, std::string(70, 'a') + ".test").error().code,
            Code::kInvalidRequest);
}

TEST(Resolve, BracketsNeedNoPort) {
  for (const char* server : {"[::1]", "::1"}) {  // nobody need answer there
    const auto found = resolve({server, std::chrono::milliseconds(150)}, "a.test");
    if (!found) EXPECT_NE(found.error().code, Code::kInternal) << server;
    if (!found) EXPECT_NE(found.error().code, Code::kInvalidRequest) << server;
  }
}

TEST(Resolve, TheSystemsWayKnowsTheHostsFile) {
  EXPECT_THAT(texts(resolve({}, "localhost")), ::testing::Contains("127.0.0.1"));
}

}  // namespace
}  // namespace berth::client
