#include "meta/metadata_store_contract.h"

namespace berth::meta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST_P(MetadataStoreContract, ALinkedBlobIsFoundInItsRepositoryOnly) {
  const auto key = key_of("app");
  EXPECT_EQ(code(store().find_blob(key, digest_no(10))), Code::kNameUnknown);
  EXPECT_EQ(ok(store().link_blob(key, blob_no(10, 123), "")), std::nullopt);
  EXPECT_EQ(ok(store().link_blob(key, blob_no(10, 123), "")), std::nullopt);
  for (int warm = 0; warm < 2; ++warm) {
    const auto found = ok(store().find_blob(key, digest_no(10)));
    EXPECT_EQ(found.digest, digest_no(10));
    EXPECT_EQ(found.size, 123U);
    EXPECT_EQ(found.location.text, "at/" + digest_no(10).text());
    EXPECT_TRUE(found.readable);
  }
  EXPECT_EQ(code(store().find_blob(key, digest_no(11))), Code::kBlobUnknown);
  ok(store().link_blob(key_of("other"), blob_no(11), ""));
  EXPECT_EQ(code(store().find_blob(key, digest_no(11))), Code::kBlobUnknown);
  ok(store().change_repository(key, {.read_enabled = false}));
  EXPECT_FALSE(ok(store().find_blob(key, digest_no(10))).readable);
  EXPECT_EQ(ok(store().usage("default")).bytes, 223U);
}

TEST_P(MetadataStoreContract, ANewLocationReplacesTheOldEverywhere) {
  const auto a = key_of("a");
  const auto b = key_of("b");
  ok(store().link_blob(a, blob_no(10), ""));
  ok(store().mount_blob(a, b, digest_no(10)));
  ok(store().find_blob(b, digest_no(10)));  // remembered with the old location
  auto moved = blob_no(10);
  moved.location = {"elsewhere"};
  const auto old = ok(store().link_blob(a, moved, ""));
  ASSERT_TRUE(old.has_value());
  EXPECT_EQ(old->text, "at/" + digest_no(10).text());
  EXPECT_EQ(ok(store().find_blob(b, digest_no(10))).location.text, "elsewhere");
}

TEST_P(MetadataStoreContract, MountsWithinARegistry) {
  const auto from = key_of("from");
  const auto to = key_of("to");
  EXPECT_EQ(code(store().mount_blob(from, to, digest_no(10))), Code::kBlobUnknown);
  EXPECT_EQ(code(store().repository(to)), Code::kNameUnknown);
  ok(store().link_blob(from, blob_no(10, 5), ""));
  const auto mounted = ok(store().mount_blob(from, to, digest_no(10)));
  EXPECT_EQ(mounted.size, 5U);
  EXPECT_TRUE(mounted.readable);
  EXPECT_EQ(ok(store().find_blob(to, digest_no(10))).location, mounted.location);
  ok(store().unlink_blob(from, digest_no(10)));
  EXPECT_EQ(ok(store().find_blob(to, digest_no(10))).size, 5U);
  EXPECT_EQ(ok(store().usage("default")).bytes, 5U);
}

TEST_P(MetadataStoreContract, UnlinksABlobThatNothingNeeds) {
  const auto key = key_of("app");
  EXPECT_EQ(code(store().unlink_blob(key, digest_no(10))), Code::kNameUnknown);
  push(key, 1, {"v1"}, {10});
  EXPECT_EQ(code(store().unlink_blob(key, digest_no(11))), Code::kBlobUnknown);
  EXPECT_EQ(code(store().unlink_blob(key, digest_no(10))), Code::kDisallowed);
  ok(store().find_blob(key, digest_no(10)));
  ok(store().remove_manifest(key, digest_no(1)));
  ok(store().unlink_blob(key, digest_no(10)));
  EXPECT_EQ(code(store().find_blob(key, digest_no(10))), Code::kBlobUnknown);
  EXPECT_EQ(ok(store().usage("default")).bytes, 0U);
}

TEST_P(MetadataStoreContract, ABlobLinkedAfterItsManifestIsNeededAtOnce) {
  const auto key = key_of("app");
  auto write = image(key, 1, {});
  write.references = {{ReferenceKind::kLayer, digest_no(10), {}, {}}};  // a foreign layer
  ok(store().put_manifest(write));
  ok(store().link_blob(key, blob_no(10), ""));
  EXPECT_THAT(ok(store().idle_links(0, 10)).items, IsEmpty());
  EXPECT_EQ(code(store().unlink_blob(key, digest_no(10))), Code::kDisallowed);
}

TEST_P(MetadataStoreContract, KeepsUploadsUntilTheyAreLinkedOrRemoved) {
  UploadRecord upload{.id = "00000000-0000-4000-8000-000000000001",
                      .repository = key_of("app"),
                      .algorithm = oci::Algorithm::kSha512,
                      .checkpoint = {.offset = 1ULL << 40, .hash_state = "h", .backend_state = "b"},
                      .updated = clock_.now()};
  EXPECT_EQ(code(store().load_upload(upload.id)), Code::kBlobUploadUnknown);
  ok(store().save_upload(upload));
  upload.checkpoint.offset += 5;
  upload.checkpoint.hash_state = "h2";
  ok(store().save_upload(upload));
  reopen();
  const auto loaded = ok(store().load_upload(upload.id));
  EXPECT_EQ(loaded.repository, upload.repository);
  EXPECT_EQ(loaded.algorithm, oci::Algorithm::kSha512);
  EXPECT_EQ(loaded.checkpoint.offset, (1ULL << 40) + 5);
  EXPECT_EQ(loaded.checkpoint.hash_state, "h2");
  EXPECT_EQ(loaded.checkpoint.backend_state, "b");
  EXPECT_EQ(loaded.updated, upload.updated);

  UploadRecord later = upload;
  later.id.back() = '2';
  later.updated += std::chrono::seconds(10);
  ok(store().save_upload(later));
  EXPECT_THAT(ok(store().upload_ids()), ElementsAre(upload.id, later.id));
  EXPECT_THAT(ok(store().stale_uploads(upload.updated)), IsEmpty());
  EXPECT_THAT(ok(store().stale_uploads(later.updated)), ElementsAre(upload.id));

  ok(store().link_blob(key_of("app"), blob_no(10), upload.id));
  EXPECT_EQ(code(store().load_upload(upload.id)), Code::kBlobUploadUnknown);
  ok(store().remove_upload(later.id));
  ok(store().remove_upload(later.id));
  EXPECT_THAT(ok(store().upload_ids()), IsEmpty());
}

TEST_P(MetadataStoreContract, ReferringNamesManifestsThenRepositories) {
  push(key_of("a"), 1, {}, {10});
  ok(store().mount_blob(key_of("a"), key_of("b"), digest_no(10)));
  EXPECT_THAT(ok(store().referring(digest_no(10), 10)),
              UnorderedElementsAre("default/a@" + digest_no(1).text(), "default/a", "default/b"));
  EXPECT_THAT(ok(store().referring(digest_no(10), 1)),
              ElementsAre("default/a@" + digest_no(1).text()));
  EXPECT_THAT(ok(store().referring(digest_no(1), 10)), ElementsAre("default/a"));
  EXPECT_THAT(ok(store().referring(digest_no(99), 10)), IsEmpty());
}

}  // namespace
}  // namespace berth::meta
