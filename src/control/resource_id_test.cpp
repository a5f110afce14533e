#include "control/resource_id.h"

#include <gtest/gtest.h>

namespace berth::control {
namespace {

const std::string kSub = "/subscriptions/11111111-2222-3333-4444-555555555555";
const std::string kReg =
    kSub + "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/Team1";

struct GoodRow {
  std::string text, canonical, type, name, parent;
};

TEST(ResourceId, KnowsEveryShape) {
  const std::string assignments = "/providers/Microsoft.Authorization/roleAssignments/";
  const std::string group = "/providers/Microsoft.Management/managementGroups/g";
  const GoodRow rows[] = {
      {kSub, kSub, "Microsoft.Resources/subscriptions", kSub.substr(15), ""},
      {kSub + "/RESOURCEGROUPS/Rg", kSub + "/resourceGroups/Rg",
       "Microsoft.Resources/subscriptions/resourceGroups", "Rg", kSub},
      {kSub + "/resourcegroups/rg/Providers/microsoft.containerregistry/REGISTRIES/Team1/", kReg,
       "Microsoft.ContainerRegistry/registries", "Team1", kSub + "/resourceGroups/rg"},
      {kReg + "/TOKENS/t", kReg + "/tokens/t", "Microsoft.ContainerRegistry/registries/tokens", "t",
       kReg},
      {kReg + assignments + "x", kReg + assignments + "x",
       "Microsoft.Authorization/roleAssignments", "x", kReg},
      {assignments + "x", assignments + "x", "Microsoft.Authorization/roleAssignments", "x", ""},
      {group, group, "Microsoft.Management/managementGroups", "g", ""},
      {group + "/subscriptions/s", group + "/subscriptions/s",
       "Microsoft.Management/managementGroups/subscriptions", "s", group},
      {group + assignments + "x", group + assignments + "x",
       "Microsoft.Authorization/roleAssignments", "x", group},
  };
  for (const GoodRow& row : rows) {
    const auto id = ResourceId::parse(row.text);
    ASSERT_TRUE(id) << row.text << " " << id.error().message;
    EXPECT_EQ(id->text(), row.canonical);
    EXPECT_EQ(id->type(), row.type);
    EXPECT_EQ(id->name(), row.name);
    EXPECT_EQ(id->parent().text(), row.parent);
    EXPECT_EQ(ResourceId::parse(id->text()).value(), *id);
    EXPECT_EQ(id->parent().child(id->type(), id->name()).text(), id->text());
  }
}

TEST(ResourceId, IsComparedWithoutCase) {
  EXPECT_EQ(ResourceId::parse(kReg).value(),
            ResourceId::parse(kSub + "/RESOURCEgroups/RG/providers/"
                                     "MICROSOFT.ContainerRegistry/"
                                     "registries/TEAM1")
                .value());
}

TEST(ResourceId, NamesItsScopes) {
  const auto token = ResourceId::parse(kReg + "/tokens/t").value();
  ASSERT_EQ(token.ancestors().size(), 3U);
  EXPECT_EQ(token.ancestors()[0].text(), kSub);
  EXPECT_EQ(token.ancestors()[2].text(), kReg);
  EXPECT_EQ(token.group()->name(), "rg");
  EXPECT_EQ(token.subscription()->text(), kSub);
  const auto elsewhere = ResourceId::parse(kSub +
                                           "/resourceGroups/RG/providers/"
                                           "Microsoft.ContainerRegistry/registries/TEAM1")
                             .value();
  EXPECT_EQ(token.below(elsewhere).text(), elsewhere.text() + "/tokens/t");
  EXPECT_EQ(token.below(elsewhere).parent().text(), elsewhere.text());
}

TEST(ResourceId, RefusesWhatIsNone) {
  const std::string bad[] = {"",
                             "/",
                             "subscriptions/x",
                             "/subscriptions",
                             kSub + "/resourceGroups",
                             kSub + "/resourceGroups/rg/providers/Microsoft.ContainerRegistry",
                             kReg + "/tokens",
                             kSub + "//resourceGroups/rg",
                             kSub + "/resourceGroups/..",
                             kSub + "/resourceGroups/a%2Fb",
                             kSub + "/resourceGroups/a\\b",
                             kSub + "/resourceGroups/" + std::string("a\nb"),
                             kSub + "/resourceGroups/" + std::string(261, 'a'),
                             kReg + "/tokens/" + std::string(2048, 'a')};
  for (const std::string& text : bad) {
    const auto id = ResourceId::parse(text);
    ASSERT_FALSE(id) << text;
    EXPECT_EQ(id.error().exact_code, "InvalidResourceId") << text;
  }
  EXPECT_EQ(ResourceId::parse("/subscriptions/none").error().exact_code, "InvalidSubscriptionId");
}

TEST(ArmPath, SplitsOffCollectionsAndActions) {
  const std::pair<std::string, std::string> rows[] = {
      {"/subscriptions", "Microsoft.Resources/subscriptions"},
      {"/tenants", "Microsoft.Resources/tenants"},
      {"/providers/microsoft.containerregistry/operations",
       "Microsoft.ContainerRegistry/operations"},
      {kSub + "/resourcegroups", "Microsoft.Resources/subscriptions/resourceGroups"},
      {kSub + "/resources", "Microsoft.Resources/subscriptions/resources"},
      {kSub + "/providers/Microsoft.ContainerRegistry/registries",
       "Microsoft.ContainerRegistry/registries"},
      {kReg + "/tokens", "Microsoft.ContainerRegistry/registries/tokens"},
      {kReg + "/LISTcredentials", "Microsoft.ContainerRegistry/registries/listCredentials"},
      {kReg + "/providers/Microsoft.Authorization/roleAssignments",
       "Microsoft.Authorization/roleAssignments"},
      {kReg, ""}};
  for (const auto& [path, rest] : rows) {
    const auto parsed = ArmPath::parse(path);
    ASSERT_TRUE(parsed) << path;
    EXPECT_EQ(parsed->rest, rest) << path;
  }
}

}  // namespace
}  // namespace berth::control
