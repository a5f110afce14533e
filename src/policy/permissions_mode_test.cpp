// Which roles count for images in which permissions mode: acr-access-model C1 and C2, by hand.
#include "policy/policy_testing.h"

namespace berth::policy {
namespace {

using enum Action;
using Actions = std::set<Action>;

const Actions kNothing = {};
const Actions kSignIn = {kRegistryRead};
const Actions kReading = {kPull, kMetadataRead, kCatalogRead, kRegistryRead};
const Actions kPushing = {kPull,           kPush,        kMetadataRead,
                          kMetadataDelete, kCatalogRead, kRegistryRead};
const Actions kDeleting = {kDelete, kMetadataDelete, kRegistryRead};
const Actions kAll = {kPull,          kPush,           kDelete,      kMetadataRead,
                      kMetadataWrite, kMetadataDelete, kCatalogRead, kRegistryRead};
const Actions kRepositoryReading = {kPull, kMetadataRead, kRegistryRead};
// "Docs also give Writer untag", and locks (C2).
const Actions kRepositoryWriting = {kPull,          kPush,           kMetadataRead,
                                    kMetadataWrite, kMetadataDelete, kRegistryRead};
const Actions kRepositoryAll = {kPull,          kPush,           kDelete,      kMetadataRead,
                                kMetadataWrite, kMetadataDelete, kRegistryRead};
const Actions kListing = {kCatalogRead, kRegistryRead};

struct Row {
  const char* role;
  Actions by_registry, by_repository;
};
const Row kRows[] = {
    {"Owner", kAll, kSignIn},
    {"Contributor", kAll, kSignIn},
    {"Reader", kReading, kSignIn},
    {"AcrPull", kReading, kNothing},
    {"AcrPush", kPushing, kNothing},
    {"AcrDelete", kDeleting, kNothing},
    {"AcrImageSigner", kNothing, kNothing},
    {"AcrQuarantineReader", kNothing, kNothing},
    {"AcrQuarantineWriter", kNothing, kNothing},
    {"Container Registry Repository Reader", kNothing, kRepositoryReading},
    {"Container Registry Repository Writer", kNothing, kRepositoryWriting},
    {"Container Registry Repository Contributor", kNothing, kRepositoryAll},
    {"Container Registry Repository Catalog Lister", kNothing, kListing},
    {"Container Registry Data Importer and Data Reader", kReading, kReading},
    {"Container Registry Contributor and Data Access Configuration Administrator", kSignIn,
     kSignIn},
    {"Container Registry Configuration Reader and Data Access Configuration Reader", kSignIn,
     kSignIn},
    {"Container Registry Tasks Contributor", kSignIn, kSignIn},
    {"Container Registry Transfer Pipeline Contributor", kNothing, kNothing},
    {"Container Registry Cache Rule Administrator", kNothing, kNothing},
    {"Container Registry Cache Rule Reader", kNothing, kNothing},
    {"Container Registry Credential Set Administrator", kNothing, kNothing},
    {"Container Registry Credential Set Reader", kNothing, kNothing},
    {"Role Based Access Control Administrator", kReading, kSignIn},  // its */read
    {"Managed Identity Operator", kNothing, kNothing},
};

TEST(PermissionsMode, TableOfBuiltInRoles) {
  EXPECT_EQ(std::size(kRows), built_in_roles().size());
  for (const Row& row : kRows) {
    World by_registry(PermissionsMode::kRegistry), by_repository(PermissionsMode::kRepository);
    by_registry.give(guid_of(row.role));
    by_repository.give(guid_of(row.role));
    EXPECT_EQ(by_registry.actions(), row.by_registry) << row.role;
    EXPECT_EQ(by_repository.actions(), row.by_repository) << row.role;
  }
}

TEST(PermissionsMode, WithoutARoleThereIsNothing) {
  for (const auto mode : {PermissionsMode::kRegistry, PermissionsMode::kRepository}) {
    EXPECT_EQ(World(mode).actions(), kNothing);
    EXPECT_EQ(World(mode).ask(kPull).rule, "role-assignment");
  }
}

TEST(PermissionsMode, ARoleOfTheOtherModeIsNamedAsTheReason) {
  World world(PermissionsMode::kRepository);
  world.give(kAcrPullRole);
  EXPECT_EQ(world.ask(kPull).rule, "permissions-mode");
  EXPECT_EQ(world.ask(kPush).rule, "role-assignment");  // in no mode
  world.give(kRepositoryReaderRole);
  EXPECT_TRUE(world.may(kPull));
  EXPECT_EQ(world.ask(kCatalogRead).rule, "permissions-mode");
  world.give(kCatalogListerRole);
  EXPECT_TRUE(world.may(kCatalogRead));
  world.edit([](RegistryPolicy& registry) { registry.mode = PermissionsMode::kRegistry; });
  EXPECT_EQ(world.actions(), kReading);
}

TEST(PermissionsMode, TokensAdminAndAnonymousPullDoNotDependOnIt) {
  for (const auto mode : {PermissionsMode::kRegistry, PermissionsMode::kRepository}) {
    World world(mode);
    world.edit([](RegistryPolicy& registry) {
      registry.admin_enabled = true;
      registry.admin_passwords = {Secret{"a-1", {}, 0}, Secret{"a-2", {}, 0}};
      registry.tokens.set("ci", {true, "map", {Secret{"c-1", {}, 0}, std::nullopt}});
      registry.scope_maps.set("map", {{{"team/*", "content/write"}}});
    });
    world.ada = {.kind = PrincipalKind::kToken,
                 .id = "ci",
                 .name = {},
                 .credential = "c-1",
                 .registry = "contoso",
                 .groups = {}};
    EXPECT_EQ(world.actions(), (Actions{kPush, kRegistryRead}));
    world.ada = {.kind = PrincipalKind::kAdminUser,
                 .id = "contoso",
                 .name = {},
                 .credential = "a-1",
                 .registry = "contoso",
                 .groups = {}};
    EXPECT_EQ(world.actions(), kAll);
    world.ada = {};
    EXPECT_EQ(world.actions(), kNothing);
    world.edit([](RegistryPolicy& registry) { registry.anonymous_pull = true; });
    EXPECT_EQ(world.actions(), (Actions{kPull, kMetadataRead}));
  }
}

TEST(PermissionsMode, CustomRolesCountWithTheirPatterns) {
  const std::string mcr = "Microsoft.ContainerRegistry/registries/";
  World by_registry, by_repository(PermissionsMode::kRepository);
  for (World* world : {&by_registry, &by_repository}) {
    world->define({.id = "custom",
                   .name = "Custom",
                   .actions = {mcr + "*/read"},
                   .not_actions = {mcr + "read"},
                   .data_actions = {mcr + "repositories/*/write", mcr + "catalog/*"},
                   .not_data_actions = {mcr + "repositories/content/*"}});
    world->give("custom");
  }
  EXPECT_EQ(by_registry.actions(), kReading);
  EXPECT_EQ(by_repository.actions(),
            (Actions{kMetadataWrite, kMetadataDelete, kCatalogRead, kRegistryRead}));
}

}  // namespace
}  // namespace berth::policy
