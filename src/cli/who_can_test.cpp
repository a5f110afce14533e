// who-can: a row for each way in.
#include "cli/fake_server_testing.h"

namespace berth::cli {
namespace {

const std::string kAsked = "POST " + kRegistryId + "/listAccess";

class WhoCanTest : public LocalTest {
 protected:
  void SetUp() override {
    api_.on("GET /subscriptions/s1/providers/Microsoft.ContainerRegistry/registries",
            R"({"value":[]})");
  }
};

TEST_F(WhoCanTest, ARowForEachWayIn) {
  const std::string scope = R"("scope":")" + kRegistryId + "\"";
  api_.on(kAsked, R"({"value":[
      {"kind":"AdminUser","id":"team1","name":"","group":false,"rule":"admin-user"},
      {"kind":"Token","id":"ci","name":"ci","rule":"scope-map","scopeMap":"m","assignments":[]},
      {"kind":"Group","id":"g1","name":"dev","group":true,"rule":"role-assignment",
       "assignments":[{"role":{"name":"AcrPull"},"principal":{"id":"g1","name":"dev"},)" +
                      scope + R"(,"condition":""}]},
      {"kind":"User","id":"u1","name":"alice","group":false,"rule":"role-assignment",
       "assignments":[{"role":{"name":"AcrPull"},"principal":{"id":"g1","name":"dev"},)" +
                      scope + R"(,"condition":""},
          {"role":{"name":"Reader"},"principal":{"id":"u1"},"scope":"/","condition":"A\tB"}]}],
      "truncated":true})");
  const std::vector<std::string> words = {"who-can", "pull", "app:v1", "-r", "team1"};
  const Call shown = berth(words);
  EXPECT_EQ(shown.code, kGood) << shown.err;
  EXPECT_EQ(shown.out,
            "KIND       NAME   THROUGH                                   CONDITION\n"
            "AdminUser  team1  admin-user\n"
            "Token      ci     scope map m\n"
            "Group      dev    AcrPull at registry team1\n"
            "User       alice  AcrPull at registry team1, as one of dev\n"
            "User       alice  Reader at the root                        A B\n");
  EXPECT_EQ(shown.err, "note: there are more; these are the first\n");
  EXPECT_EQ(sent(kAsked), json(R"({"action":"pull","repository":"app"})"));

  auto as_json = words;
  as_json.insert(as_json.end(), {"-o", "json"});
  EXPECT_EQ(json(berth(as_json).out).at("value").as_array().size(), 4u);
}

TEST_F(WhoCanTest, Nobody) {
  api_.on(kAsked, R"({"value":[],"truncated":false})");
  const Call shown = berth({"who-can", "delete", "app", "-r", "team1", "--at", "x"});
  EXPECT_EQ(shown.code, kGood);
  EXPECT_EQ(shown.out, "");
  EXPECT_EQ(shown.err, "Nobody may.\n");
  EXPECT_EQ(sent(kAsked).at("at"), "x");
}

}  // namespace
}  // namespace berth::cli
