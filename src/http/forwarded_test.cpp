#include "http/forwarded.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::http {
namespace {

using testing::HasSubstr;

// Declared are 10.0.0.0/8 and 2001:db8:1::/48. The client's address, or "bad".
std::string behind(const std::string& peer, std::string_view header, bool rfc7239) {
  static const IpPrefixList kProxies(
      {*IpPrefix::parse("10.0.0.0/8"), *IpPrefix::parse("2001:db8:1::/48")});
  const auto client = client_behind({*IpAddress::parse(peer), header, rfc7239, kProxies});
  if (!client) {
    EXPECT_EQ(client.error().code, Code::kInvalidRequest);
    return "bad";
  }
  return client->text();
}

struct Case {
  std::string_view header, client;
};

TEST(Forwarded, XForwardedForIsReadFromTheRight) {
  const std::vector<Case> cases = {
      {"", "bad"},
      {" \t", "bad"},
      {"203.0.113.7", "203.0.113.7"},
      {"203.0.113.7:4711", "203.0.113.7"},
      {"2001:db8::7", "2001:db8::7"},
      {"[2001:db8::7]", "2001:db8::7"},
      {"[2001:db8::7]:443", "2001:db8::7"},
      {"::ffff:203.0.113.7", "203.0.113.7"},
      {"198.51.100.1, 203.0.113.7", "203.0.113.7"},  // the left one was sent by the client
      {"198.51.100.1,203.0.113.7 ,\t10.2.3.4", "203.0.113.7"},
      {"203.0.113.7, 2001:db8:1::5, 10.2.3.4", "203.0.113.7"},
      {"10.9.9.9, 10.2.3.4", "10.9.9.9"},  // a client among the proxies
      {"unknown, nonsense\", 203.0.113.7", "203.0.113.7"},
      {"unknown, 10.2.3.4", "bad"},
      {"unknown", "bad"},
      {"203.0.113.7,", "bad"},
      {",", "bad"},
      {", 10.2.3.4", "bad"},
      {"203.0.113.7:", "bad"},
      {"203.0.113.7:123456", "bad"},
      {"203.0.113.7 ", "203.0.113.7"},
      {"203.0.113.07", "bad"},
      {"[203.0.113.7]", "bad"},
      {"[2001:db8::7", "bad"},
      {"[2001:db8::7]443", "bad"},
      {"\"203.0.113.7\"", "bad"},
      {"for=203.0.113.7", "bad"},
  };
  for (const Case& c : cases) EXPECT_EQ(behind("10.0.0.1", c.header, false), c.client) << c.header;
}

TEST(Forwarded, Rfc7239) {
  const std::vector<Case> cases = {
      {"", "bad"},
      {"for=203.0.113.7", "203.0.113.7"},
      {"For=\"203.0.113.7:80\"", "203.0.113.7"},
      {"for=\"[2001:db8::7]\"", "2001:db8::7"},
      {"for=\"[2001:db8::7]:_port\";proto=https;by=10.0.0.1", "2001:db8::7"},
      {"proto=https; host=\"a,b;c\\\"d\" ; for=203.0.113.7", "203.0.113.7"},
      {"for=\"203.0.\\113.7\"", "203.0.113.7"},
      {"for=198.51.100.1, for=203.0.113.7", "203.0.113.7"},
      {"for=203.0.113.7;host=\"x, y\",for=10.2.3.4", "203.0.113.7"},
      // What the client sent is not read, balanced or not.
      {"for=198.51.100.1;x=\", for=203.0.113.7", "203.0.113.7"},
      {"for=198.51.100.1;x=\", for=\"[2001:db8::7]\"", "2001:db8::7"},
      {"x=\"\\, for=\"[2001:db8::7]\"", "2001:db8::7"},
      {"for=unknown, for=203.0.113.7", "203.0.113.7"},
      {"for=unknown", "bad"},
      {"for=_hidden", "bad"},
      {"proto=https", "bad"},
      {"for=203.0.113.7;for=198.51.100.1", "bad"},
      {"for=203.0.113.7;", "bad"},
      {"for=2001:db8::7", "bad"},
      {"for=\"203.0.113.7", "bad"},
      {"for = 203.0.113.7", "bad"},
      {"for=203.0.113.7 proto=https", "bad"},
      {"for=", "bad"},
      {"for=\"\"", "bad"},
      {"203.0.113.7", "bad"},
      {"for=203.0.113.7,", "bad"},
  };
  for (const Case& c : cases) EXPECT_EQ(behind("10.0.0.1", c.header, true), c.client) << c.header;
}

TEST(Forwarded, APeerThatIsNoProxyIsTheClient) {
  EXPECT_EQ(behind("203.0.113.9", "198.51.100.1", false), "203.0.113.9");
  EXPECT_EQ(behind("203.0.113.9", "not an address", false), "203.0.113.9");
}

TEST(Forwarded, AtMostFiftyEntriesAreLookedAt) {
  std::string list = "203.0.113.7";
  for (int i = 0; i < 49; ++i) list += ", 10.2.3.4";
  EXPECT_EQ(behind("10.0.0.1", list, false), "203.0.113.7");
  EXPECT_EQ(behind("10.0.0.1", list + ", 10.2.3.4", false), "bad");
}

TEST(Forwarded, TheErrorSaysWhatWouldBeRightAndStaysShort) {
  const IpPrefixList proxies({*IpPrefix::parse("10.0.0.0/8")});
  const auto peer = *IpAddress::parse("10.0.0.1");
  const auto hidden = client_behind({peer, "for=_hidden", true, proxies});
  ASSERT_FALSE(hidden);
  EXPECT_THAT(hidden.error().message, HasSubstr("\"for=_hidden\" of the Forwarded header"));
  for (const bool rfc7239 : {false, true}) {
    const auto none = client_behind({peer, " ", rfc7239, proxies});
    ASSERT_FALSE(none);
    EXPECT_THAT(none.error().message,
                HasSubstr(rfc7239 ? "sent no Forwarded" : "sent no X-Forwarded-For"));
  }
  const std::string endless(5000, 'x');
  const auto far = client_behind({peer, endless, false, proxies});
  ASSERT_FALSE(far);
  EXPECT_LT(far.error().message.size(), 300U);
  EXPECT_THAT(far.error().message, HasSubstr("append the address of its client"));
}

}  // namespace
}  // namespace berth::http
