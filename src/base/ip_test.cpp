#include "base/ip.h"

#include <gtest/gtest.h>

namespace berth {
namespace {

std::string address(std::string_view text) {
  const auto parsed = IpAddress::parse(text);
  return parsed ? parsed->text() : "-";
}
std::string prefix(std::string_view text) {
  const auto parsed = IpPrefix::parse(text);
  return parsed ? parsed->text() : "-";
}
IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}
IpPrefix block(std::string_view text) {
  return IpPrefix::parse(text).value();
}

struct TextRow {
  std::string_view in, out;
};

// RFC 5952 §4 and §5.
TEST(IpAddress, IsWrittenInOneWay) {
  for (const auto& [in, out] : std::initializer_list<TextRow>{
           {"10.1.2.3", "10.1.2.3"},
           {"0.0.0.0", "0.0.0.0"},
           {"255.255.255.255", "255.255.255.255"},
           {"::ffff:10.1.2.3", "10.1.2.3"},
           {"::FFFF:0a01:0203", "10.1.2.3"},
           {"::", "::"},
           {"::1", "::1"},
           {"::1.2.3.4", "::102:304"},
           {"2001:0DB8:0:0:0:0:0:1", "2001:db8::1"},
           {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
           {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
           {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
           {"fe80:0:0:0:1:2:3:0", "fe80::1:2:3:0"},
           {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
       }) {
    EXPECT_EQ(address(in), out) << in;
  }
}

TEST(IpAddress, RefusesWhatIsNone) {
  using namespace std::string_view_literals;
  for (const auto text : {""sv,
                          " "sv,
                          "10.1.2"sv,
                          "10.1.2.3.4"sv,
                          "10.1.2.256"sv,
                          "10.1.2.03"sv,
                          "010.1.2.3"sv,
                          "0x0a.1.2.3"sv,
                          "167838211"sv,
                          " 10.1.2.3"sv,
                          "10.1.2.3 "sv,
                          "10.1.2.3\n"sv,
                          "10.1.2.3\0"sv,
                          "10.1.2.3\0.4"sv,
                          "10.1.2.3:443"sv,
                          "[::1]"sv,
                          "::1]"sv,
                          "fe80::1%eth0"sv,
                          "1::2::3"sv,
                          "12345::"sv,
                          ":::"sv,
                          "1:2:3:4:5:6:7"sv,
                          "1:2:3:4:5:6:7:8:9"sv,
                          "::ffff:10.1.2"sv,
                          "::ffff:010.1.2.3"sv,
                          "localhost"sv,
                          "-1.2.3.4"sv,
                          "10.1.2.3/32"sv,
                          "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"sv}) {
    EXPECT_EQ(address(text), "-") << text;
  }
}

TEST(IpAddress, BeforeAPortIpv6HasBrackets) {
  EXPECT_EQ(IpAddress::parse_host("10.1.2.3"), ip("10.1.2.3"));
  EXPECT_EQ(IpAddress::parse_host("[2001:db8::1]"), ip("2001:db8::1"));
  EXPECT_EQ(IpAddress::parse_host("[::ffff:10.1.2.3]"), ip("10.1.2.3"));
  for (const std::string_view text :
       {"", "[", "]", "[]", "::1", "[::1", "::1]", "[10.1.2.3]", "[[::1]]", "[fe80::1%eth0]"}) {
    EXPECT_FALSE(IpAddress::parse_host(text)) << text;
  }
}

TEST(IpAddress, OrdersAsItsBytes) {
  EXPECT_LT(ip("9.255.255.255"), ip("10.0.0.0"));
  EXPECT_LT(ip("255.255.255.255"), ip("2001:db8::"));
  EXPECT_EQ(ip("::ffff:1.2.3.4"), IpAddress::from_v4({1, 2, 3, 4}));
  EXPECT_EQ(IpAddress(), ip("::"));
}

TEST(IpAddress, KnowsWhatItIsFor) {
  struct Row {
    std::string_view text;
    bool v4, loopback, link_local, private_use;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"127.255.0.1", true, true, false, false},
           {"126.255.255.255", true, false, false, false},
           {"::1", false, true, false, false},
           {"::2", false, false, false, false},
           {"169.254.0.1", true, false, true, false},
           {"fe80::1", false, false, true, false},
           {"febf::1", false, false, true, false},
           {"fec0::1", false, false, false, false},
           {"10.0.0.1", true, false, false, true},
           {"172.15.255.255", true, false, false, false},
           {"172.31.255.255", true, false, false, true},
           {"172.32.0.0", true, false, false, false},
           {"192.168.1.1", true, false, false, true},
           {"100.63.255.255", true, false, false, false},
           {"100.127.255.255", true, false, false, true},
           {"fd00::1", false, false, false, true},
           {"2001:db8::1", false, false, false, false},
           {"203.0.113.10", true, false, false, false},
       }) {
    const IpAddress one = ip(row.text);
    EXPECT_EQ(one.v4(), row.v4) << row.text;
    EXPECT_EQ(one.loopback(), row.loopback) << row.text;
    EXPECT_EQ(one.link_local(), row.link_local) << row.text;
    EXPECT_EQ(one.private_use(), row.private_use) << row.text;
  }
}

TEST(IpPrefix, ClearsHostBitsAndWritesOneAddressAlone) {
  for (const auto& [in, out] : std::initializer_list<TextRow>{
           {"10.1.2.3/24", "10.1.2.0/24"},
           {"10.1.2.3/25", "10.1.2.0/25"},
           {"10.1.2.200/25", "10.1.2.128/25"},
           {"10.1.2.3/32", "10.1.2.3"},
           {"10.1.2.3", "10.1.2.3"},
           {"10.1.2.3/0", "0.0.0.0/0"},
           {"2001:db8::1/32", "2001:db8::/32"},
           {"2001:db8::1/128", "2001:db8::1"},
           {"2001:db8::1/0", "::/0"},
           {"::ffff:10.1.2.3/104", "10.0.0.0/8"},
           {"::ffff:10.1.2.3", "10.1.2.3"},
           {"::ffff:0:0/96", "0.0.0.0/0"},
           {"::ffff:0:0/95", "::fffe:0:0/95"},
       }) {
    EXPECT_EQ(prefix(in), out) << in;
  }
  EXPECT_EQ(IpPrefix().text(), "::/0");
  EXPECT_EQ(IpPrefix(ip("10.1.2.3"), 8), block("10.0.0.0/8"));
  EXPECT_EQ(IpPrefix(ip("2001:db8::1"), 32), block("2001:db8::/32"));
  EXPECT_EQ(block("10.1.2.3/31").last(), ip("10.1.2.3"));
  EXPECT_EQ(block("::/0").last(), ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
}

TEST(IpPrefix, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08",
        "10.0.0.0/8 ", "10.0.0.0/ 8", "10.0.0.0/8/8", "10.0.0.0/255.0.0.0", "10.0.0.0/0x8",
        "10.0.0/8", "::/129", "::/4294967296", "2001:db8::%1/64", "any"}) {
    EXPECT_EQ(prefix(text), "-") << text;
  }
}

TEST(IpPrefix, HoldsAddressesOfItsFamily) {
  struct Row {
    std::string_view prefix, address;
    bool holds;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"10.1.2.0/24", "10.1.2.0", true},
           {"10.1.2.0/24", "10.1.2.255", true},
           {"10.1.2.0/24", "10.1.3.0", false},
           {"10.1.2.0/23", "10.1.3.0", true},
           {"10.1.2.3", "10.1.2.3", true},
           {"10.1.2.3", "10.1.2.2", false},
           {"0.0.0.0/0", "255.1.1.1", true},
           {"0.0.0.0/0", "::1", false},
           {"::/0", "2001:db8::1", true},
           {"::/0", "10.1.2.3", false},
           {"2001:db8::/33", "2001:db8:7fff::1", true},
           {"2001:db8::/33", "2001:db8:8000::1", false},
       }) {
    EXPECT_EQ(block(row.prefix).contains(ip(row.address)), row.holds)
        << row.prefix << " " << row.address;
    EXPECT_EQ(IpPrefixList({block("192.0.2.0/24"), block(row.prefix)}).contains(ip(row.address)),
              row.holds);
  }
  EXPECT_FALSE(IpPrefixList().contains(ip("10.1.2.3")));
}

TEST(IpPrefix, OverlapsWhenOneHoldsTheOther) {
  EXPECT_TRUE(block("10.0.0.0/8").overlaps(block("10.1.0.0/16")));
  EXPECT_TRUE(block("10.1.0.0/16").overlaps(block("10.0.0.0/8")));
  EXPECT_FALSE(block("10.1.0.0/16").overlaps(block("10.2.0.0/16")));
  EXPECT_FALSE(block("0.0.0.0/0").overlaps(block("::/0")));
  EXPECT_TRUE(block("10.0.0.0/8").contains(block("10.1.0.0/16")));
  EXPECT_TRUE(block("10.1.0.0/16").contains(block("10.1.0.0/16")));
  EXPECT_FALSE(block("10.0.0.0/16").contains(block("10.0.0.0/8")));  // begins with it
  EXPECT_FALSE(block("10.1.0.0/16").contains(block("10.2.0.0/16")));
  EXPECT_FALSE(block("::/0").contains(block("10.0.0.0/8")));
}

}  // namespace
}  // namespace berth
