#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "explain/explain.h"

namespace berth::explain {
namespace {

using policy::Action;

TEST(Words, EveryActionOfARegistryHasOneThatLeadsBackToIt) {
  for (std::size_t i = 0; i <= static_cast<std::size_t>(Action::kRegistryRead); ++i) {
    const auto action = static_cast<Action>(i);
    EXPECT_EQ(action_of(word_of(action)).value(), action) << word_of(action);
  }
}

TEST(Words, ThoseOfScopeMapsAndWholeOperations) {
  EXPECT_EQ(action_of("content/read").value(), Action::kPull);
  EXPECT_EQ(action_of("content/write").value(), Action::kPush);
  EXPECT_EQ(action_of("metadata/write").value(), Action::kMetadataWrite);
  EXPECT_EQ(action_of("catalog/read").value(), Action::kCatalogRead);
  EXPECT_EQ(action_of("PULL").value(), Action::kPull);
  const std::string prefix = "Microsoft.ContainerRegistry/registries/";
  EXPECT_EQ(action_of(prefix + "pull/read").value(), Action::kPull);
  EXPECT_EQ(action_of(prefix + "PUSH/write").value(), Action::kPush);
  EXPECT_EQ(action_of(prefix + "metadata/write").value(), Action::kMetadataWrite);
  EXPECT_EQ(action_of(prefix + "repositories/metadata/delete").value(), Action::kMetadataDelete);
  EXPECT_EQ(action_of(prefix + "catalog/read").value(), Action::kCatalogRead);
  EXPECT_EQ(action_of(prefix + "read").value(), Action::kRegistryRead);
}

TEST(Words, AnErrorNamesThemAll) {
  for (const auto* text : {"", "fetch", "operate", "content", "Microsoft.Storage/read"}) {
    const auto refused = action_of(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, Code::kInvalidRequest);
    EXPECT_THAT(refused.error().message,
                testing::HasSubstr("must be one of pull, push, delete, list, lock, untag, catalog, "
                                   "sign-in, content/read, "));
  }
}

}  // namespace
}  // namespace berth::explain
