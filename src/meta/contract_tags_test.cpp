#include "meta/metadata_store_contract.h"

namespace berth::meta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(MetadataStoreContract, TagNamesPageInByteOrder) {
  const auto key = key_of("app");
  EXPECT_EQ(code(store().tag_names(key, "", 10)), Code::kNameUnknown);
  push(key, 1, {"b", "B", "a.1", "a-1", "_", "1", "a_1", "a"});
  const auto all = ok(store().tag_names(key, "", 100));
  EXPECT_THAT(texts(all.items), ElementsAre("1", "B", "_", "a", "a-1", "a.1", "a_1", "b"));
  EXPECT_FALSE(all.more);
  const auto page = ok(store().tag_names(key, "a", 2));
  EXPECT_THAT(texts(page.items), ElementsAre("a-1", "a.1"));
  EXPECT_TRUE(page.more);
  EXPECT_FALSE(ok(store().tag_names(key, "a.1", 2)).more);
  EXPECT_THAT(ok(store().tag_names(key, "zzz", 2)).items, IsEmpty());
  EXPECT_THAT(texts(ok(store().tag_names(key, "a!", 1)).items), ElementsAre("a-1"));
}

TEST_P(MetadataStoreContract, UnlistedTagsAreLeftOutButFound) {
  const auto key = key_of("app");
  push(key, 1, {"a", "b"});
  ok(store().change_tag(key, tag_of("a"), {.list_enabled = false}));
  EXPECT_THAT(texts(ok(store().tag_names(key, "", 10)).items), ElementsAre("b"));
  for (const auto order : {TimeOrder::kNone, TimeOrder::kAscending, TimeOrder::kDescending}) {
    EXPECT_THAT(texts(ok(store().list_tags(key, "", 10, order, "")).items), ElementsAre("b"));
    EXPECT_THAT(texts(ok(store().list_tags(key, "", 10, order, digest_no(1).text())).items),
                ElementsAre("b"));
  }
  EXPECT_THAT(texts(ok(store().tags_of(key, digest_no(1), 10))), ElementsAre("b"));
  EXPECT_FALSE(ok(store().tag(key, tag_of("a"))).attributes.list_enabled);
  EXPECT_EQ(resolved(key, "a"), digest_no(1));
}

TEST_P(MetadataStoreContract, ListsTagsInTimeOrder) {
  const auto key = key_of("app");
  EXPECT_EQ(code(store().list_tags(key, "", 10, TimeOrder::kNone, "")), Code::kNameUnknown);
  push(key, 1, {"c"});
  tick();
  push(key, 2, {"a", "d"});  // one time: then the name decides
  tick();
  push(key, 1, {"b"});
  const auto list = [&](const std::string& after, std::size_t limit, TimeOrder order,
                        const std::string& digest = "") {
    const auto page = ok(store().list_tags(key, after, limit, order, digest));
    std::string text;
    for (const auto& t : page.items) text += t.name.text();
    return text + (page.more ? "+" : "");
  };
  EXPECT_EQ(list("", 10, TimeOrder::kAscending), "cadb");
  EXPECT_EQ(list("", 2, TimeOrder::kAscending), "ca+");
  EXPECT_EQ(list("a", 2, TimeOrder::kAscending), "db");
  EXPECT_EQ(list("", 2, TimeOrder::kDescending), "bd+");
  EXPECT_EQ(list("d", 2, TimeOrder::kDescending), "ac");
  EXPECT_EQ(list("b", 1, TimeOrder::kNone), "c+");
  EXPECT_EQ(list("gone", 10, TimeOrder::kDescending), "bdac");
  const std::string one = digest_no(1).text();
  EXPECT_EQ(list("", 10, TimeOrder::kNone, one), "bc");
  EXPECT_EQ(list("b", 10, TimeOrder::kNone, one), "c");
  EXPECT_EQ(list("", 10, TimeOrder::kAscending, one), "cb");
  EXPECT_EQ(list("", 1, TimeOrder::kDescending, one), "b+");
  EXPECT_EQ(list("b", 1, TimeOrder::kDescending, one), "c");
  EXPECT_EQ(list("", 10, TimeOrder::kNone, digest_no(9).text()), "");
  // A tag that moves goes to the end.
  tick();
  push(key, 2, {"c"});
  EXPECT_EQ(list("", 10, TimeOrder::kAscending), "adbc");
}

TEST_P(MetadataStoreContract, TagRecordAndItsRemoval) {
  const auto key = key_of("app");
  EXPECT_EQ(code(store().tag(key, tag_of("v1"))), Code::kNameUnknown);
  push(key, 1, {"v1", "v2"});
  const auto record = ok(store().tag(key, tag_of("v1")));
  EXPECT_EQ(record.name.text(), "v1");
  EXPECT_EQ(record.digest, digest_no(1));
  EXPECT_EQ(record.created, clock_.now());
  EXPECT_EQ(record.attributes, Attributes{});
  EXPECT_EQ(resolved(key, "v1"), digest_no(1));  // warms the cache
  ok(store().remove_tag(key, tag_of("v1")));
  EXPECT_EQ(code(store().resolve(key, tag_of("v1"))), Code::kManifestUnknown);
  EXPECT_EQ(code(store().tag(key, tag_of("v1"))), Code::kManifestUnknown);
  EXPECT_EQ(code(store().remove_tag(key, tag_of("v1"))), Code::kManifestUnknown);
  EXPECT_EQ(code(store().remove_tag(key_of("no"), tag_of("v1"))), Code::kNameUnknown);
  EXPECT_EQ(resolved(key, "v2"), digest_no(1));
  EXPECT_EQ(ok(store().resolve(key, digest_no(1))).digest, digest_no(1));
}

TEST_P(MetadataStoreContract, ChangeTagKeepsAbsentMembersAndTheTime) {
  const auto key = key_of("app");
  push(key, 1, {"v1"});
  const TimePoint pushed = clock_.now();
  tick();
  ok(store().change_tag(key, tag_of("v1"), {.write_enabled = false}));
  const auto record = ok(store().change_tag(key, tag_of("v1"), {.list_enabled = false}));
  const Attributes expected{.write_enabled = false, .list_enabled = false};
  EXPECT_EQ(record.attributes, expected);
  EXPECT_EQ(ok(store().tag(key, tag_of("v1"))).attributes, expected);
  EXPECT_EQ(ok(store().tag(key, tag_of("v1"))).updated, pushed);
  EXPECT_EQ(code(store().change_tag(key, tag_of("no"), {})), Code::kManifestUnknown);
  EXPECT_EQ(code(store().change_manifest(key, digest_no(9), {})), Code::kManifestUnknown);
}

}  // namespace
}  // namespace berth::meta
