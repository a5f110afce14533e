#include "identity/issuers_config.h"

#include <gtest/gtest.h>

namespace berth::identity {
namespace {

std::string one(std::string_view inside) {
  return "{\"issuers\":[{" + std::string(inside) + "}]}";
}

constexpr const char* kGood =
    R"("name":"ci","issuer":"https://ci.test","audiences":["berth"],"discovery":true)";

TEST(Issuers, ReadsWhatTheOperatorWrote) {
  const auto read = parse_issuers(one(std::string(kGood) + R"(,"groups_claim":"g",
      "groups":{"a":"b"},"subject_map":{"repo:x":"ann@berth.test"},"ca_file":"/ca.pem")"),
                                  "f.json");
  ASSERT_TRUE(read) << read.error().message;
  const IssuerConfig& issuer = read->at(0);
  EXPECT_EQ(issuer.location, "https://ci.test/.well-known/openid-configuration");
  EXPECT_EQ(issuer.subjects, IssuerConfig::Subjects::kMap);
  EXPECT_EQ(issuer.subject_map.at("repo:x"), "ann@berth.test");
  EXPECT_EQ(issuer.groups.at("a"), "b");
  EXPECT_EQ(issuer.principal_claim, "sub");
  EXPECT_EQ(user_issuers(*read), std::vector<std::string>{"ci"});
  EXPECT_TRUE(parse_issuers(R"({"issuers":[]})", "f.json")->empty());
}

TEST(Issuers, EveryMistakeNamesTheFileAndTheFix) {
  struct Row {
    std::string text;
    const char* names;
  };
  const std::string good(kGood);
  const Row rows[] = {
      {"", "f.json"},
      {"[]", "f.json"},
      {R"({"issuer":[]})", "issuers"},
      {one(good + R"(,"audience":"x")"), "\"audience\" is unknown"},
      {one(good + R"(,"name":"x")"), "no name twice"},
      {one(R"("name":"C I","issuer":"https://ci.test","audiences":[],"discovery":true)"), "name"},
      {one(R"("name":"ci","audiences":[],"discovery":true)"), "issuer"},
      {one(R"("name":"ci","issuer":"https://ci.test","discovery":true)"), "audiences"},
      {one(R"("name":"ci","issuer":"https://ci.test","audiences":[])"), "exactly one"},
      {one(good + R"(,"jwks_uri":"https://x")"), "exactly one"},
      {one(R"("name":"ci","issuer":"http://ci.test","audiences":[],"discovery":true)"), "https"},
      {one(R"("name":"ci","issuer":"x","audiences":[],"jwks_uri":"ftp://x")"), "https"},
      {one(good + R"(,"groups_claim":"g")"), "groups"},
      {one(good + R"(,"subject_map":"somebody")"), "subject_map"},
      {one(good + R"(,"subject_map":{"a":1})"), "subject_map"},
      {"{\"issuers\":[{" + good + "},{" + good + "}]}", "twice"},
  };
  for (const Row& row : rows) {
    const auto read = parse_issuers(row.text, "f.json");
    ASSERT_FALSE(read) << row.text;
    EXPECT_NE(read.error().message.find("f.json"), std::string::npos) << read.error().message;
    EXPECT_NE(read.error().message.find(row.names), std::string::npos) << read.error().message;
  }
  EXPECT_TRUE(parse_issuers(
      one(R"("name":"ci","issuer":"x","audiences":[],"jwks_uri":"http://127.0.0.1:9/k")"), "f"));
  EXPECT_FALSE(read_issuers("/no/such/file.json"));
}

}  // namespace
}  // namespace berth::identity
