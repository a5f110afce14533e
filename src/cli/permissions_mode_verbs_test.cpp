// registry permissions-mode, and the same setting of registry create and update.
#include "cli/fake_server_testing.h"

namespace berth::cli {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

std::string registry_in(const std::string& mode) {
  return R"({"id":")" + kRegistryId + R"(","name":"team1","properties":{"roleAssignmentMode":")" +
         mode + "\"}}";
}
const std::string kPreview = "POST " + kRegistryId + "/previewPermissionsMode";
const std::string kPatch = "PATCH " + kRegistryId;

class PermissionsModeTest : public LocalTest {
 protected:
  void SetUp() override {
    api_.on("GET " + kRegistryId, registry_in("LegacyRegistryPermissions"));
    api_.on(kPatch, registry_in("AbacRepositoryPermissions"));
    const std::string cure = R"("changes":[{"what":"Assign Reader.","commands":["berth x"]}])";
    const std::string through = R"("assignments":[{"role":{"name":"AcrPull"},
        "scope":"/subscriptions/s1"}])";
    const auto row = [&](const char* name, const char* group, const char* rest) {
      return fmt::format(R"({{"principal":{{"id":"i","name":"{}"}},"group":{},{},{}}})", name,
                         group, rest, through);
    };
    api_.on(
        kPreview,
        R"({"from":"LegacyRegistryPermissions","to":"AbacRepositoryPermissions","value":[)" +
            row("alice", "false", (R"("action":"pull","effect":"loses",)" + cure).c_str()) + "," +
            row("alice", "false", (R"("action":"list","effect":"loses",)" + cure).c_str()) + "," +
            row("dev", "true", R"("action":"pull","effect":"gains","changes":[])") + "]}");
  }
  const std::vector<std::string> kSet = {"registry", "permissions-mode", "set",
                                         "team1",    "--mode",           "rbac-abac"};
};

TEST_F(PermissionsModeTest, Show) {
  EXPECT_EQ(berth({"registry", "permissions-mode", "show", "team1"}).out,
            "NAME  team1\nMODE  rbac\n");
  api_.on("GET " + kRegistryId, R"({"name":"team1","properties":{}})");
  EXPECT_EQ(berth({"registry", "permissions-mode", "show", "team1", "-o", "tsv"}).out,
            "team1\trbac\n");
}

TEST_F(PermissionsModeTest, PreviewOfTheOtherMode) {
  const Call shown = berth({"registry", "permissions-mode", "preview", "team1"});
  EXPECT_EQ(shown.code, kGood) << shown.err;
  EXPECT_EQ(shown.out,
            "WHO    TYPE       EFFECT  ACTION  THROUGH\n"
            "alice  principal  loses   pull    AcrPull at subscription s1\n"
            "alice  principal  loses   list    AcrPull at subscription s1\n"
            "dev    group      gains   pull    AcrPull at subscription s1\n"
            "\n"
            "What keeps it:\n"
            "  alice: pull, list\n"
            "    Assign Reader.\n"
            "        berth x\n"
            "\n"
            "From rbac to rbac-abac: 1 loses something (alice), 1 gains something (dev).\n");
  EXPECT_EQ(sent(kPreview), json(R"({"roleAssignmentMode":"AbacRepositoryPermissions"})"));
  EXPECT_EQ(json(berth({"registry", "permissions-mode", "preview", "team1", "--mode", "rbac", "-o",
                        "json"})
                     .out)
                .at("value")
                .as_array()
                .size(),
            3u);
  EXPECT_EQ(sent(kPreview), json(R"({"roleAssignmentMode":"LegacyRegistryPermissions"})"));
}

TEST_F(PermissionsModeTest, SetShowsThePreviewAndAsks) {
  const Call no = berth(kSet, {"n\n", true, true});
  EXPECT_EQ(no.code, kCannot);
  EXPECT_THAT(no.err, AllOf(HasSubstr("team1 goes from rbac to rbac-abac: 1 loses something "
                                      "(alice), 1 gains something (dev).\n"),
                            HasSubstr("must sign in again. Switch? (y/N)")));
  EXPECT_EQ(berth(kSet).code, kUsage);  // nobody can be asked
  EXPECT_THAT(api_.lines(), Not(Contains(kPatch)));
  const Call yes = berth(kSet, {"y\n", true, true});
  EXPECT_EQ(yes.code, kGood) << yes.err;
  EXPECT_EQ(yes.out, "NAME  team1\nMODE  rbac-abac\n");
  EXPECT_THAT(yes.err, HasSubstr("they must sign in again"));
  EXPECT_EQ(sent(kPatch),
            json(R"({"properties":{"roleAssignmentMode":"AbacRepositoryPermissions"}})"));
  EXPECT_EQ(berth({"registry", "permissions-mode", "set", "team1", "--mode",
                   "abacrepositorypermissions", "--yes"})
                .out,
            yes.out);
}

TEST_F(PermissionsModeTest, YesAsksNothing) {
  auto words = kSet;
  words.emplace_back("--yes");
  EXPECT_EQ(berth(words).code, kGood);
  EXPECT_THAT(api_.lines(), AllOf(Contains(kPatch), Not(Contains(kPreview))));
}

TEST_F(PermissionsModeTest, TheModeThatItHasIsNotSet) {
  const Call same =
      berth({"registry", "permissions-mode", "set", "team1", "--mode", "RBAC", "--yes"});
  EXPECT_EQ(same.code, kGood);
  EXPECT_EQ(same.out, "team1 is in the mode rbac.\n");
  EXPECT_THAT(api_.lines(), Not(Contains(kPatch)));
}

TEST_F(PermissionsModeTest, RegistryUpdateTakesTheModeAsAzDoes) {
  const Call done = berth({"registry", "update", "team1", "--role-assignment-mode", "rbac-abac",
                           "--sku", "premium", "--admin-enabled", "True"});
  EXPECT_EQ(done.code, kGood) << done.err;
  EXPECT_EQ(sent(kPatch), json(R"({"properties":{"roleAssignmentMode":"AbacRepositoryPermissions",
                                   "adminUserEnabled":true},"sku":{"name":"Premium"}})"));
  EXPECT_THAT(done.out, HasSubstr("PERMISSIONS     rbac-abac\n"));
}

}  // namespace
}  // namespace berth::cli
