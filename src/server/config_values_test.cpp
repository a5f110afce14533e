#include "server/config_values.h"

#include <gtest/gtest.h>

#include "server/config_names.h"

namespace berth::server {
namespace {

using namespace std::chrono_literals;

TEST(Sizes, UnitsArePowersOf1024) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("4096"), 4096u);
  EXPECT_EQ(parse_size("4KiB"), 4096u);
  EXPECT_EQ(parse_size("64MiB"), 64u << 20);
  EXPECT_EQ(parse_size("2GiB"), 2ull << 30);
  EXPECT_EQ(parse_size("1TiB"), 1ull << 40);
}

TEST(Sizes, AnythingElseIsRefused) {
  for (const char* text : {"", "KiB", "4KB", "4k", "4 KiB", "-1", "+1", "1.5MiB", "4kib", "0x10",
                           "9223372036854775808", "8388608TiB", "99999999999999999999"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

TEST(Durations, EveryUnit) {
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("30s"), 30s);
  EXPECT_EQ(parse_duration("10m"), 10min);
  EXPECT_EQ(parse_duration("1h"), 1h);
  EXPECT_EQ(parse_duration("7d"), 168h);
  EXPECT_EQ(parse_duration("0s"), 0ms);
}

TEST(Durations, TheUnitIsNeverLeftOut) {
  for (const char* text :
       {"", "30", "0", "s", "1.5s", "-1s", "1 s", "1w", "1S", "1h30m", "9223372036854775807d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Formatting, IsTheInverseOfParsing) {
  for (const char* text : {"0", "1", "1023", "1KiB", "1025", "64MiB", "3GiB", "1TiB"}) {
    EXPECT_EQ(format_size(*parse_size(text)), text);
  }
  for (const char* text : {"0s", "1ms", "1500ms", "30s", "90s", "10m", "1h", "25h", "1d"}) {
    EXPECT_EQ(format_duration(*parse_duration(text)), text);
  }
}

TEST(ListenAddresses, AreReadAndWritten) {
  EXPECT_EQ(parse_listen_address("localhost:5000"), (ListenAddress{"localhost", 5000}));
  EXPECT_EQ(parse_listen_address("127.0.0.1:0"), (ListenAddress{"127.0.0.1", 0}));
  EXPECT_EQ(parse_listen_address("[::1]:443"), (ListenAddress{"::1", 443}));
  EXPECT_EQ(parse_listen_address(":443"), (ListenAddress{"*", 443}));
  EXPECT_EQ(parse_listen_address("*:443"), (ListenAddress{"*", 443}));
  // Two spellings of one address are one value.
  EXPECT_EQ(parse_listen_address("[2001:DB8:0:0::1]:443")->text(), "[2001:db8::1]:443");
  EXPECT_EQ(parse_listen_address("10.0.0.1:80")->text(), "10.0.0.1:80");
  EXPECT_EQ(parse_listen_address("[::ffff:10.0.0.1]:80")->text(), "10.0.0.1:80");
}

TEST(ListenAddresses, MalformedOnesAreRefused) {
  for (const char* text :
       {"", "5000", "localhost", "localhost:", "localhost:65536", "localhost:-1", "localhost:http",
        "::1:5000", "[::1]", "[::1:5000", "[]:5000", "[127.0.0.1]:80", "300.0.0.1:80",
        "example.com:80", "127.1:80", "http://localhost:5000", "localhost:5000/"}) {
    EXPECT_FALSE(parse_listen_address(text)) << text;
  }
  EXPECT_FALSE(parse_listen_address(std::string_view("127.0.0.1\0:80", 13)));
}

TEST(ListenAddresses, OnlyLoopbackIsLoopback) {
  for (const char* text :
       {"localhost:1", "127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"}) {
    EXPECT_TRUE(parse_listen_address(text)->loopback()) << text;
  }
  for (const char* text : {"*:1", ":1", "0.0.0.0:1", "10.0.0.1:1", "[::]:1", "[fe80::1]:1"}) {
    EXPECT_FALSE(parse_listen_address(text)->loopback()) << text;
  }
}

TEST(InQuotes, IsSafeToPrint) {
  EXPECT_EQ(in_quotes("plain"), "\"plain\"");
  EXPECT_EQ(in_quotes("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(in_quotes(std::string_view("\x1b[2J\n\0", 6)), R"("\x1b[2J\x0a\x00")");
  EXPECT_EQ(in_quotes(std::string(100, 'x')), '"' + std::string(80, 'x') + "\"…");
}

TEST(JoinNames, SeparatesAndQuotes) {
  EXPECT_EQ(join_names({}), "");
  EXPECT_EQ(join_names({"a", "b"}), "a, b");
  EXPECT_EQ(join_names({"a", "b"}, "'"), "'a', 'b'");
}

TEST(ParseDomain, TwoLabelsAtLeastInLowerCase) {
  EXPECT_EQ(parse_domain("berth.test"), "berth.test");
  EXPECT_EQ(parse_domain("Berth.Example.ORG"), "berth.example.org");
  EXPECT_EQ(parse_domain("a-1.b2"), "a-1.b2");
  const std::string longest =
      std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(kMaxDomain - 128, 'c');
  EXPECT_EQ(parse_domain(longest), longest);
  for (const std::string& text :
       {std::string(), std::string("berth"), std::string("berth."), std::string(".test"),
        std::string("a..b"), std::string("-a.b"), std::string("a-.b"), std::string("a_b.c"),
        std::string("127.0.0.1"), std::string("a.b:443"), std::string("*.b.c"),
        std::string("a.b\0", 4), std::string(64, 'a') + ".b", longest + "c"}) {
    EXPECT_FALSE(parse_domain(text)) << text;
  }
}

TEST(ParseRegion, OneShortLabel) {
  EXPECT_EQ(parse_region("local"), "local");
  EXPECT_EQ(parse_region("westeurope2"), "westeurope2");
  EXPECT_EQ(parse_region(std::string(32, 'a')), std::string(32, 'a'));
  for (const std::string& text : {std::string(), std::string("a"), std::string("A1"),
                                  std::string("a-b"), std::string("a.b"), std::string(33, 'a')}) {
    EXPECT_FALSE(parse_region(text)) << text;
  }
}

TEST(ListenAddress, LinkLocalIsOneBlock) {
  EXPECT_TRUE(parse_listen_address("169.254.169.254:80")->link_local());
  EXPECT_FALSE(parse_listen_address("169.255.0.1:80")->link_local());
  EXPECT_FALSE(parse_listen_address("localhost:80")->link_local());
}

}  // namespace
}  // namespace berth::server
