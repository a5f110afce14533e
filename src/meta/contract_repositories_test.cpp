#include "meta/metadata_store_contract.h"

namespace berth::meta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<NameRange> kAll(1);

TEST_P(MetadataStoreContract, CatalogPagesInByteOrder) {
  for (const char* name : {"b", "a-b", "a/b", "a_b", "a.b", "a0", "a"}) push(key_of(name), 1, {});
  push(key_of("z", "other"), 1, {});
  const auto all = ok(store().catalog("default", kAll, "", 100));
  EXPECT_THAT(texts(all.items), ElementsAre("a", "a-b", "a.b", "a/b", "a0", "a_b", "b"));
  EXPECT_FALSE(all.more);

  const auto first = ok(store().catalog("default", kAll, "", 3));
  EXPECT_THAT(texts(first.items), ElementsAre("a", "a-b", "a.b"));
  EXPECT_TRUE(first.more);
  const auto last = ok(store().catalog("default", kAll, "a/b", 3));
  EXPECT_THAT(texts(last.items), ElementsAre("a0", "a_b", "b"));
  EXPECT_FALSE(last.more);  // exactly a full page, and nothing behind it
  EXPECT_THAT(ok(store().catalog("default", kAll, "a/zzz not there", 1)).items, testing::SizeIs(1));
  EXPECT_THAT(ok(store().catalog("default", kAll, "b", 3)).items, IsEmpty());
  EXPECT_THAT(ok(store().catalog("nowhere", kAll, "", 3)).items, IsEmpty());
  const auto none = ok(store().catalog("default", kAll, "", 0));
  EXPECT_THAT(none.items, IsEmpty());
  EXPECT_TRUE(none.more);
}

TEST_P(MetadataStoreContract, CatalogReadsRangesAndNothingBetweenThem) {
  for (const char* name : {"a", "team", "team-x/a", "team/a", "team/b", "team/b/c", "team0", "tool",
                           "tool/x", "tools", "z"}) {
    push(key_of(name), 1, {});
  }
  const std::vector<NameRange> ranges = {{"nothing/", "nothing0"},
                                         {"team/", "team0"},
                                         {"tool", "tool!"},  // this name alone
                                         {"z", "z!"}};
  const auto page = [&](const std::string& after, std::size_t limit) {
    return ok(store().catalog("default", ranges, after, limit));
  };
  EXPECT_THAT(texts(page("", 100).items), ElementsAre("team/a", "team/b", "team/b/c", "tool", "z"));
  EXPECT_FALSE(page("", 100).more);
  EXPECT_FALSE(page("", 5).more);

  // A page may end within a range, at its end, and hold several.
  std::vector<std::string> seen;
  for (const std::size_t limit : {1, 2, 1, 1}) {
    const auto part = page(seen.empty() ? "" : seen.back(), limit);
    ASSERT_EQ(part.items.size(), limit);
    for (const std::string& name : texts(part.items)) seen.push_back(name);
    EXPECT_EQ(part.more, seen.size() < 5) << seen.size();
  }
  EXPECT_THAT(seen, ElementsAre("team/a", "team/b", "team/b/c", "tool", "z"));

  // `after` need not be a name that is shown, nor a name at all.
  EXPECT_THAT(texts(page("team0", 9).items), ElementsAre("tool", "z"));
  EXPECT_THAT(texts(page("team/b/zzz not there", 1).items), ElementsAre("tool"));
  EXPECT_THAT(texts(page("tool", 9).items), ElementsAre("z"));
  EXPECT_THAT(page("~~", 9).items, IsEmpty());
  EXPECT_TRUE(page("", 0).more);
  EXPECT_FALSE(page("z", 0).more);
  EXPECT_THAT(ok(store().catalog("default", {}, "", 9)).items, IsEmpty());
}

TEST_P(MetadataStoreContract, CatalogLeavesOutUnlistedAndNeverPushedRepositories) {
  push(key_of("hidden"), 1, {"v1"});
  push(key_of("shown"), 1, {"v1"});
  ok(store().link_blob(key_of("only-blobs"), blob_no(7), ""));
  ok(store().change_repository(key_of("hidden"), {.list_enabled = false}));
  EXPECT_THAT(texts(ok(store().catalog("default", kAll, "", 10)).items), ElementsAre("shown"));
  // It exists all the same: its tag list is empty, not unknown.
  EXPECT_THAT(ok(store().tag_names(key_of("only-blobs"), "", 10)).items, IsEmpty());
  // Once listed, a repository stays until it is removed, also without manifests.
  ok(store().remove_manifest(key_of("shown"), digest_no(1)));
  EXPECT_THAT(texts(ok(store().catalog("default", kAll, "", 10)).items), ElementsAre("shown"));
}

TEST_P(MetadataStoreContract, RepositoryCountsAndTimesFollowThePushes) {
  const auto key = key_of("app");
  EXPECT_EQ(code(store().repository(key)), Code::kNameUnknown);
  const TimePoint start = clock_.now();
  push(key, 1, {"v1", "latest"});
  tick();
  push(key, 2, {"v2", "latest"});
  auto record = ok(store().repository(key));
  EXPECT_EQ(record.name, key.name);
  EXPECT_EQ(record.created, start);
  EXPECT_EQ(record.updated, clock_.now());
  EXPECT_EQ(record.manifest_count, 2U);
  EXPECT_EQ(record.tag_count, 3U);
  EXPECT_EQ(record.attributes, Attributes{});

  ok(store().remove_tag(key, tag_of("v1")));
  ok(store().remove_manifest(key, digest_no(2)));
  record = ok(store().repository(key));
  EXPECT_EQ(record.manifest_count, 1U);
  EXPECT_EQ(record.tag_count, 0U);
}

TEST_P(MetadataStoreContract, ChangeRepositoryKeepsAbsentMembers) {
  const auto key = key_of("app");
  EXPECT_EQ(code(store().change_repository(key, {.read_enabled = false})), Code::kNameUnknown);
  push(key, 1, {});
  ok(store().change_repository(key, {.read_enabled = false}));
  const auto record = ok(store().change_repository(key, {.delete_enabled = false}));
  const Attributes expected{.delete_enabled = false, .read_enabled = false};
  EXPECT_EQ(record.attributes, expected);
  EXPECT_EQ(ok(store().repository(key)).attributes, expected);
}

TEST_P(MetadataStoreContract, RemoveRepositoryTakesEverythingAndSaysWhat) {
  const auto key = key_of("app");
  push(key, 2, {"b", "a"}, {10, 11});
  push(key, 1, {"c"}, {10});
  push(key_of("other"), 1, {"keep"}, {10});
  EXPECT_EQ(resolved(key, "a"), digest_no(2));

  const auto removed = ok(store().remove_repository(key));
  EXPECT_THAT(texts(removed.manifests), ElementsAre(digest_no(1).text(), digest_no(2).text()));
  EXPECT_THAT(texts(removed.tags), ElementsAre("a", "b", "c"));
  EXPECT_EQ(code(store().resolve(key, tag_of("a"))), Code::kNameUnknown);
  EXPECT_EQ(code(store().find_blob(key, digest_no(10))), Code::kNameUnknown);
  EXPECT_EQ(code(store().remove_repository(key)), Code::kNameUnknown);
  EXPECT_EQ(resolved(key_of("other"), "keep"), digest_no(1));
  EXPECT_EQ(ok(store().find_blob(key_of("other"), digest_no(10))).size, 100U);

  // The same name starts from nothing.
  push(key, 3, {"new"});
  EXPECT_EQ(ok(store().repository(key)).tag_count, 1U);
}

TEST_P(MetadataStoreContract, ADeletedRegistryLosesWhatIsLockedAndHiddenToo) {
  push(key_of("a"), 1, {"v1"}, {10});
  push(key_of("hidden"), 2, {"v1"}, {10});
  ok(store().link_blob(key_of("only-blobs"), blob_no(12, 7), ""));
  push(key_of("a", "other"), 1, {"keep"}, {10});
  const AttributesChange lock{.delete_enabled = false, .list_enabled = false};
  ok(store().change_tag(key_of("hidden"), tag_of("v1"), lock));
  ok(store().change_manifest(key_of("hidden"), digest_no(2), lock));
  ok(store().change_repository(key_of("hidden"), lock));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(ok(store().remove_any_repository("default")));
  EXPECT_FALSE(ok(store().remove_any_repository("default")));
  EXPECT_EQ(ok(store().usage("default")).bytes, 0U);
  EXPECT_EQ(resolved(key_of("a", "other"), "keep"), digest_no(1));
}

TEST_P(MetadataStoreContract, UsageCountsABlobOncePerRegistry) {
  EXPECT_EQ(ok(store().usage("default")).bytes, 0U);
  push(key_of("a"), 1, {"v1"}, {10});           // 50 + 100
  push(key_of("b"), 1, {"v1"}, {10, 11});       // + 100
  push(key_of("a", "other"), 1, {"v1"}, {10});  // a registry of its own
  ok(store().link_blob(key_of("only-blobs"), blob_no(12, 7), ""));
  auto usage = ok(store().usage("default"));
  EXPECT_EQ(usage.bytes, 257U);
  EXPECT_EQ(usage.repositories, 2U);
  EXPECT_EQ(ok(store().usage("other")).bytes, 150U);

  ok(store().remove_repository(key_of("b")));
  usage = ok(store().usage("default"));
  EXPECT_EQ(usage.bytes, 157U);
  EXPECT_EQ(usage.repositories, 1U);
  ok(store().remove_repository(key_of("a")));
  ok(store().remove_repository(key_of("only-blobs")));
  usage = ok(store().usage("default"));
  EXPECT_EQ(usage.bytes, 0U);
  EXPECT_EQ(usage.repositories, 0U);
}

TEST_P(MetadataStoreContract, RegistriesDoNotSeeEachOther) {
  push(key_of("app", "one"), 1, {"v1"}, {10});
  EXPECT_EQ(code(store().resolve(key_of("app", "two"), tag_of("v1"))), Code::kNameUnknown);
  EXPECT_EQ(code(store().find_blob(key_of("app", "two"), digest_no(10))), Code::kNameUnknown);
  EXPECT_EQ(code(store().mount_blob(key_of("app", "one"), key_of("app", "two"), digest_no(10))),
            Code::kBlobUnknown);
}

TEST_P(MetadataStoreContract, KeepsEverythingAcrossReopening) {
  push(key_of("app"), 1, {"v1"}, {10});
  ok(store().change_tag(key_of("app"), tag_of("v1"), {.delete_enabled = false}));
  reopen();
  EXPECT_EQ(resolved(key_of("app"), "v1"), digest_no(1));
  EXPECT_FALSE(ok(store().tag(key_of("app"), tag_of("v1"))).attributes.delete_enabled);
  EXPECT_EQ(ok(store().find_blob(key_of("app"), digest_no(10))).location.text,
            "at/" + digest_no(10).text());
  ok(store().check());
}

}  // namespace
}  // namespace berth::meta
