// berth network preview: callers of a file, and what a change does to them.
#include "cli/network_preview.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "cli/fake_server_testing.h"

namespace berth::cli {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kAsked = "POST " + kRegistryId + "/previewNetwork";

std::string callers_text(std::string_view text, std::vector<std::size_t>* numbers = nullptr) {
  std::vector<std::size_t> lines;
  const auto out = callers_of(text, "f", lines);
  if (numbers != nullptr) *numbers = lines;
  return out ? boost::json::serialize(*out) : out.error().message;
}

TEST(CallersOf, LinesWithFieldsThatMayBeEmpty) {
  std::vector<std::size_t> lines;
  EXPECT_EQ(callers_text("# who\n"
                         "203.0.113.7, alice, team/app, pull\r\n"
                         "\n"
                         "2001:db8::1,,team/app  # a build\n"
                         "127.0.0.1",
                         &lines),
            R"([{"address":"203.0.113.7","identity":"alice","repository":"team/app",)"
            R"("action":"pull"},{"address":"2001:db8::1","repository":"team/app"},)"
            R"({"address":"127.0.0.1"}])");
  EXPECT_THAT(lines, ElementsAre(2u, 4u, 5u));
  EXPECT_EQ(callers_text(""), "[]");
}

TEST(CallersOf, SaysTheLineThatIsWrong) {
  EXPECT_EQ(callers_text("127.0.0.1\n10.0.0,x"),
            "f:2: \"10.0.0\" is no address; a line begins with one, such as 203.0.113.7 or "
            "2001:db8::1");
  EXPECT_THAT(callers_text("127.0.0.1,a,b,c,d"), HasSubstr("f:1: there are 5 fields"));
  EXPECT_THAT(callers_text("\n , alice"), HasSubstr("f:2: \"\" is no address"));
}

class NetworkPreviewTest : public LocalTest {
 protected:
  void SetUp() override {
    api_.on("GET /subscriptions/s1/providers/Microsoft.ContainerRegistry/registries",
            R"({"value":[{"id":")" + kRegistryId + R"(","name":"team1"}]})");
    api_.on("GET " + kRegistryId, R"({"name":"team1","properties":{}})");
    api_.on(kAsked, R"({"lockedOut":[
        {"caller":{"address":"203.0.113.7","repository":"app","action":"pull"},"self":false,
         "before":{"allowed":true,"rule":"default-action","reason":""},
         "after":{"allowed":false,"rule":"no-network-rule","reason":"x"}},
        {"caller":{"address":"192.0.2.9","identity":"alice"},"self":true,
         "before":{"allowed":true,"rule":"default-action","reason":""},
         "after":{"allowed":false,"rule":"no-network-rule","reason":"x"}}],
        "letIn":[],"unchanged":3})");
  }
};

TEST_F(NetworkPreviewTest, WhatIsNoChangeSaysWhatToUse) {
  const Call endpoint = berth({"network", "preview", "private-endpoint", "create", "pe1"});
  EXPECT_EQ(endpoint.code, kUsage);
  EXPECT_THAT(endpoint.err,
              AllOf(HasSubstr("after private-endpoint comes approve, reject or delete, and the "),
                    HasSubstr("\nhint: berth network private-endpoint show NAME says whom"),
                    HasSubstr("--via-endpoint NAME")));
  EXPECT_THAT(berth({"network", "preview", "defalt", "deny"}).err,
              HasSubstr("hint: did you mean default?\n"));
  EXPECT_THAT(berth({"network", "preview", "vnet", "delete", "x"}).err, Not(HasSubstr("hint:")));
}

TEST_F(NetworkPreviewTest, TableWithTheCallerItself) {
  const Call shown = berth({"network", "preview", "default", "deny", "--callers", "-"},
                           {"203.0.113.7,,app,pull\n", false, true});
  EXPECT_EQ(shown.code, kGood) << shown.err;
  EXPECT_EQ(shown.out,
            "EFFECT      ADDRESS      IDENTITY     REPOSITORY  ACTION  BEFORE          AFTER\n"
            "locked out  203.0.113.7               app         pull    default-action  "
            "no-network-rule\n"
            "locked out  192.0.2.9    alice (you)                      default-action  "
            "no-network-rule\n"
            "2 locked out, 0 let in, 3 as before.\n");
  EXPECT_THAT(shown.err, HasSubstr("berth network allow 192.0.2.9 -r team1 keeps it"));
  EXPECT_EQ(sent(kAsked).at("callers"),
            json(R"([{"address":"203.0.113.7","repository":"app","action":"pull"}])"));
  EXPECT_EQ(sent(kAsked).at("includeCaller"), true);
  EXPECT_THAT(api_.lines(), Not(Contains("PATCH " + kRegistryId)));
}

TEST_F(NetworkPreviewTest, AsJsonIsTheAnswer) {
  EXPECT_EQ(json(berth({"network", "preview", "public", "off", "-o", "json"}).out).at("unchanged"),
            3);
  EXPECT_EQ(sent(kAsked).at("properties"), json(R"({"publicNetworkAccess":"Disabled"})"));
}

TEST_F(NetworkPreviewTest, TheServersComplaintNamesTheLine) {
  api_.on(kAsked,
          R"({"error":{"code":"PrincipalNotFound","message":"'callers[1].identity': nobody"}})",
          400);
  const Call wrong = berth({"network", "preview", "default", "deny", "--callers", "-"},
                           {"127.0.0.1\n\n127.0.0.1,bob\n", false, true});
  EXPECT_EQ(wrong.code, kUsage);
  EXPECT_THAT(wrong.err, HasSubstr("standard input:3: PrincipalNotFound: 'callers[1].identity'"));
}

TEST_F(NetworkPreviewTest, TheTargetOfAComplaintNamesTheLineToo) {
  api_.on(kAsked,
          R"({"error":{"code":"InvalidRequestContent","message":"no such action",
              "target":"callers[1].action"}})",
          400);
  EXPECT_THAT(berth({"network", "preview", "default", "deny", "--callers", "-"},
                    {"127.0.0.1\n127.0.0.1,,,fly\n", false, true})
                  .err,
              HasSubstr("standard input:2: InvalidRequestContent: no such action"));
}

TEST_F(NetworkPreviewTest, AUserNeedsNoDomain) {
  api_.first(kAsked,
             R"({"error":{"code":"PrincipalNotFound","message":"nobody",
                 "target":"callers[0].identity"}})",
             400);
  EXPECT_EQ(berth({"network", "preview", "default", "deny", "--callers", "-"},
                  {"127.0.0.1,bob\n127.0.0.2,bob\n", false, true})
                .code,
            kGood);
  EXPECT_EQ(sent(kAsked).at("callers").at(1).at("identity"), "bob@example.com");
}

TEST_F(NetworkPreviewTest, ManyCallersAreAskedAboutInPieces) {
  std::string many;
  for (int i = 0; i < 5001; ++i) many += "127.0.0.1\n";
  const Call done = berth({"network", "preview", "default", "deny", "--callers", "-", "-o", "json"},
                          {many, false, true});
  EXPECT_EQ(json(done.out).at("unchanged"), 6);
  EXPECT_EQ(sent(kAsked).at("callers").as_array().size(), 1u);
  EXPECT_EQ(sent(kAsked).at("includeCaller"), false);
}

TEST_F(NetworkPreviewTest, OpeningSaysHowMuch) {
  api_.on("GET " + kRegistryId, R"({"properties":{"networkRuleSet":{"defaultAction":"Deny"}}})");
  EXPECT_THAT(berth({"network", "preview", "default", "allow"}).err,
              HasSubstr("note: this opens the registry to every address there is"));
}

TEST_F(NetworkPreviewTest, WrongWordsAndFiles) {
  EXPECT_EQ(berth({"network", "preview", "shut"}).code, kUsage);
  EXPECT_EQ(berth({"network", "preview", "public", "off", "--callers", directory_ / "none"}).code,
            kCannot);
  EXPECT_EQ(
      berth({"network", "preview", "public", "off", "--callers", "-"}, {"x\n", false, true}).code,
      kUsage);
}

}  // namespace
}  // namespace berth::cli
