// registry, credential, token and scope-map: what goes over the wire and what is shown.
#include "cli/fake_server_testing.h"

namespace berth::cli {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kRegistry =
    R"({"id":")" + kRegistryId +
    R"(","name":"team1","location":"local","sku":{"name":"Premium"},"properties":{)"
    R"("loginServer":"team1.example.com","adminUserEnabled":false,"provisioningState":"Succeeded"}})";

class RegistryTest : public LocalTest {
 protected:
  void SetUp() override {
    api_.on("POST /subscriptions/s1/providers/Microsoft.ContainerRegistry/checkNameAvailability",
            R"({"nameAvailable":true})");
    api_.on("GET " + kGroupId, R"({"location":"local"})");
    api_.on("PUT " + kRegistryId, kRegistry);
    api_.on("GET " + kRegistryId, kRegistry);
  }
};

TEST_F(RegistryTest, Create) {
  const Call made = berth({"registry", "create", "team1", "--admin-enabled", "true"});
  EXPECT_EQ(made.code, kGood) << made.err;
  EXPECT_EQ(made.err, "");
  EXPECT_THAT(made.out, AllOf(HasSubstr("LOGIN SERVER    team1.example.com\n"),
                              HasSubstr("RESOURCE GROUP  default\n")));
  EXPECT_EQ(sent("PUT " + kRegistryId),
            json(R"({"properties":{"adminUserEnabled":true},"location":"local",
                     "sku":{"name":"Premium"}})"));
  EXPECT_THAT(api_.request("PUT " + kRegistryId).line, HasSubstr("?api-version=2025-11-01"));
}

TEST_F(RegistryTest, CreateSaysWhenTheNameLeadsNowhere) {
  World world;
  world.resolves = false;
  const Call made = berth({"registry", "create", "team1"}, world);
  EXPECT_EQ(made.code, kGood);
  EXPECT_THAT(made.err, AllOf(HasSubstr("team1.example.com does not resolve"),
                              HasSubstr("berth hosts --write"), HasSubstr("*.example.com")));
}

TEST_F(RegistryTest, CreateDoesNotChangeOneThatExists) {
  api_.on("POST /subscriptions/s1/providers/Microsoft.ContainerRegistry/checkNameAvailability",
          R"({"nameAvailable":false,"reason":"AlreadyExists","message":"The name is in use."})");
  const Call made = berth({"registry", "create", "team1"});
  EXPECT_EQ(made.code, kCannot);
  EXPECT_EQ(made.err,
            "error: AlreadyExists: The name is in use.\n"
            "hint: berth registry update team1 changes it\n");
  EXPECT_THAT(api_.lines(), Not(Contains("PUT " + kRegistryId)));
}

TEST_F(RegistryTest, ListInEveryForm) {
  api_.on("GET /subscriptions/s1/providers/Microsoft.ContainerRegistry/registries",
          R"({"value":[)" + kRegistry +
              R"(],"nextLink":"https://elsewhere.test/subscriptions/s1/more?page=2"})");
  api_.on("GET /subscriptions/s1/more?page=2", R"({"value":[{"name":"b\u001b[2J\t1"}]})");
  EXPECT_THAT(berth({"registry", "list"}).out,
              StartsWith("NAME     RESOURCE GROUP  LOCATION  SKU      LOGIN SERVER       ADMIN  "
                         "ANONYMOUS PULL\nteam1    default "));
  EXPECT_EQ(berth({"registry", "list", "-o", "tsv"}).out,
            "team1\tdefault\tlocal\tPremium\tteam1.example.com\tfalse\t\nb?[2J 1\t\t\t\t\t\t\n");
  const auto rows = json(berth({"registry", "list", "-o", "json"}).out);
  EXPECT_EQ(rows.as_array().size(), 2u);
  EXPECT_EQ(rows.at(0).at("properties").at("loginServer"), "team1.example.com");
}

TEST_F(RegistryTest, AnotherGroupAndSubscription) {
  const std::string id =
      "/subscriptions/x/resourceGroups/rg%201/providers/"
      "Microsoft.ContainerRegistry/registries/a";
  api_.on("GET " + id, kRegistry);
  EXPECT_EQ(berth({"registry", "show", "-n", "a", "-g", "rg 1", "--subscription", "x"}).code,
            kGood);
  EXPECT_THAT(api_.lines(), ElementsAre("GET " + id));
}

TEST_F(RegistryTest, AnUnknownOneHasAHint) {
  const Call shown = berth({"registry", "show", "nobody"});
  EXPECT_EQ(shown.code, kCannot);
  EXPECT_EQ(shown.out, "");
  EXPECT_THAT(shown.err, AllOf(StartsWith("error: ResourceNotFound: There is no such thing.\n"),
                               HasSubstr("hint: berth registry list")));
}

TEST_F(RegistryTest, UpdateSendsOnlyWhatWasSaid) {
  api_.on("PATCH " + kRegistryId, kRegistry);
  EXPECT_EQ(berth({"registry", "update", "team1", "--anonymous-pull", "false"}).code, kGood);
  EXPECT_EQ(sent("PATCH " + kRegistryId), json(R"({"properties":{"anonymousPullEnabled":false}})"));
  EXPECT_EQ(berth({"registry", "update", "team1"}).code, kUsage);
}

TEST_F(RegistryTest, DeleteAsksOrNeedsYes) {
  api_.on("DELETE " + kRegistryId, "");
  const std::vector<std::string> words = {"registry", "delete", "team1"};
  const Call silent = berth(words);
  EXPECT_EQ(silent.code, kUsage);
  EXPECT_THAT(silent.err, HasSubstr("say --yes"));
  World person{"n\n", true, true};
  EXPECT_EQ(berth(words, person).code, kCannot);
  EXPECT_THAT(api_.lines(), Not(Contains("DELETE " + kRegistryId)));
  person.input = "y\n";
  const Call yes = berth(words, person);
  EXPECT_EQ(yes.code, kGood) << yes.err;
  EXPECT_THAT(yes.err, HasSubstr("with every image in it? (y/N)"));
  EXPECT_EQ(berth({"registry", "delete", "team1", "--yes"}).out, "Deleted the registry team1.\n");
}

TEST_F(RegistryTest, Credentials) {
  api_.on("POST " + kRegistryId + "/listCredentials",
          R"({"username":"team1","passwords":[{"name":"password","value":"p1"},
              {"name":"password2","value":"p2"}]})");
  EXPECT_EQ(berth({"credential", "show", "team1", "-o", "tsv"}).out,
            "team1\tpassword\tp1\nteam1\tpassword2\tp2\n");
  api_.on("POST " + kRegistryId + "/regenerateCredential",
          R"({"username":"team1","passwords":[]})");
  EXPECT_EQ(berth({"credential", "renew", "team1", "--password-name", "password2"}).code, kGood);
  EXPECT_EQ(sent("POST " + kRegistryId + "/regenerateCredential"), json(R"({"name":"password2"})"));
}

TEST_F(RegistryTest, CredentialsOfADisabledAdminUser) {
  api_.on("POST " + kRegistryId + "/listCredentials",
          R"({"error":{"code":"UserIsNotEnabled","message":"The admin user is disabled."}})", 400);
  EXPECT_EQ(berth({"credential", "show", "team1"}).err,
            "error: UserIsNotEnabled: The admin user is disabled.\n"
            "hint: the admin user is off until berth registry update REGISTRY --admin-enabled "
            "true\n");
}

class TokenTest : public LocalTest {
 protected:
  void SetUp() override {
    api_.on("PUT " + kMap, "{}");
    api_.on("PUT " + kToken, R"({"name":"ci","properties":{"status":"enabled","credentials":{}}})");
    api_.on("POST " + kRegistryId + "/generateCredentials",
            R"({"username":"ci","passwords":[{"name":"password1","value":"v1"},
                {"name":"password2","value":"v2","expiry":"2027-01-01T00:00:00Z"}]})");
  }
  const std::string kToken = kRegistryId + "/tokens/ci";
  const std::string kMap = kRegistryId + "/scopeMaps/ci-scope-map";
};

TEST_F(TokenTest, CreateWithAScopeMapOfItsOwn) {
  const Call made = berth({"token", "create", "ci", "-r", "team1", "--repository", "a/b",
                           "content/read", "content/write"});
  EXPECT_EQ(made.code, kGood) << made.err;
  EXPECT_EQ(sent("PUT " + kMap).at("properties").at("actions"),
            json(R"(["repositories/a/b/content/read","repositories/a/b/content/write"])"));
  EXPECT_EQ(sent("PUT " + kToken),
            json(R"({"properties":{"scopeMapId":")" + kMap + R"(","status":"enabled"}})"));
  EXPECT_EQ(sent("POST " + kRegistryId + "/generateCredentials"),
            json(R"({"tokenId":")" + kToken + "\"}"));
  EXPECT_THAT(made.out, AllOf(HasSubstr("ci        password1  v1\n"),
                              HasSubstr("ci        password2  v2     2027")));
  EXPECT_THAT(made.err, HasSubstr("not shown again"));
}

TEST_F(TokenTest, AScopeMapOfItsOwnDoesNotOutliveAFailure) {
  api_.on("PUT " + kToken, R"({"error":{"code":"InvalidResourceName","message":"Too short."}})",
          400);
  const Call made = berth({"token", "create", "ci", "-r", "team1", "--repository", "a", "x/y"});
  EXPECT_EQ(made.code, kCannot);
  EXPECT_EQ(made.err, "error: InvalidResourceName: Too short.\n");
  EXPECT_THAT(api_.lines(), Contains("DELETE " + kMap));
}

TEST_F(TokenTest, CreateAsJsonHasTheCredentialsWhereAzHasThem) {
  const Call made = berth({"token", "create", "ci", "-r", "team1", "--scope-map", "m",
                           "--expiration-in-days", "3", "-o", "json"});
  const auto token = json(made.out);
  EXPECT_EQ(token.at("name"), "ci");
  EXPECT_EQ(token.at("credentials").at("passwords").at(1).at("value"), "v2");
  EXPECT_THAT(
      std::string(sent("POST " + kRegistryId + "/generateCredentials").at("expiry").as_string()),
      ::testing::MatchesRegex("20..-..-..T..:..:.*Z"));
}

TEST_F(TokenTest, CreateDoesNotOverwriteAScopeMap) {
  api_.on("GET " + kMap, "{}");
  const Call made = berth({"token", "create", "ci", "-r", "team1", "--repository", "a", "x/y"});
  EXPECT_EQ(made.code, kCannot);
  EXPECT_THAT(made.err, HasSubstr("hint: use it with --scope-map ci-scope-map"));
  EXPECT_THAT(api_.lines(), ElementsAre("GET " + kToken, "GET " + kMap));
}

TEST_F(TokenTest, CreateDoesNotOverwriteAToken) {
  api_.on("GET " + kToken, "{}");
  const Call made = berth({"token", "create", "ci", "-r", "team1", "--scope-map", "m"});
  EXPECT_EQ(made.code, kCannot);
  EXPECT_THAT(made.err, HasSubstr("there is a token ci already"));
  EXPECT_THAT(api_.lines(), ElementsAre("GET " + kToken));
}

TEST_F(TokenTest, WrongUsageSendsNothing) {
  using Words = std::vector<std::string>;
  const Words create = {"token", "create", "ci", "-r", "team1"};
  const Words both = {"--scope-map", "m", "--repository", "a", "content/read"};
  const Words days = {"--scope-map", "m", "--expiration-in-days", "soon"};
  for (const Words& wrong : {Words{}, both, Words{"--repository", "a"}, days}) {
    Words words = create;
    words.insert(words.end(), wrong.begin(), wrong.end());
    EXPECT_EQ(berth(words).code, kUsage);
  }
  EXPECT_EQ(berth({"token", "update", "ci", "-r", "team1"}).code, kUsage);
  EXPECT_THAT(api_.lines(), ElementsAre());
}

TEST_F(TokenTest, UpdateAndGenerate) {
  api_.on("PATCH " + kToken, "{}");
  EXPECT_EQ(berth({"token", "update", "ci", "-r", "team1", "--status", "disabled"}).code, kGood);
  EXPECT_EQ(sent("PATCH " + kToken), json(R"({"properties":{"status":"disabled"}})"));
  const Call made = berth(
      {"token", "credential", "generate", "ci", "-r", "team1", "--password-name", "password2"});
  EXPECT_EQ(made.code, kGood) << made.err;
  EXPECT_EQ(sent("POST " + kRegistryId + "/generateCredentials").at("name"), "password2");
}

TEST_F(TokenTest, DeleteTakesItsOwnScopeMapAlong) {
  const std::string token = R"({"name":"ci","properties":{"scopeMapId":")" + kMap + R"("}})";
  api_.on("GET " + kToken, token);
  api_.on("DELETE " + kToken, "");
  api_.on("DELETE " + kMap, "");
  const std::string list = "GET " + kRegistryId + "/tokens";
  api_.on(list, R"({"value":[)" + token + "," + token + "]}");
  const std::vector<std::string> words = {"token", "delete", "ci", "-r", "team1", "--yes"};
  EXPECT_EQ(berth(words).out, "Deleted the token ci.\n");  // another one uses it
  EXPECT_THAT(api_.lines(), Not(Contains("DELETE " + kMap)));
  api_.on(list, R"({"value":[)" + token + R"(,{"properties":{"scopeMapId":"/m"}}]})");
  EXPECT_EQ(berth(words).out, "Deleted the token ci and its scope map ci-scope-map.\n");
  EXPECT_THAT(api_.lines(), Contains("DELETE " + kMap));
}

TEST_F(TokenTest, DeleteLeavesAScopeMapOfAnotherName) {
  api_.on("GET " + kToken, R"({"properties":{"scopeMapId":"/x/scopeMaps/readers"}})");
  api_.on("DELETE " + kToken, "");
  EXPECT_EQ(berth({"token", "delete", "ci", "-r", "team1", "--yes"}).out,
            "Deleted the token ci.\n");
  EXPECT_THAT(api_.lines(), ElementsAre("GET " + kToken, "DELETE " + kToken));
}

TEST_F(TokenTest, TheListHasShortNames) {
  api_.on("GET " + kRegistryId + "/tokens",
          R"({"value":[{"name":"ci","properties":{"status":"enabled","scopeMapId":")" + kMap +
              R"("}}]})");
  EXPECT_EQ(berth({"token", "list", "-r", "team1", "-o", "tsv"}).out,
            "ci\tenabled\tci-scope-map\t\n");
}

TEST_F(TokenTest, AScopeMapIsUpdatedAsAWhole) {
  const std::string id = kRegistryId + "/scopeMaps/m";
  api_.on("GET " + id, R"({"properties":{"actions":["repositories/a/content/read",
                          "repositories/a/content/write"]}})");
  api_.on("PATCH " + id, "{}");
  const Call done = berth({"scope-map", "update", "m", "-r", "team1", "--add-repository", "b",
                           "content/read", "--remove-repository", "a", "content/write"});
  EXPECT_EQ(done.code, kGood) << done.err;
  EXPECT_EQ(sent("PATCH " + id), json(R"({"properties":{"actions":["repositories/a/content/read",
                     "repositories/b/content/read"]}})"));
}

TEST(WithoutAServer, EveryVerbSaysHowToReachOne) {
  const TemporaryDirectory directory;
  const Call listed = call({"registry", "list", "--data", directory.path()});
  EXPECT_EQ(listed.code, kCannot);
  EXPECT_THAT(listed.err, AllOf(StartsWith("error: nobody listens on " + directory.path()),
                                HasSubstr("hint: start it with berth serve")));
}

}  // namespace
}  // namespace berth::cli
