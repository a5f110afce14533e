// The catalog through its permit: what a scope map's patterns name, and nothing beside them.
#include "registry/catalog.h"

#include <gmock/gmock.h>

#include "registry/registry_fixture.h"

namespace berth::registry {
namespace {

using testing::ElementsAre;

class CatalogTest : public RegistryFixture {
 protected:
  CatalogTest() {
    for (const char* name :
         {"a/b", "team", "team-b/app", "team/app", "team/db", "team0", "tool", "tool/x", "tools"}) {
      EXPECT_TRUE(put_manifest(image_of(push_blob("{}", name), {}), "v1", name));
    }
  }
  // What a token sees whose scope map has these rules.
  policy::CatalogPermit seen_by(const std::vector<policy::ScopeMapRule>& rules) {
    policy_.update([&](policy::Snapshot& snapshot) {
      policy::RegistryPolicy registry = *snapshot.registries.find("default");
      registry.tokens.set("ci", {true, "map", {policy::Secret{"ci-1", "", 0}, std::nullopt}});
      registry.scope_maps.set("map", {rules});
      snapshot.registries.set("default", std::move(registry));
    });
    policy::Principal token;
    token.kind = policy::PrincipalKind::kToken;
    token.id = token.name = "ci";
    token.credential = "ci-1";
    token.registry = "default";
    access::Visit by_token = visit();
    by_token.identity = access::Identity(std::move(token));
    return gate_.authorize<policy::Action::kCatalogRead>(by_token).value();
  }
  std::vector<std::string> names(const policy::CatalogPermit& permit, std::size_t limit = 100) {
    std::vector<std::string> out;
    PageRequest page{.after = {}, .limit = limit};
    for (bool more = true; more;) {
      const auto found = wait_for(catalog_->repositories(permit, page));
      more = found->more;
      EXPECT_TRUE(!more || found->items.size() == limit);
      for (const auto& name : found->items) out.push_back(name.text());
      if (!out.empty()) page.after = out.back();
    }
    return out;
  }
};

TEST_F(CatalogTest, TheOwnerSeesAll) {
  const auto permit = gate_.authorize<policy::Action::kCatalogRead>(visit()).value();
  EXPECT_EQ(names(permit, 2).size(), 9U);
}

TEST_F(CatalogTest, ATokenSeesWhatItsRulesName) {
  const auto folder = seen_by({{"team/*", "metadata/read"}});
  EXPECT_THAT(names(folder), ElementsAre("team/app", "team/db"));
  const auto several = seen_by({{"tool", "catalog/read"},
                                {"nothing/*", "metadata/read"},
                                {"team/*", "metadata/read"},
                                {"team", "metadata/read"},
                                {"team0", "content/read"}});
  for (const std::size_t limit : {1U, 2U, 3U, 4U, 100U}) {
    EXPECT_THAT(names(several, limit), ElementsAre("team", "team/app", "team/db", "tool"));
  }
  EXPECT_EQ(names(seen_by({{"*", "metadata/read"}})).size(), 9U);
}

}  // namespace
}  // namespace berth::registry
