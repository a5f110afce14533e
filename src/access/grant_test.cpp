#include "access/grant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::access {
namespace {

using policy::Action;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Scope, IsTakenApartFromBothEnds) {
  const Grant app{"repository", "team/app", {"pull", "push"}};
  EXPECT_EQ(parse_scope("repository:team/app:pull,push"), app);
  EXPECT_EQ(parse_scope("repository:team/app:pull,push,pull"), app);
  EXPECT_EQ(app.text(), "repository:team/app:pull,push");
  EXPECT_EQ(parse_scope("registry:catalog:*"), (Grant{"registry", "catalog", {"*"}}));
  EXPECT_EQ(parse_scope("repository:host:5000/app:pull"),
            (Grant{"repository", "host:5000/app", {"pull"}}));
}

TEST(Scope, MalformedOnesAreNamedWithTheirForm) {
  for (const char* text :
       {"", ":", "::", "repository", "repository:app", "repository:app:", "repository::pull",
        ":app:pull", "repository:app:pull,,push", "repository:app:pull,", "repository:a b:pull",
        "repository:a\"b:pull", "repository:a\\b:pull", "repository:a\nb:pull",
        "repository:\xC3\xA9:x"}) {
    const auto grant = parse_scope(text);
    ASSERT_FALSE(grant) << text;
    EXPECT_EQ(grant.error().code, Code::kInvalidRequest);
    EXPECT_THAT(grant.error().message, HasSubstr("repository:team/app:pull,push"));
  }
  EXPECT_FALSE(parse_scope("repository:" + std::string(kMaxScopeBytes, 'a') + ":pull"));
}

TEST(Scope, SeveralStandInOneText) {
  const auto grants = parse_scopes("  repository:a:pull registry:catalog:* ");
  ASSERT_TRUE(grants);
  EXPECT_THAT(*grants,
              ElementsAre(Grant{"repository", "a", {"pull"}}, Grant{"registry", "catalog", {"*"}}));
  EXPECT_THAT(parse_scopes("").value(), IsEmpty());
  EXPECT_FALSE(parse_scopes("repository:a:pull oops"));
  std::string many;
  for (std::size_t i = 0; i < kMaxScopes; ++i) many += "repository:a:pull ";
  EXPECT_EQ(parse_scopes(many)->size(), kMaxScopes);
  EXPECT_FALSE(parse_scopes(many + "repository:a:pull"));
}

TEST(Covers, TableOfWordsAndActions) {
  struct Row {
    const char* scope;
    std::vector<Action> covered;
  };
  const Row rows[] = {
      {"repository:a:pull", {Action::kPull, Action::kMetadataRead}},
      {"repository:a:push", {Action::kPush}},
      {"repository:a:delete", {Action::kDelete, Action::kMetadataDelete}},
      {"repository:a:metadata_read", {Action::kMetadataRead}},
      {"repository:a:metadataRead", {Action::kMetadataRead}},
      {"repository:a:metadata_write", {Action::kMetadataWrite, Action::kMetadataDelete}},
      {"repository:a:*",
       {Action::kPull, Action::kPush, Action::kDelete, Action::kMetadataRead,
        Action::kMetadataWrite, Action::kMetadataDelete}},
      {"registry:catalog:*", {Action::kCatalogRead}},
      {"registry:None:*", {}},
      {"repository:catalog:*", {}},
      {"repository:b:*", {}},
      {"repository:a:deleted_read", {}},
      {"artifact-repository:a:pull", {}},
  };
  for (const Row& row : rows) {
    const std::vector<Grant> grants = {parse_scope(row.scope).value()};
    for (std::size_t i = 0; i < policy::kActionNames.size(); ++i) {
      const auto action = static_cast<Action>(i);
      const bool expected = action == Action::kRegistryRead ||
                            std::ranges::find(row.covered, action) != row.covered.end();
      EXPECT_EQ(covers(grants, action, "a"), expected)
          << row.scope << " " << policy::action_name(action);
    }
  }
  EXPECT_FALSE(covers({}, Action::kPull, "a"));
}

// A client that asks for what the challenge names is not refused for its scope again.
TEST(ScopeFor, NamesWhatCoversTheAction) {
  for (std::size_t i = 0; i < policy::kActionNames.size(); ++i) {
    const auto action = static_cast<Action>(i);
    const std::string scope = scope_for(action, "a");
    if (action == Action::kRegistryRead || action == Action::kOperate) {
      EXPECT_EQ(scope, "");
      continue;
    }
    EXPECT_TRUE(covers({parse_scope(scope).value()}, action, "a")) << scope;
  }
  EXPECT_EQ(scope_for(Action::kPush, "team/app"), "repository:team/app:pull,push");
}

}  // namespace
}  // namespace berth::access
