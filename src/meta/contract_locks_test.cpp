#include "meta/metadata_store_contract.h"

namespace berth::meta {
namespace {

using testing::EndsWith;

// Every test starts from manifest 1 with tag v1 and layer 10.
const RepositoryKey& app() {
  static const RepositoryKey key = key_of("my/app");
  return key;
}

TEST_P(MetadataStoreContract, AWriteLockedRepositoryTakesNoPush) {
  const auto& key = app();
  push(key, 1, {"v1"}, {10});
  ok(store().check_writable(key));
  ok(store().change_repository(key, {.write_enabled = false}));
  const std::string reason =
      "Repository 'my/app' has writeEnabled=false; unlock it with "
      "PATCH /acr/v1/my/app {\"writeEnabled\":true}.";
  expect_disallowed(store().check_writable(key), reason);
  expect_disallowed(store().put_manifest(image(key, 2, {})), reason);
  expect_disallowed(store().link_blob(key, blob_no(11), ""), reason);
  ok(store().link_blob(key_of("other"), blob_no(11), ""));
  expect_disallowed(store().mount_blob(key_of("other"), key, digest_no(11)), reason);
  expect_disallowed(store().remove_tag(key, tag_of("v1")), reason);
  expect_disallowed(store().remove_manifest(key, digest_no(1)), reason);
  expect_disallowed(store().remove_repository(key), reason);
  ok(store().mount_blob(key, key_of("other"), digest_no(10)));  // reading is not writing
  ok(store().change_repository(key, {.write_enabled = true}));
  push(key, 2, {});
}

TEST_P(MetadataStoreContract, ADeleteLockedRepositoryTakesPushesAndLosesNothing) {
  const auto& key = app();
  push(key, 1, {"v1"}, {10});
  ok(store().change_repository(key, {.delete_enabled = false}));
  const std::string reason =
      "Repository 'my/app' has deleteEnabled=false; unlock it with "
      "PATCH /acr/v1/my/app {\"deleteEnabled\":true}.";
  push(key, 2, {"v1"}, {11});
  expect_disallowed(store().remove_tag(key, tag_of("v1")), reason);
  expect_disallowed(store().remove_manifest(key, digest_no(1)), reason);
  expect_disallowed(store().remove_repository(key), reason);
  expect_disallowed(store().unlink_blob(key, digest_no(10)), reason);
}

TEST_P(MetadataStoreContract, AWriteLockedTagNeitherMovesNorGoes) {
  const auto& key = app();
  push(key, 1, {"v1"}, {10});
  ok(store().change_tag(key, tag_of("v1"), {.write_enabled = false}));
  const std::string reason =
      "Tag 'v1' has writeEnabled=false; unlock it with "
      "PATCH /acr/v1/my/app/_tags/v1 {\"writeEnabled\":true}.";
  expect_disallowed(store().put_manifest(image(key, 2, {"v1"})), reason);
  expect_disallowed(store().put_manifest(image(key, 1, {"v1"}, {10})), reason);
  expect_disallowed(store().put_manifest(image(key, 2, {"free", "v1"})), reason);
  EXPECT_EQ(code(store().tag(key, tag_of("free"))), Code::kManifestUnknown);
  expect_disallowed(store().remove_tag(key, tag_of("v1")), reason);
  expect_disallowed(store().remove_manifest(key, digest_no(1)), reason);
  expect_disallowed(store().remove_repository(key), reason);
  ok(store().put_manifest(image(key, 1, {"v2"}, {10})));  // another tag on the same manifest
  EXPECT_EQ(resolved(key, "v1"), digest_no(1));
}

TEST_P(MetadataStoreContract, ADeleteLockedTagMovesButStays) {
  const auto& key = app();
  push(key, 1, {"v1"}, {10});
  ok(store().change_tag(key, tag_of("v1"), {.delete_enabled = false}));
  const std::string reason =
      "Tag 'v1' has deleteEnabled=false; unlock it with "
      "PATCH /acr/v1/my/app/_tags/v1 {\"deleteEnabled\":true}.";
  expect_disallowed(store().remove_tag(key, tag_of("v1")), reason);
  expect_disallowed(store().remove_manifest(key, digest_no(1)), reason);
  push(key, 2, {"v1"});
  ok(store().remove_manifest(key, digest_no(1)));  // no locked tag points at it any more
}

TEST_P(MetadataStoreContract, ALockedManifestStaysWithAllItsTags) {
  const auto& key = app();
  push(key, 1, {"v1"}, {10});
  ok(store().change_manifest(key, digest_no(1), {.delete_enabled = false, .write_enabled = false}));
  const std::string path = "/acr/v1/my/app/_manifests/" + digest_no(1).text();
  const std::string both = "Manifest '" + digest_no(1).text() +
                           "' has writeEnabled=false and deleteEnabled=false; unlock it with "
                           "PATCH " +
                           path + " {\"writeEnabled\":true,\"deleteEnabled\":true}.";
  expect_disallowed(store().remove_manifest(key, digest_no(1)), both);
  expect_disallowed(store().remove_repository(key), both);
  const Error push_error = error(store().put_manifest(image(key, 1, {"v2"}, {10})));
  EXPECT_EQ(push_error.code, Code::kDisallowed);
  EXPECT_THAT(push_error.message, EndsWith("PATCH " + path + " {\"writeEnabled\":true}."));
  ok(store().remove_tag(key, tag_of("v1")));  // the tag itself is not locked
}

TEST_P(MetadataStoreContract, ABlobInUseNamesTheManifest) {
  const auto& key = app();
  push(key, 1, {"v1"}, {10});
  const Error e = error(store().unlink_blob(key, digest_no(10)));
  EXPECT_EQ(e.code, Code::kDisallowed);
  EXPECT_THAT(e.message, testing::StartsWith("The operation is disallowed"));
  EXPECT_THAT(e.message, testing::HasSubstr(digest_no(1).text()));
}

TEST_P(MetadataStoreContract, AnUnreadableSourceCannotBeMounted) {
  const auto& key = app();
  push(key, 1, {"v1"}, {10});
  ok(store().change_repository(key, {.read_enabled = false}));
  EXPECT_EQ(code(store().mount_blob(key, key_of("other"), digest_no(10))), Code::kBlobUnknown);
}

}  // namespace
}  // namespace berth::meta
