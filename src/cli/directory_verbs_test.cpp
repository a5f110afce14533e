// sp, user and group: who is meant, what goes over the wire, what is left behind on failure.
#include "cli/fake_server_testing.h"

namespace berth::cli {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kRoles = kRegistryId + "/providers/Microsoft.Authorization/roleDefinitions";
const std::string kPull = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
constexpr const char* kNone = R"({"value":[]})";

class DirectoryTest : public LocalTest {
 protected:
  void SetUp() override {
    for (const char* kind : {"users", "groups", "servicePrincipals", "applications"}) {
      api_.on(fmt::format("GET /v1.0/{}", kind), kNone);
    }
    api_.on("GET " + kRoles, R"({"value":[{"id":")" + kRoles + "/" + kPull + R"(","name":")" +
                                 kPull + R"(","properties":{"roleName":"AcrPull"}}]})");
    api_.on("POST /v1.0/applications", R"({"id":"o1","appId":"c1","displayName":"ci"})");
    api_.on("POST /v1.0/servicePrincipals", R"({"id":"p1","appId":"c1"})");
    api_.on("POST /v1.0/applications/o1/addPassword",
            R"({"secretText":"hush","endDateTime":"2027-01-01T00:00:00Z","keyId":"new"})");
  }
  // Answers a filter on one property.
  void know(const std::string& kind, const std::string& property, const std::string& name,
            const std::string& objects) {
    api_.on(fmt::format("GET /v1.0/{}?$filter={}%20eq%20%27{}%27", kind, property, name),
            R"({"value":[)" + objects + "]}");
  }
};

TEST_F(DirectoryTest, CreateAServicePrincipal) {
  const Call made = berth({"sp", "create", "ci", "-o", "json"});
  EXPECT_EQ(made.code, kGood) << made.err;
  EXPECT_EQ(json(made.out),
            json(R"({"appId":"c1","displayName":"ci","password":"hush","tenant":"t1",
                     "endDateTime":"2027-01-01T00:00:00Z"})"));
  EXPECT_THAT(made.err, AllOf(HasSubstr("not shown again"), Not(HasSubstr("hush"))));
  EXPECT_EQ(sent("POST /v1.0/servicePrincipals"), json(R"({"appId":"c1"})"));
}

TEST_F(DirectoryTest, TheSortOfServiceThatItWorksFor) {
  EXPECT_EQ(berth({"sp", "create", "ci", "--service-kind", "Container-Instances"}).code, kGood);
  EXPECT_EQ(sent("POST /v1.0/servicePrincipals"),
            json(R"({"appId":"c1","serviceKind":"container-instances"})"));
  know("servicePrincipals", "displayName", "ci", R"({"id":"p1","appId":"c1"})");
  api_.on("PATCH /v1.0/servicePrincipals/p1", "", 204);
  api_.on("GET /v1.0/servicePrincipals/p1", R"({"displayName":"ci","serviceKind":"tasks"})");
  const Call changed = berth({"sp", "update", "ci", "--service-kind", "tasks"});
  EXPECT_EQ(changed.out, "NAME          ci\nSERVICE KIND  tasks\n") << changed.err;
  EXPECT_EQ(sent("PATCH /v1.0/servicePrincipals/p1"), json(R"({"serviceKind":"tasks"})"));
  EXPECT_EQ(berth({"sp", "update", "ci", "--service-kind", "none"}).code, kGood);
  EXPECT_EQ(sent("PATCH /v1.0/servicePrincipals/p1"), json(R"({"serviceKind":null})"));
  EXPECT_EQ(berth({"sp", "update", "ci"}).code, kUsage);
  EXPECT_EQ(berth({"sp", "update", "ci", "--service-kind", "toaster"}).code, kUsage);
}

TEST_F(DirectoryTest, AMisspeltRoleLeavesNothingBehind) {
  const Call made = berth({"sp", "create", "ci", "--role", "AcrPul", "--registry", "team1"});
  EXPECT_EQ(made.code, kCannot);
  EXPECT_EQ(made.err, "error: there is no role AcrPul\nhint: did you mean AcrPull?\n");
  EXPECT_THAT(api_.lines(), Not(Contains("POST /v1.0/applications")));
}

TEST_F(DirectoryTest, HalfAServicePrincipalIsRemoved) {
  api_.on("DELETE /v1.0/applications/o1", "", 204);
  // The assignment has no answer: 404.
  const Call made = berth({"sp", "create", "ci", "--role", "acrpull", "--registry", "team1"});
  EXPECT_EQ(made.code, kCannot);
  EXPECT_THAT(made.err, StartsWith("error: ResourceNotFound"));
  EXPECT_THAT(api_.lines(), Contains("DELETE /v1.0/applications/o1"));
}

TEST_F(DirectoryTest, ARoleWithoutEffectIsTold) {
  api_.on("PUT " + kRegistryId + "/providers/Microsoft.Authorization/roleAssignments/*",
          R"({"properties":{"notEffectiveInMode":true}})");
  const Call made = berth({"sp", "create", "ci", "--role", "acrpull", "--registry", "team1"});
  EXPECT_EQ(made.code, kGood) << made.err;
  EXPECT_THAT(made.err, StartsWith("note: acrpull gives nothing on images in this registry's "
                                   "permissions mode; what counts there is 'Container Registry "
                                   "Repository Reader'\n"));
}

TEST_F(DirectoryTest, ANameIsTakenOnce) {
  know("servicePrincipals", "displayName", "ci", R"({"id":"p1"})");
  EXPECT_THAT(berth({"sp", "create", "ci"}).err, HasSubstr("hint: berth sp reset ci"));
}

TEST_F(DirectoryTest, ResetMakesTheNewSecretFirst) {
  know("servicePrincipals", "displayName", "ci", R"({"id":"p1","appId":"c1"})");
  know("applications", "appId", "c1",
       R"({"id":"o1","appId":"c1","displayName":"ci","passwordCredentials":[{"keyId":"old"}]})");
  api_.on("POST /v1.0/applications/o1/removePassword", "", 204);
  const Call reset = berth({"sp", "reset", "ci"});
  EXPECT_EQ(reset.code, kGood) << reset.err;
  EXPECT_THAT(reset.out, HasSubstr("SECRET     hush\n"));
  const auto lines = api_.lines();
  const auto at = [&](const std::string& line) {
    return std::find(lines.begin(), lines.end(), "POST /v1.0/applications/o1/" + line);
  };
  EXPECT_LT(at("addPassword"), at("removePassword"));
  EXPECT_EQ(sent("POST /v1.0/applications/o1/removePassword"), json(R"({"keyId":"old"})"));
}

TEST_F(DirectoryTest, ResetCanLetTheOldSecretLive) {
  know("servicePrincipals", "displayName", "ci", R"({"id":"p1","appId":"c1"})");
  know("applications", "appId", "c1", R"({"id":"o1","passwordCredentials":[{"keyId":"old"}]})");
  EXPECT_EQ(berth({"sp", "reset", "ci", "--append"}).code, kGood);
  EXPECT_THAT(api_.lines(), Not(Contains("POST /v1.0/applications/o1/removePassword")));
}

TEST_F(DirectoryTest, AUsersPasswordComesFromStandardInput) {
  api_.on("GET /tenants", R"({"value":[{"defaultDomain":"example.com"}]})");
  api_.on("POST /v1.0/users", R"({"id":"u1","userPrincipalName":"alice@example.com"})");
  const World piped{"correct horse battery\n", false, true};
  const Call made = berth({"user", "create", "alice", "--password-stdin"}, piped);
  EXPECT_EQ(made.code, kGood) << made.err;
  const auto user = sent("POST /v1.0/users");
  EXPECT_EQ(user.at("userPrincipalName"), "alice@example.com");
  EXPECT_EQ(user.at("passwordProfile").at("password"), "correct horse battery");
  EXPECT_THAT(made.out + made.err, Not(HasSubstr("horse")));

  EXPECT_EQ(berth({"user", "create", "alice"}).code, kUsage);
  EXPECT_EQ(berth({"user", "create", "alice", "--password-stdin"}).code, kUsage);
}

TEST_F(DirectoryTest, APersonTypesANewPasswordTwice) {
  know("users", "userPrincipalName", "alice%40example.com",
       R"({"id":"u1","userPrincipalName":"alice@example.com"})");
  api_.on("PATCH /v1.0/users/u1", "", 204);
  const std::vector<std::string> words = {"user", "set-password", "alice@example.com"};
  EXPECT_THAT(berth(words, {"one\ntwo\n", true, true}).err, HasSubstr("are not the same"));
  EXPECT_THAT(api_.lines(), Not(Contains("PATCH /v1.0/users/u1")));
  EXPECT_EQ(berth(words, {"one\none\n", true, true}).code, kGood);
  EXPECT_EQ(sent("PATCH /v1.0/users/u1").at("passwordProfile").at("password"), "one");
}

TEST_F(DirectoryTest, MembersComeAndGo) {
  know("groups", "displayName", "dev", R"({"id":"g1"})");
  know("users", "userPrincipalName", "a%40b", R"({"id":"u1"})");
  api_.on("POST /v1.0/groups/g1/members/$ref", "", 204);
  api_.on("DELETE /v1.0/groups/g1/members/u1/$ref", "", 204);
  EXPECT_EQ(berth({"group", "add", "dev", "a@b"}).code, kGood);
  EXPECT_EQ(sent("POST /v1.0/groups/g1/members/$ref"),
            json(R"({"@odata.id":"https://graph.example.com/v1.0/directoryObjects/u1"})"));
  EXPECT_EQ(berth({"group", "remove", "dev", "a@b"}).code, kGood);
  EXPECT_THAT(berth({"group", "add", "dev", "nobody"}).err,
              HasSubstr("knows no user, group or service principal nobody"));
}

TEST_F(DirectoryTest, SeveralOfOneNameNeedAnId) {
  know("groups", "displayName", "dev", R"({"id":"g1"},{"id":"g2"})");
  EXPECT_EQ(berth({"group", "delete", "dev", "--yes"}).err,
            "error: dev is the name of several\nhint: say which by its id\n");
  // A user and a group of one name are two, as well.
  know("groups", "displayName", "x", R"({"id":"g1"})");
  know("users", "userPrincipalName", "x%40example.com", R"({"id":"u1"})");
  EXPECT_THAT(berth({"role", "assign", "AcrPull", "--assignee", "x", "-r", "team1"}).err,
              HasSubstr("x is the name of several"));
}

TEST_F(DirectoryTest, AGroupIsShownWithItsMembers) {
  know("groups", "displayName", "dev", R"({"id":"g1","displayName":"dev"})");
  api_.on("GET /v1.0/groups/g1/members",
          R"({"value":[{"id":"u1","userPrincipalName":"alice@example.com","displayName":"Alice"},
              {"id":"p1","displayName":"ci"}]})");
  EXPECT_EQ(berth({"group", "show", "dev"}).out,
            "NAME         dev\nID           g1\nMEMBERS      alice@example.com,ci\n");
  EXPECT_EQ(json(berth({"group", "show", "dev", "-o", "json"}).out).at("members").at(0).at("id"),
            "u1");
}

}  // namespace
}  // namespace berth::cli
