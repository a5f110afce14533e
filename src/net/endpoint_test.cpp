#include "net/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::net {
namespace {

struct GoodCase {
  const char* text;
  std::vector<std::string> endpoints;
  bool loopback;
};

TEST(Endpoint, ParsesWhatTheConfigurationMaySay) {
  const std::vector<GoodCase> cases = {
      {"127.0.0.1:5000", {"127.0.0.1:5000"}, true},
      {"127.8.9.1:0", {"127.8.9.1:0"}, true},
      {"0.0.0.0:443", {"0.0.0.0:443"}, false},
      {"[::1]:5000", {"[::1]:5000"}, true},
      {"[0:0:0:0:0:0:0:1]:5000", {"[::1]:5000"}, true},
      {"[::ffff:127.0.0.1]:80", {"127.0.0.1:80"}, true},
      {"[::]:80", {"[::]:80"}, false},
      {"[2001:DB8::A]:65535", {"[2001:db8::a]:65535"}, false},
      {"localhost:5000", {"127.0.0.1:5000", "[::1]:5000"}, true},
      {"unix:/run/berth.sock", {"unix:/run/berth.sock"}, true},
  };
  for (const GoodCase& c : cases) {
    const auto parsed = Endpoint::parse(c.text);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error().message;
    ASSERT_EQ(parsed->size(), c.endpoints.size()) << c.text;
    for (std::size_t i = 0; i < parsed->size(); ++i) {
      EXPECT_EQ((*parsed)[i].text(), c.endpoints[i]);
      EXPECT_EQ((*parsed)[i].is_loopback(), c.loopback) << c.text;
      EXPECT_EQ(Endpoint::parse((*parsed)[i].text())->front(), (*parsed)[i]);
    }
  }
}

struct BadCase {
  std::string text;
  const char* says;
};

TEST(Endpoint, SaysWhatIsWrongWithTheRest) {
  const std::vector<BadCase> cases = {
      {"", "the port is missing"},
      {"5000", "the port is missing"},
      {"127.0.0.1:", "\"\" is no port"},
      {"127.0.0.1:65536", "\"65536\" is no port"},
      {"127.0.0.1:-1", "\"-1\" is no port"},
      {"127.0.0.1:80x", "\"80x\" is no port"},
      {"example.org:80", "names are not looked up"},
      {"127.1:80", "no numeric address"},
      {"::1:5000", "needs brackets"},
      {"[127.0.0.1]:80", "no IPv6 address"},
      {std::string("127.0.0.1\0:80", 13), "no numeric address"},
      {"[fe80::1%eth0]:80", "no IPv6 address"},
      {"unix:berth.sock", "must be absolute"},
      {"unix:/" + std::string(200, 'x'), "the system allows 107"},
  };
  for (const BadCase& c : cases) {
    const auto parsed = Endpoint::parse(c.text);
    ASSERT_FALSE(parsed) << c.text;
    EXPECT_EQ(parsed.error().code, Code::kInvalidRequest);
    EXPECT_THAT(parsed.error().message, testing::HasSubstr(c.says));
    EXPECT_THAT(parsed.error().message, testing::HasSubstr("localhost:5000"))
        << "shows a right one";
  }
}

TEST(LoopbackAddress, IsDecidedOnNumbersOnly) {
  EXPECT_TRUE(is_loopback_address("127.255.0.3"));
  EXPECT_TRUE(is_loopback_address("::ffff:127.0.0.1"));
  EXPECT_FALSE(is_loopback_address("127.evil.example"));
  EXPECT_FALSE(is_loopback_address("128.0.0.1"));
  EXPECT_FALSE(is_loopback_address("::2"));
  EXPECT_FALSE(is_loopback_address(""));
}

}  // namespace
}  // namespace berth::net
