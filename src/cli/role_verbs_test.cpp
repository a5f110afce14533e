// role assignment and role definition: what goes over the wire and what is shown.
#include <fmt/format.h>

#include "cli/fake_server_testing.h"

namespace berth::cli {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kRoles = "/subscriptions/s1/providers/Microsoft.Authorization/roleDefinitions";
const std::string kPull = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
const std::string kOwn = "11111111-2222-4333-8444-555555555555";
const std::string kAssignments =
    "/subscriptions/s1/providers/Microsoft.Authorization/roleAssignments";

std::string role(const std::string& id, const std::string& name, const std::string& more) {
  return fmt::format(R"({{"id":"{}/{}","name":"{}","properties":{{"roleName":"{}",{}}}}})", kRoles,
                     id, id, name, more);
}

class RoleTest : public LocalTest {
 protected:
  void SetUp() override {
    const std::string own =
        role(kOwn, "puller",
             R"("type":"CustomRole","description":"old","assignableScopes":["/subscriptions/s1"],
                "permissions":[{"actions":["a/read"],"notActions":["b"]}])");
    const std::string roles =
        R"({"value":[)" + role(kPull, "AcrPull", R"("type":"BuiltInRole")") + "," +
        role("r2", "Container Registry Repository Reader", R"("type":"BuiltInRole")") + "," +
        role("r3", "Reader", R"("type":"BuiltInRole")") + "," + own + "]}";
    api_.on("GET " + kRoles, roles);
    api_.on("GET " + kRegistryId + "/providers/Microsoft.Authorization/roleDefinitions", roles);
    api_.on("GET " + kRoles + "/" + kOwn, own);
    api_.on("PUT " + kRoles + "/" + kOwn, own);
    for (const char* kind : {"users", "groups", "servicePrincipals"}) {
      api_.on(fmt::format("GET /v1.0/{}", kind), R"({"value":[]})");
    }
  }
  // Answers a filter on one property.
  void know(const std::string& kind, const std::string& property, const std::string& name,
            const std::string& objects) {
    api_.on(fmt::format("GET /v1.0/{}?$filter={}%20eq%20%27{}%27", kind, property, name),
            R"({"value":[)" + objects + "]}");
  }
  // The path of what was made; its last part is random.
  std::string made() const {
    for (const std::string& line : api_.lines()) {
      if (line.starts_with("PUT ")) return line;
    }
    return "none";
  }
};

TEST_F(RoleTest, AssignARole) {
  know("servicePrincipals", "displayName", "it%27%27s", R"({"id":"p1"})");
  const Call done = berth(
      {"role", "assignment", "create", "--role", "acrpull", "--assignee", "it's", "-r", "team1"});
  const std::string line = made();
  EXPECT_THAT(line, StartsWith("PUT " + kRegistryId +
                               "/providers/Microsoft.Authorization/roleAssignments/"));
  EXPECT_EQ(sent(line), json(R"({"properties":{"roleDefinitionId":")" + kRoles + "/" + kPull +
                             R"(","principalId":"p1","principalType":"ServicePrincipal"}})"));
  EXPECT_EQ(done.code, kCannot);  // nobody answers the PUT
  const Call nowhere = berth({"role", "assign", kPull, "--assignee", "it's"});
  EXPECT_EQ(nowhere.code, kUsage);
  EXPECT_THAT(nowhere.err,
              StartsWith("berth role assignment create: say where with --registry NAME "
                         "or --scope ID; for example: berth role assignment create "));
}

TEST_F(RoleTest, RolesAreListedWithNames) {
  api_.on("GET " + kAssignments,
          R"({"value":[{"id":"/a/1","properties":{"principalId":"p1","scope":")" + kRegistryId +
              R"(","principalType":"User","roleDefinitionId":")" + kRoles + "/" + kPull +
              R"(","notEffectiveInMode":true}},
              {"id":"/a/2","properties":{"principalId":"p2","scope":"/subscriptions/s1",
               "principalType":"Group","roleDefinitionId":"/x/gone","condition":"A\tOR B",
               "notEffectiveInMode":false}}]})");
  api_.on("POST /v1.0/directoryObjects/getByIds",
          R"({"value":[{"id":"p1","userPrincipalName":"alice@example.com"}]})");
  EXPECT_EQ(berth({"role", "assignment", "list", "-o", "tsv"}).out,
            "AcrPull\talice@example.com\tUser\tregistry team1\tnot effective in this mode\t\n"
            "gone\tp2\tGroup\tsubscription s1\t\tA OR B\n");
  // The names that these verbs had before.
  EXPECT_EQ(
      berth({"role", "list", "--role", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "-o", "tsv"}).out,
      "");
}

TEST_F(RoleTest, OnlyAnAssignmentOfThatScopeIsRemoved) {
  know("users", "userPrincipalName", "a%40b", R"({"id":"u1"})");
  const std::string path = kRegistryId + "/providers/Microsoft.Authorization/roleAssignments";
  const std::string role = R"(","roleDefinitionId":")" + kRoles + "/" + kPull + R"("}})";
  api_.on("GET " + path, R"({"value":[{"id":"/here","properties":{"scope":")" + kRegistryId + role +
                             R"(,{"id":"/above","properties":{"scope":"/subscriptions/s1)" + role +
                             "]}");
  api_.on("DELETE /here", "");
  const Call done = berth({"role", "remove", "AcrPull", "--assignee", "a@b", "-r", "team1"});
  EXPECT_EQ(done.code, kGood) << done.err;
  EXPECT_THAT(api_.lines(), AllOf(Contains("DELETE /here"), Not(Contains("DELETE /above"))));
  EXPECT_THAT(api_.request("GET " + path).line,
              HasSubstr("&$filter=atScope()%20and%20principalId%20eq%20%27u1%27"));
}

TEST_F(RoleTest, AnAssignmentWithACondition) {
  know("groups", "displayName", "dev", R"({"id":"g1"})");
  const std::string file = directory_ / "condition";
  std::ofstream(file) << "(A)\n OR (B)";
  berth({"role", "assignment", "create", "--role", kPull, "--assignee", "dev", "-r", "team1",
         "--condition", "@" + file, "--description", "why"});
  const auto body = sent(made()).at("properties");
  EXPECT_EQ(body.at("condition"), "(A)\n OR (B)");
  EXPECT_EQ(body.at("conditionVersion"), "2.0");
  EXPECT_EQ(body.at("description"), "why");
  EXPECT_EQ(berth({"role", "assignment", "create", "--role", kPull, "--assignee", "dev", "-r",
                   "team1", "--condition", "@" + file + "x"})
                .code,
            kUsage);
}

TEST_F(RoleTest, WhoMayReadRolesOnlyAtTheRegistryNamesThem) {
  api_.on("GET " + kRoles, R"({"value":[]})");
  const std::string path = kRegistryId + "/providers/Microsoft.Authorization/roleAssignments";
  const std::string row = R"({"id":"/here","properties":{"principalId":"u1","scope":")" +
                          kRegistryId + R"(","roleDefinitionId":")" + kRoles + "/" + kPull +
                          R"("}})";
  api_.on("GET " + path, R"({"value":[)" + row + "]}");
  api_.on("GET " + kAssignments, R"({"value":[)" + row + "]}");
  for (const char* place : {"team1", "team1.example.com", "Team1.example.com:8443"}) {
    EXPECT_THAT(berth({"role", "assignment", "list", "-r", place, "-o", "tsv"}).out,
                StartsWith("AcrPull\t"))
        << place;
  }
  EXPECT_THAT(berth({"role", "assignment", "list", "-o", "tsv"}).out, StartsWith("AcrPull\t"));
  EXPECT_THAT(berth({"role", "assignment", "list", "-r", "other", "--role", "AcrPull"}).err,
              HasSubstr("hint: berth registry list shows every registry"));
}

TEST_F(RoleTest, AnAttributeIsNoFile) {
  know("groups", "displayName", "dev", R"({"id":"g1"})");
  const std::string text = "@request[a:b] StringEquals 'x'";
  berth({"role", "assign", kPull, "--assignee", "dev", "-r", "team1", "--condition", text});
  EXPECT_EQ(sent(made()).at("properties").at("condition"), text.c_str());
  EXPECT_EQ(berth({"role", "assign", kPull, "--assignee", "dev", "-r", "team1", "--condition",
                   "@Request"})
                .code,
            kUsage);
}

TEST_F(RoleTest, AConditionIsChangedAndRemoved) {
  know("users", "userPrincipalName", "a%40b", R"({"id":"u1"})");
  const std::string path = kRegistryId + "/providers/Microsoft.Authorization/roleAssignments";
  const std::string same = R"("principalId":"u1","principalType":"User","roleDefinitionId":")" +
                           kRoles + "/" + kPull + R"(")";
  api_.on("GET " + path, R"({"value":[{"id":"/above","properties":{"scope":"/subscriptions/s1",)" +
                             same + R"(}},{"id":"/here","properties":{"scope":")" + kRegistryId +
                             R"(","condition":"A","conditionVersion":"2.0","description":"why",)" +
                             same + "}}]}");
  api_.on("PUT /here", R"({"properties":{}})");
  const auto update = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"role",       "assignment", "update", "--role", "AcrPull",
                                      "--assignee", "a@b",        "-r",     "team1"};
    words.insert(words.end(), more.begin(), more.end());
    return berth(words);
  };
  EXPECT_EQ(update({"--condition", "B"}).code, kGood);
  EXPECT_EQ(sent("PUT /here"), json(R"({"properties":{"description":"why","condition":"B",
                                       "conditionVersion":"2.0",)" +
                                    same + "}}"));
  EXPECT_EQ(update({"--condition", ""}).code, kGood);
  EXPECT_EQ(sent("PUT /here"), json(R"({"properties":{"description":"why",)" + same + "}}"));
  EXPECT_EQ(update({"--description", "new"}).code, kGood);
  EXPECT_EQ(sent("PUT /here"), json(R"({"properties":{"description":"new","condition":"A",
                                       "conditionVersion":"2.0",)" +
                                    same + "}}"));
  EXPECT_EQ(update({}).code, kUsage);
}

TEST_F(RoleTest, WhatIsThereAlreadyIsToBeUpdated) {
  know("groups", "displayName", "dev", R"({"id":"g1"})");
  const std::string path = kRegistryId + "/providers/Microsoft.Authorization/roleAssignments/*";
  const std::vector<std::string> create = {"role", "assign", "AcrPull", "--assignee",
                                           "dev",  "-r",     "team1"};
  api_.on("PUT " + path, R"({"error":{"code":"RoleAssignmentExists","message":"No."}})", 409);
  EXPECT_EQ(berth(create).err,
            "error: RoleAssignmentExists: No.\nhint: berth role assignment update --assignee 'dev' "
            "--role 'AcrPull' --registry 'team1' --condition TEXT changes its condition\n");
  api_.on("PUT " + path, R"({"properties":{"notEffectiveInMode":true,"roleDefinitionId":")" +
                             kRoles + R"(/r2"}})");
  EXPECT_THAT(berth(create).err, HasSubstr("Reader gives nothing on images in this registry's "
                                           "permissions mode; what counts there is AcrPull\n"));
}

TEST_F(RoleTest, AMisspeltRoleNamesTheNearestOnes) {
  const auto hint = [&](const std::string& name) {
    const std::string err = berth({"role", "definition", "show", name}).err;
    return err.substr(err.find('\n') + 1);
  };
  EXPECT_EQ(hint("acrpul"), "hint: did you mean AcrPull?\n");
  EXPECT_EQ(hint("AcrPul1"), "hint: did you mean AcrPull?\n");
  EXPECT_EQ(hint("repository reader"),
            "hint: did you mean Container Registry Repository Reader?\n");
  EXPECT_EQ(hint("read"), "hint: did you mean Container Registry Repository Reader or Reader?\n");
  EXPECT_EQ(hint("frobnicator"), "hint: berth role definition list shows them\n");
}

TEST_F(RoleTest, DefinitionsAreListed) {
  EXPECT_THAT(berth({"role", "definition", "list"}).out,
              AllOf(HasSubstr("AcrPull                               built-in\n"),
                    HasSubstr("puller                                custom    old\n")));
  EXPECT_EQ(berth({"role", "definition", "list", "--custom-role-only", "TRUE", "-o", "tsv"}).out,
            "puller\tcustom\told\n");
  EXPECT_EQ(berth({"role", "definition", "list", "-n", "acrpull", "-o", "tsv"}).out,
            "AcrPull\tbuilt-in\t\n");
}

TEST_F(RoleTest, ADefinitionIsShown) {
  EXPECT_EQ(berth({"role", "definition", "show", "puller"}).out,
            "NAME               puller\nTYPE               custom\nDESCRIPTION        old\n"
            "ID                 " +
                kOwn +
                "\nACTIONS            a/read\nNOT ACTIONS        b\n"
                "ASSIGNABLE SCOPES  /subscriptions/s1\n");
}

TEST_F(RoleTest, CreateFromFlags) {
  const Call done = berth({"role", "definition", "create", "p2", "--actions", "a/read", "b/read",
                           "--data-actions", "c/*", "--description", "d"});
  EXPECT_EQ(done.code, kCannot);  // nobody answers the PUT
  EXPECT_THAT(made(), StartsWith("PUT " + kRoles + "/"));
  EXPECT_EQ(sent(made()), json(R"({"properties":{"roleName":"p2","type":"CustomRole",
      "description":"d","assignableScopes":["/subscriptions/s1"],
      "permissions":[{"actions":["a/read","b/read"],"dataActions":["c/*"]}]}})"));
}

TEST_F(RoleTest, CreateFromAzsShape) {
  const std::string file = directory_ / "role.json";
  std::ofstream(file) << R"({"Name":"p3","IsCustom":true,"Description":"d","Actions":["a"],
      "NotActions":[],"DataActions":["x"],"AssignableScopes":["/subscriptions/s1/resourceGroups/g"]})";
  for (const std::string& name : {file, "@" + file, LocalTest::read(file)}) {
    api_.on("PUT", "{}");
    berth({"role", "definition", "create", "--role-definition", name});
    const std::string line = api_.lines().back();
    EXPECT_THAT(line, StartsWith("PUT /subscriptions/s1/resourceGroups/g/providers/"));
    EXPECT_EQ(sent(line), json(R"({"properties":{"roleName":"p3","type":"CustomRole",
        "description":"d","assignableScopes":["/subscriptions/s1/resourceGroups/g"],
        "permissions":[{"actions":["a"],"notActions":[],"dataActions":["x"]}]}})"));
  }
}

TEST_F(RoleTest, ADefinitionThatIsNoneSendsNothing) {
  for (const char* wrong :
       {"[]", "[{},{}]", R"({"Name":"x","Actions":["a"],"DataAction":["b"]})", "{",
        R"({"Name":"x","Actions":"a"})", R"({"Name":"x","Actions":[1]})",
        R"({"Name":1,"Actions":[]})", R"({"Name":"x","permissions":{}})", R"({"Actions":["a"]})",
        R"({"Name":"x"})", R"({"Name":"x","Actions":[],"AssignableScopes":[]})", "/no/such/file"}) {
    const Call done = berth({"role", "definition", "create", "--role-definition", wrong});
    EXPECT_EQ(done.code, kUsage) << wrong << done.err;
  }
  EXPECT_EQ(berth({"role", "definition", "create"}).code, kUsage);
  EXPECT_EQ(berth({"role", "definition", "create", "--role-definition",
                   R"({"Name":"x","Actions":["a"],"DataAction":["b"]})"})
                .err,
            "--role-definition has the unknown member \"DataAction\"; did you mean DataActions?\n");
  EXPECT_EQ(berth({"role", "definition", "create", "y", "--role-definition",
                   R"({"Name":"x","Actions":["a"]})"})
                .code,
            kUsage);
  EXPECT_EQ(berth({"role", "definition", "update", "puller"}).code, kUsage);
  EXPECT_EQ(made(), "none");
}

TEST_F(RoleTest, UpdateKeepsWhatIsNotGiven) {
  const Call done = berth({"role", "definition", "update", "puller", "--actions", "c"});
  EXPECT_EQ(done.code, kGood) << done.err;
  EXPECT_EQ(sent("PUT " + kRoles + "/" + kOwn), json(R"({"properties":{"roleName":"puller",
      "type":"CustomRole","description":"old","assignableScopes":["/subscriptions/s1"],
      "permissions":[{"actions":["c"],"notActions":["b"]}]}})"));
  // As az prints a role, so it can be given back.
  EXPECT_EQ(berth({"role", "definition", "update", "--role-definition",
                   R"({"name":")" + kOwn + R"(","roleName":"puller","description":"new"})"})
                .code,
            kGood);
  EXPECT_EQ(sent("PUT " + kRoles + "/" + kOwn).at("properties").at("description"), "new");
}

TEST_F(RoleTest, WhatShowPrintsCanBeGivenBack) {
  const std::string shown = berth({"role", "definition", "show", "puller", "-o", "json"}).out;
  for (const std::string& text : {shown, fmt::format("[{}]", shown)}) {
    const Call done = berth({"role", "definition", "update", "--role-definition", text});
    EXPECT_EQ(done.code, kGood) << done.err;
    EXPECT_EQ(sent("PUT " + kRoles + "/" + kOwn), json(R"({"properties":{"roleName":"puller",
        "type":"CustomRole","description":"old","assignableScopes":["/subscriptions/s1"],
        "permissions":[{"actions":["a/read"],"notActions":["b"]}]}})"));
  }
}

TEST_F(RoleTest, DeleteADefinition) {
  api_.on("DELETE " + kRoles + "/" + kOwn, "");
  EXPECT_EQ(berth({"role", "definition", "delete", "puller"}).code, kUsage);
  EXPECT_THAT(api_.lines(), Not(Contains("DELETE " + kRoles + "/" + kOwn)));
  EXPECT_EQ(berth({"role", "definition", "delete", "puller", "--yes"}).out,
            "Deleted the role puller.\n");
}

}  // namespace
}  // namespace berth::cli
