// The small pure parts: URLs, JSON, GUIDs, filters, error bodies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "cli/api_error.h"
#include "cli/arm.h"
#include "cli/json_text.h"
#include "cli/url.h"

namespace berth::cli {
namespace {

Url url(const std::string& text) {
  const auto parsed = parse_url(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(Url{});
}

TEST(ParseUrl, PartsOfAUrl) {
  const Url all = url("https://Management.Example.com:8443/a/b?c=d#e");
  EXPECT_EQ(all.origin(), "https://management.example.com:8443");
  EXPECT_EQ(all.target, "/a/b?c=d");
  EXPECT_EQ(all.domain(), "example.com");
  EXPECT_EQ(url("https://x").target, "/");
  EXPECT_EQ(url("https://x?y").target, "/?y");
}

TEST(ParseUrl, AHostAsClientsNameIt) {
  EXPECT_EQ(url("localhost:5000").origin(), "http://localhost:5000");
  EXPECT_EQ(url("[::1]:5000").origin(), "http://[::1]:5000");
  EXPECT_EQ(url("Team1.example.com").origin(), "https://team1.example.com");
  EXPECT_EQ(url("localhost.example.com").scheme, "https");
}

TEST(ParseUrl, WhatIsNone) {
  for (const char* text : {"", "https://", "ftp://x", "https://user@x", "a b", "x:port",
                           "x:", "https://x:123456", "x\r\ny", "http://a/../@b@"}) {
    if (std::string_view(text) == "http://a/../@b@") {
      EXPECT_EQ(url(text).host, "a");
    } else {
      EXPECT_FALSE(parse_url(text)) << text;
    }
  }
}

TEST(SameServer, IsTheHostOrASisterOfIt) {
  const Url management = url("https://management.berth.example.com");
  EXPECT_TRUE(same_server(management, url("https://login.berth.example.com/adfs")));
  EXPECT_TRUE(same_server(management, management));
  EXPECT_FALSE(same_server(management, url("https://login.example.com")));
  EXPECT_FALSE(same_server(management, url("https://login.evilberth.example.com")));
  EXPECT_FALSE(same_server(management, url("http://login.berth.example.com")));
  EXPECT_FALSE(same_server(url("https://management.com"), url("https://evil.com")));
}

TEST(FormOf, EncodesEverything) {
  EXPECT_EQ(form_of({{"a", "x y&z=1"}, {"ü", ""}}), "a=x%20y%26z%3D1&%C3%BC=");
}

TEST(FilterText, DoublesQuotes) {
  EXPECT_EQ(filter_text("it's"), "%27it%27%27s%27");
}

TEST(IsGuid, Shape) {
  EXPECT_TRUE(is_guid("7f951dda-4ed3-4680-a7ca-43fe172d538D"));
  EXPECT_TRUE(is_guid(random_guid()));
  EXPECT_FALSE(is_guid("7f951dda-4ed3-4680-a7ca-43fe172d538g"));
  EXPECT_FALSE(is_guid("7f951dda04ed3-4680-a7ca-43fe172d538d"));
  EXPECT_FALSE(is_guid("AcrPull"));
}

TEST(JsonText, MissingMembersReadAsEmpty) {
  const auto value = boost::json::parse(R"({"a":{"b":"x","n":5,"l":[1]}})");
  EXPECT_EQ(text_at(value, "a.b"), "x");
  EXPECT_EQ(text_at(value, "a.b.c"), "");
  EXPECT_EQ(text_at(value, "a.n"), "");
  EXPECT_EQ(number_at(value, "a.n"), 5);
  EXPECT_EQ(array_at(value, "a.l").size(), 1u);
  EXPECT_TRUE(array_at(value, "x").empty());
  EXPECT_FALSE(parse_json(std::string(40, '[')));
}

TEST(JsonText, PrettyIsTheSameValue) {
  const auto value = boost::json::parse(R"({"a":{},"b":[],"c":[1,{"d":"\"\n"}],"e":null})");
  EXPECT_EQ(boost::json::parse(pretty(value)), value);
}

TEST(JsonText, ClaimsOfWhatIsNoToken) {
  EXPECT_TRUE(claims_of("").is_null());
  EXPECT_TRUE(claims_of("a.b").is_null());
  EXPECT_TRUE(claims_of("a.!.c").is_null());
  EXPECT_EQ(text_at(claims_of("a.eyJ0aWQiOiJ0OSJ9.c"), "tid"), "t9");
}

TEST(ApiError, OfEveryProtocol) {
  const auto message = [](int status, std::string body) {
    return api_error({status, std::move(body), {}}).message;
  };
  EXPECT_EQ(message(404, R"({"error":{"code":"NotFound","message":"No."}})"), "NotFound: No.");
  EXPECT_EQ(message(401, R"({"errors":[{"code":"UNAUTHORIZED","message":"who?"}]})"),
            "UNAUTHORIZED: who?");
  EXPECT_EQ(message(400, R"({"error":"invalid_grant","error_description":"a\r\nb"})"),
            "invalid_grant: a  b");
  EXPECT_EQ(message(502, "<html>"), "status 502: <html>");
  EXPECT_EQ(message(500, ""), "status 500: no reason was given");
  const Error refused = api_error(
      {403,
       R"({"error":{"code":"AuthorizationFailed","message":"The client 'a' with object id '7f951dda-4ed3-4680-a7ca-43fe172d538d' does not have authorization to perform action 'x' over scope '/subscriptions/s' or."}})",
       {}});
  EXPECT_EQ(refused.details.front().value,
            "somebody with the role Owner can allow it: berth role assignment create --role ROLE "
            "--assignee 7f951dda-4ed3-4680-a7ca-43fe172d538d --scope /subscriptions/s");
  const Error at_root = api_error(
      {403,
       R"({"error":{"code":"AuthorizationFailed","message":"The client 'a' with object id '7f951dda-4ed3-4680-a7ca-43fe172d538d' does not have authorization to perform action 'Microsoft.Network/virtualNetworks/subnets/write' over scope '/' or."}})",
       {}});
  EXPECT_TRUE(at_root.details.front().value.starts_with("a service endpoint with a listener, or"))
      << "a role at / is not what helps";
  EXPECT_EQ(api_error({404, "", {}}).code, Code::kResourceUnknown);
  EXPECT_EQ(api_error({429, "", {}}).code, Code::kTooManyRequests);
}

}  // namespace
}  // namespace berth::cli
