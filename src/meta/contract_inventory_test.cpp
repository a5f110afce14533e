#include "meta/metadata_store_contract.h"

namespace berth::meta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(MetadataStoreContract, ALinkIsIdleUntilAManifestNeedsIt) {
  const auto key = key_of("app");
  const TimePoint linked = clock_.now();
  ok(store().link_blob(key, blob_no(10), ""));
  auto idle = ok(store().idle_links(0, 10)).items;
  ASSERT_EQ(idle.size(), 1U);
  EXPECT_EQ(idle[0].repository, key);
  EXPECT_EQ(idle[0].digest, digest_no(10));
  EXPECT_EQ(idle[0].since, linked);

  tick();
  ok(store().put_manifest(image(key, 1, {}, {10})));
  ok(store().put_manifest(image(key, 2, {}, {10})));
  EXPECT_THAT(ok(store().idle_links(0, 10)).items, IsEmpty());
  EXPECT_THAT(ok(store().drop_idle_links(idle)), IsEmpty());  // seen before the push

  tick();
  ok(store().remove_manifest(key, digest_no(1)));
  EXPECT_THAT(ok(store().idle_links(0, 10)).items, IsEmpty());  // 2 still needs it
  tick();
  ok(store().remove_manifest(key, digest_no(2)));
  idle = ok(store().idle_links(0, 10)).items;
  ASSERT_EQ(idle.size(), 1U);
  EXPECT_EQ(idle[0].since, clock_.now());  // when it was needed last
}

TEST_P(MetadataStoreContract, DropsIdleLinksUnlessTheyWereRenewed) {
  const auto key = key_of("app");
  for (const std::uint64_t n : {10U, 11U, 12U}) ok(store().link_blob(key, blob_no(n), ""));
  const auto idle = ok(store().idle_links(0, 10)).items;
  ASSERT_EQ(idle.size(), 3U);
  ok(store().link_blob(key, blob_no(11), ""));      // pushed again, at the very same time
  ok(store().mount_blob(key, key, digest_no(12)));  // mounted again
  ok(store().find_blob(key, digest_no(10)));
  const auto dropped = ok(store().drop_idle_links(idle));
  EXPECT_THAT(texts(dropped), ElementsAre(digest_no(10).text()));
  EXPECT_EQ(code(store().find_blob(key, digest_no(10))), Code::kBlobUnknown);
  EXPECT_EQ(ok(store().find_blob(key, digest_no(11))).size, 100U);
  EXPECT_EQ(ok(store().usage("default")).bytes, 200U);
  EXPECT_THAT(ok(store().drop_idle_links(idle)), IsEmpty());
  // A repository of the same name that was made anew is not the one that was seen.
  const auto before = ok(store().idle_links(0, 10)).items;
  ok(store().remove_repository(key));
  tick();
  for (const std::uint64_t n : {10U, 11U, 12U}) ok(store().link_blob(key, blob_no(n), ""));
  EXPECT_THAT(ok(store().drop_idle_links(before)), IsEmpty());
}

TEST_P(MetadataStoreContract, PagesThroughIdleLinks) {
  for (std::uint64_t n = 10; n < 15; ++n) {
    ok(store().link_blob(key_of(n % 2 == 0 ? "a" : "b"), blob_no(n), ""));
  }
  std::vector<std::string> seen;
  std::int64_t after = 0;
  for (bool more = true; more;) {
    const auto page = ok(store().idle_links(after, 2));
    for (const auto& text : texts(page.items)) seen.push_back(text);
    more = page.more;
    after = page.items.back().row;
  }
  EXPECT_EQ(seen.size(), 5U);
  EXPECT_THAT(seen, testing::UnorderedElementsAre(digest_no(10).text(), digest_no(11).text(),
                                                  digest_no(12).text(), digest_no(13).text(),
                                                  digest_no(14).text()));
}

TEST_P(MetadataStoreContract, StoredBlobsHoldManifestsToo) {
  push(key_of("a"), 1, {}, {10});
  push(key_of("b"), 1, {}, {10});
  const auto page = ok(store().stored_blobs("", 10));
  ASSERT_THAT(texts(page.items), ElementsAre(digest_no(1).text(), digest_no(10).text()));
  EXPECT_EQ(page.items[0].size, 50U);
  EXPECT_EQ(page.items[0].links, 2U);
  EXPECT_EQ(page.items[1].size, 100U);
  EXPECT_EQ(page.items[1].location.text, "at/" + digest_no(10).text());
  EXPECT_EQ(page.items[1].created, clock_.now());
  EXPECT_THAT(page.items[1].first_repository, testing::AnyOf("default/a", "default/b"));
  const auto first = ok(store().stored_blobs("", 1));
  EXPECT_TRUE(first.more);
  EXPECT_THAT(texts(ok(store().stored_blobs(digest_no(1).text(), 1)).items),
              ElementsAre(digest_no(10).text()));
  EXPECT_THAT(
      ok(store().have_locations({page.items[0].location, {"at/nothing"}, page.items[1].location})),
      ElementsAre(true, false, true));
}

TEST_P(MetadataStoreContract, DropsBlobsThatNothingLinks) {
  const auto key = key_of("app");
  push(key, 1, {"v1"}, {10, 11});
  EXPECT_THAT(ok(store().unlinked_blobs("", 10)).items, IsEmpty());
  ok(store().remove_manifest(key, digest_no(1)));
  ok(store().unlink_blob(key, digest_no(10)));
  const auto unlinked = ok(store().unlinked_blobs("", 10));
  EXPECT_THAT(texts(unlinked.items), ElementsAre(digest_no(1).text(), digest_no(10).text()));
  EXPECT_TRUE(ok(store().unlinked_blobs("", 1)).more);
  EXPECT_THAT(texts(ok(store().unlinked_blobs(digest_no(1).text(), 1)).items),
              ElementsAre(digest_no(10).text()));

  ok(store().link_blob(key, blob_no(10), ""));  // back in use before the collector acts
  const auto dropped =
      ok(store().drop_unlinked_blobs({digest_no(1), digest_no(10), digest_no(11), digest_no(99)}));
  ASSERT_THAT(texts(dropped), ElementsAre(digest_no(1).text()));
  EXPECT_EQ(dropped[0].location.text, "at/" + digest_no(1).text());
  EXPECT_THAT(texts(ok(store().stored_blobs("", 10)).items),
              ElementsAre(digest_no(10).text(), digest_no(11).text()));
}

TEST_P(MetadataStoreContract, ForgetsLostContentSoThatItCanBePushedAgain) {
  push(key_of("a"), 1, {"v1"}, {10});
  ok(store().mount_blob(key_of("a"), key_of("b"), digest_no(10)));
  push(key_of("c", "other"), 2, {}, {10});
  ok(store().find_blob(key_of("b"), digest_no(10)));
  EXPECT_FALSE(ok(store().forget_content(digest_no(1))));  // a manifest
  EXPECT_FALSE(ok(store().forget_content(digest_no(99))));
  EXPECT_TRUE(ok(store().forget_content(digest_no(10))));
  for (const auto& key : {key_of("a"), key_of("b"), key_of("c", "other")}) {
    EXPECT_EQ(code(store().find_blob(key, digest_no(10))), Code::kBlobUnknown);
  }
  EXPECT_EQ(ok(store().usage("default")).bytes, 50U);
  EXPECT_EQ(ok(store().usage("other")).bytes, 50U);
  EXPECT_EQ(resolved(key_of("a"), "v1"), digest_no(1));
  ok(store().link_blob(key_of("a"), blob_no(10), ""));
  EXPECT_THAT(ok(store().idle_links(0, 10)).items, IsEmpty());  // its manifest still needs it
}

}  // namespace
}  // namespace berth::meta
