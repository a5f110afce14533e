#include <gmock/gmock.h>

#include "policy/policy_testing.h"

namespace berth::policy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct TokenWorld : World {
  explicit TokenWorld(std::vector<ScopeMapRule> rules) {
    edit([&](RegistryPolicy& registry) {
      registry.tokens.set("ci", {true, "map", {Secret{"c-1", {}, 0}, std::nullopt}});
      registry.scope_maps.set("map", {std::move(rules)});
    });
    ada = {.kind = PrincipalKind::kToken,
           .id = "ci",
           .name = {},
           .credential = "c-1",
           .registry = "contoso",
           .groups = {}};
  }
};

CatalogView view_of(const World& world) {
  return catalog_view(world.snapshot,
                      {world.source, world.ada, Action::kCatalogRead, "contoso", nullptr, {}});
}

TEST(CatalogView, IsAllForWhoeverIsNoToken) {
  World world;
  EXPECT_TRUE(view_of(world).all);
  world.ada = {};
  world.ada.kind = PrincipalKind::kOwner;
  EXPECT_TRUE(view_of(world).all);
}

TEST(CatalogView, OfATokenIsWhatItsRulesName) {
  const TokenWorld world({{"team/*", "metadata/read"},
                          {"tool", "catalog/read"},
                          {"secret", "content/read"},
                          {"drop/*", "metadata/write"}});
  EXPECT_TRUE(world.may(Action::kCatalogRead));
  EXPECT_FALSE(view_of(world).all);
  EXPECT_THAT(view_of(world).patterns, ElementsAre("team/*", "tool"));
}

// The extension shows names, and nothing else.
TEST(CatalogView, TheRightToListIsNoRightToRead) {
  const TokenWorld world({{"*", "catalog/read"}});
  EXPECT_TRUE(view_of(world).all);
  EXPECT_EQ(world.actions(), (std::set<Action>{Action::kCatalogRead, Action::kRegistryRead}));
}

TEST(CatalogView, AStarAloneIsAll) {
  const TokenWorld world({{"team/*", "metadata/read"}, {"*", "metadata/read"}});
  EXPECT_TRUE(view_of(world).all);
  EXPECT_THAT(view_of(world).patterns, IsEmpty());
}

TEST(CatalogView, PatternsAreSortedAndNoneLiesWithinAnother) {
  const TokenWorld world(
      {{"team/b/c", "catalog/read"},
       {"team/b/*", "catalog/read"},
       {"team-a/app", "catalog/read"},
       {"team", "catalog/read"},
       {"team/*", "catalog/read"},
       {"team/*", "metadata/read"},
       {"a-rather-long-name/of/a/repository/that/is/on/the/heap", "catalog/read"},
       {"team.x/*", "catalog/read"},
       {"team/0/*", "catalog/read"},
       {"zoo/a/*", "catalog/read"},
       {"zoo/a", "catalog/read"}});
  EXPECT_THAT(view_of(world).patterns,
              ElementsAre("a-rather-long-name/of/a/repository/that/is/on/the/heap", "team",
                          "team-a/app", "team.x/*", "team/*", "zoo/a", "zoo/a/*"));
}

TEST(CatalogView, ATokenWithoutSuchARuleHasNoCatalog) {
  const TokenWorld world({{"*", "content/read"}, {"*", "gateway/config/read"}});
  EXPECT_FALSE(world.may(Action::kCatalogRead));
  EXPECT_FALSE(view_of(world).all);
  EXPECT_THAT(view_of(world).patterns, IsEmpty());
  TokenWorld lost({{"*", "catalog/read"}});
  lost.edit([](RegistryPolicy& registry) { registry.scope_maps.erase("map"); });
  EXPECT_FALSE(lost.may(Action::kCatalogRead));
  EXPECT_FALSE(view_of(lost).all);
}

}  // namespace
}  // namespace berth::policy
