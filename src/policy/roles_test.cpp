#include "policy/roles.h"

#include <gmock/gmock.h>

#include <bit>

#include "policy/policy_testing.h"

namespace berth::policy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Patterns, StarsStandForAnyText) {
  struct Row {
    const char *pattern, *operation;
    bool expected;
  };
  const Row rows[] = {
      {"*", "a/b", true},
      {"*", "", true},
      {"", "", true},
      {"", "a", false},
      {"*/read", "A/b/READ", true},
      {"*/read", "read", false},
      {"*/read", "a/read/b", false},
      {"Microsoft.Authorization/*/Write", "microsoft.authorization/roleassignments/write", true},
      {"Microsoft.Authorization/*/Write", "microsoft.authorization/write", false},
      {"a*b*c", "axxbyybzzc", true},
      {"a*b*c", "axxbyybzz", false},
      {"a/b", "a/b/c", false},
      {"a**", "a", true},
      {"*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(matches_pattern(row.pattern, row.operation), row.expected)
        << row.pattern << " " << row.operation;
  }
  EXPECT_TRUE(matches_any({"x", "a/*"}, {"a/b"}, "a/c"));
  EXPECT_FALSE(matches_any({"x", "a/*"}, {"a/b"}, "a/b"));
  EXPECT_FALSE(matches_any({}, {}, "a"));
}

TEST(BuiltInRoles, AreAzures) {
  std::set<std::string> ids, names;
  for (const RoleDefinition& role : built_in_roles()) {
    EXPECT_EQ(role.id.size(), 36U);
    EXPECT_TRUE(ids.insert(role.id).second) << role.id;
    EXPECT_TRUE(names.insert(role.name).second) << role.name;
    EXPECT_FALSE(role.description.empty());
    EXPECT_FALSE(role.actions.empty() && role.data_actions.empty()) << role.name;
  }
  // Written by hand from acr-access-model C2.
  const std::pair<const char*, const char*> rows[] = {
      {"AcrPull", "7f951dda-4ed3-4680-a7ca-43fe172d538d"},
      {"AcrPush", "8311e382-0749-4cb8-b61a-304f252e45ec"},
      {"AcrDelete", "c2f4ef07-c644-48eb-af81-4b1b4947fb11"},
      {"AcrImageSigner", "6cef56e8-d556-48e5-a04f-b8e64114680f"},
      {"AcrQuarantineReader", "cdda3590-29a3-44f6-95f2-9f980659eb04"},
      {"AcrQuarantineWriter", "c8d4ff99-41c3-41a8-9f60-21dfdad59608"},
      {"Container Registry Repository Reader", "b93aa761-3e63-49ed-ac28-beffa264f7ac"},
      {"Container Registry Repository Writer", "2a1e307c-b015-4ebd-883e-5b7698a07328"},
      {"Container Registry Repository Contributor", "2efddaa5-3f1f-4df3-97df-af3f13818f4c"},
      {"Container Registry Repository Catalog Lister", "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7"},
      {"Container Registry Data Importer and Data Reader", "577a9874-89fd-4f24-9dbd-b5034d0ad23a"},
      {"Container Registry Contributor and Data Access Configuration Administrator",
       "3bc748fc-213d-45c1-8d91-9da5725539b9"},
      {"Container Registry Configuration Reader and Data Access Configuration Reader",
       "69b07be0-09bf-439a-b9a6-e73de851bd59"},
      {"Container Registry Tasks Contributor", "fb382eab-e894-4461-af04-94435c366c3f"},
      {"Container Registry Transfer Pipeline Contributor", "bf94e731-3a51-4a7c-8c54-a1ab9971dfc1"},
      {"Container Registry Cache Rule Administrator", "df87f177-bb12-4db1-9793-a413691eff94"},
      {"Container Registry Cache Rule Reader", "c357b964-0002-4b64-a50d-7a28f02edc52"},
      {"Container Registry Credential Set Administrator", "f094fb07-0703-4400-ad6a-e16dd8000e14"},
      {"Container Registry Credential Set Reader", "29093635-9924-4f2c-913b-650a12949526"},
      {"Role Based Access Control Administrator", "f58310d9-a9f6-439a-9e8d-f62e7b41a168"},
      {"Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"},
      {"Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"},
      {"Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"},
      {"Managed Identity Operator", "f1a07417-d97a-45cb-824c-7a7467783830"},
  };
  for (const auto& [name, guid] : rows) EXPECT_EQ(guid_of(name), guid) << name;
  EXPECT_EQ(built_in_roles().size(), std::size(rows));
  Snapshot snapshot;
  add_built_in_roles(snapshot);
  EXPECT_EQ(snapshot.roles.size(), std::size(rows));
}

TEST(Operations, AreThoseOfTheTable) {
  constexpr auto kRegistry = PermissionsMode::kRegistry;
  constexpr auto kRepository = PermissionsMode::kRepository;
#define MCR "Microsoft.ContainerRegistry/registries/"
  EXPECT_THAT(operations_of(Action::kPull, kRegistry), ElementsAre(MCR "pull/read"));
  EXPECT_THAT(operations_of(Action::kPull, kRepository),
              ElementsAre(MCR "repositories/content/read"));
  EXPECT_THAT(operations_of(Action::kPush, kRegistry), ElementsAre(MCR "push/write"));
  EXPECT_THAT(operations_of(Action::kPush, kRepository),
              ElementsAre(MCR "repositories/content/write"));
  EXPECT_THAT(operations_of(Action::kDelete, kRegistry), ElementsAre(MCR "artifacts/delete"));
  EXPECT_THAT(operations_of(Action::kDelete, kRepository),
              ElementsAre(MCR "repositories/content/delete"));
  EXPECT_THAT(operations_of(Action::kMetadataRead, kRegistry),
              ElementsAre(MCR "pull/read", MCR "metadata/read"));
  EXPECT_THAT(operations_of(Action::kMetadataRead, kRepository),
              ElementsAre(MCR "repositories/metadata/read"));
  EXPECT_THAT(operations_of(Action::kMetadataWrite, kRegistry), ElementsAre(MCR "metadata/write"));
  EXPECT_THAT(operations_of(Action::kMetadataWrite, kRepository),
              ElementsAre(MCR "repositories/metadata/write"));
  EXPECT_THAT(operations_of(Action::kMetadataDelete, kRegistry),
              ElementsAre(MCR "push/write", MCR "artifacts/delete"));
  EXPECT_THAT(operations_of(Action::kMetadataDelete, kRepository),
              ElementsAre(MCR "repositories/metadata/write", MCR "repositories/metadata/delete"));
  EXPECT_THAT(operations_of(Action::kCatalogRead, kRegistry), ElementsAre(MCR "pull/read"));
  EXPECT_THAT(operations_of(Action::kCatalogRead, kRepository), ElementsAre(MCR "catalog/read"));
  EXPECT_THAT(operations_of(Action::kRegistryRead, kRegistry),
              ElementsAre(MCR "pull/read", MCR "push/write", MCR "artifacts/delete",
                          MCR "metadata/read", MCR "metadata/write", MCR "read"));
  EXPECT_THAT(operations_of(Action::kRegistryRead, kRepository),
              ElementsAre(MCR "read", MCR "repositories/content/read",
                          MCR "repositories/content/write", MCR "repositories/content/delete",
                          MCR "repositories/metadata/read", MCR "repositories/metadata/write",
                          MCR "repositories/metadata/delete", MCR "catalog/read"));
#undef MCR
  EXPECT_THAT(operations_of(Action::kOperate, kRegistry), IsEmpty());
  EXPECT_THAT(operations_of(Action::kOperate, kRepository), IsEmpty());
}

TEST(CompileRole, DataActionsAreNoActionsAndObeyTheirNegation) {
  const auto held = [](RoleDefinition definition) {
    const Role role = compile_role(std::move(definition));
    std::set<std::string> out;
    for (std::uint32_t left = role.image_operations; left != 0; left &= left - 1) {
      const auto& row = image_operations()[static_cast<std::size_t>(std::countr_zero(left))];
      out.insert(std::string(row.name.substr(row.name.find("registries/") + 11)));
    }
    return out;
  };
  using Names = std::set<std::string>;
  const std::string mcr = "Microsoft.ContainerRegistry/registries/";
  EXPECT_EQ(held({.data_actions = {"*"}, .not_data_actions = {mcr + "*/delete", "*/write"}}),
            (Names{"repositories/content/read", "repositories/metadata/read", "catalog/read"}));
  EXPECT_EQ(held({.actions = {"*"}, .not_actions = {"*/read"}, .not_data_actions = {"*"}}),
            (Names{"push/write", "artifacts/delete", "metadata/write"}));
  EXPECT_EQ(held({.actions = {mcr + "repositories/content/read"}}), Names{});
  EXPECT_EQ(held({.data_actions = {mcr + "pull/read"}}), Names{});
  EXPECT_EQ(held({.actions = {mcr + "READ"}}), Names{"read"});
}

TEST(Conditionable, TheRepositoryRolesAndDelegationOnly) {
  std::set<std::string> names;
  for (const RoleDefinition& role : built_in_roles()) {
    if (conditionable(role)) names.insert(role.name);
  }
  EXPECT_EQ(names, (std::set<std::string>{"Container Registry Repository Reader",
                                          "Container Registry Repository Writer",
                                          "Container Registry Repository Contributor",
                                          "Role Based Access Control Administrator"}));
  const std::string data = "Microsoft.ContainerRegistry/registries/";
  struct Row {
    std::vector<std::string> actions, data_actions;
    bool expected;
  };
  const Row rows[] = {
      {{}, {data + "repositories/content/read"}, true},
      {{data + "read"}, {data + "REPOSITORIES/metadata/write"}, true},
      {{}, {data + "repositories/content/*"}, true},
      {{}, {data + "repositories/*/read"}, true},
      {{}, {data + "repositories/content/read", data + "catalog/read"}, false},
      {{}, {data + "*"}, false},
      {{}, {data + "*/content/read"}, false},
      {{}, {"*"}, false},
      {{}, {}, false},
      {{data + "repositories/content/read"}, {}, false},
      {{"microsoft.authorization/roleassignments/DELETE"}, {}, true},
      {{"Microsoft.Authorization/roleAssignments/*"}, {}, false},
      {{"Microsoft.Authorization/*"}, {}, false},
  };
  for (const Row& row : rows) {
    const RoleDefinition role{.actions = row.actions, .data_actions = row.data_actions};
    EXPECT_EQ(conditionable(role), row.expected)
        << testing::PrintToString(row.actions) << testing::PrintToString(row.data_actions);
  }
}

}  // namespace
}  // namespace berth::policy
