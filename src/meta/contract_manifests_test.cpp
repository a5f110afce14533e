#include "meta/metadata_store_contract.h"

namespace berth::meta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(MetadataStoreContract, ResolvesByTagAndByDigest) {
  const auto key = key_of("app");
  EXPECT_EQ(code(store().resolve(key, tag_of("v1"))), Code::kNameUnknown);
  push(key, 1, {"v1"});
  for (int warm = 0; warm < 2; ++warm) {
    for (const oci::Reference& reference :
         {oci::Reference(tag_of("v1")), oci::Reference(digest_no(1))}) {
      const auto found = ok(store().resolve(key, reference));
      EXPECT_EQ(found.digest, digest_no(1));
      EXPECT_EQ(found.media_type, oci::media_type::kOciManifest);
      EXPECT_EQ(found.size, 50U);
      EXPECT_EQ(found.location.text, "at/" + digest_no(1).text());
      EXPECT_TRUE(found.readable);
      EXPECT_EQ(found.updated, clock_.now());
    }
  }
  EXPECT_EQ(code(store().resolve(key, tag_of("v2"))), Code::kManifestUnknown);
  EXPECT_EQ(code(store().resolve(key, digest_no(2))), Code::kManifestUnknown);
}

TEST_P(MetadataStoreContract, AReadLockShowsInResolveAtOnce) {
  const auto key = key_of("app");
  push(key, 1, {"v1", "v2"});
  const auto readable = [&](const oci::Reference& r) {
    return ok(store().resolve(key, r)).readable;
  };
  EXPECT_TRUE(readable(tag_of("v1")));
  ok(store().change_tag(key, tag_of("v1"), {.read_enabled = false}));
  EXPECT_FALSE(readable(tag_of("v1")));
  EXPECT_TRUE(readable(tag_of("v2")));
  EXPECT_TRUE(readable(digest_no(1)));
  ok(store().change_manifest(key, digest_no(1), {.read_enabled = false}));
  EXPECT_FALSE(readable(tag_of("v2")));
  EXPECT_FALSE(readable(digest_no(1)));
  ok(store().change_manifest(key, digest_no(1), {.read_enabled = true}));
  EXPECT_TRUE(readable(digest_no(1)));
  ok(store().change_repository(key, {.read_enabled = false}));
  EXPECT_FALSE(readable(digest_no(1)));
}

TEST_P(MetadataStoreContract, ManifestRecordHoldsWhatWasPushed) {
  const auto key = key_of("app");
  auto write = image(key, 1, {"v1"});
  write.manifest.artifact_type = "application/x";
  write.manifest.config = oci::Descriptor{.media_type = "application/c",
                                          .digest = digest_no(5),
                                          .size = 20,
                                          .architecture = "arm64",
                                          .os = "linux"};
  write.manifest.layers.push_back({.media_type = "l", .digest = digest_no(6), .size = 30});
  ok(store().put_manifest(write));
  const auto record = ok(store().manifest(key, digest_no(1)));
  EXPECT_EQ(record.digest, digest_no(1));
  EXPECT_EQ(record.media_type, oci::media_type::kOciManifest);
  EXPECT_EQ(record.size, 50U);
  EXPECT_EQ(record.artifact_type, "application/x");
  EXPECT_EQ(record.config_media_type, "application/c");
  EXPECT_EQ(record.architecture, "arm64");
  EXPECT_EQ(record.os, "linux");
  EXPECT_EQ(record.image_size, 100U);
  EXPECT_FALSE(record.is_index);
  EXPECT_EQ(code(store().manifest(key, digest_no(2))), Code::kManifestUnknown);
  EXPECT_EQ(code(store().manifest(key_of("no"), digest_no(1))), Code::kNameUnknown);
}

TEST_P(MetadataStoreContract, PushingAgainMovesTheTagAndNothingElse) {
  const auto key = key_of("app");
  push(key, 1, {"latest"}, {10});
  EXPECT_EQ(resolved(key, "latest"), digest_no(1));
  const TimePoint start = clock_.now();
  tick();
  push(key, 2, {"latest"}, {10});
  EXPECT_EQ(resolved(key, "latest"), digest_no(2));
  push(key, 1, {"latest"}, {10});
  EXPECT_EQ(resolved(key, "latest"), digest_no(1));
  const auto record = ok(store().tag(key, tag_of("latest")));
  EXPECT_EQ(record.created, start);
  EXPECT_EQ(record.updated, clock_.now());
  EXPECT_EQ(ok(store().repository(key)).manifest_count, 2U);
  EXPECT_EQ(ok(store().repository(key)).tag_count, 1U);
  EXPECT_EQ(ok(store().manifest(key, digest_no(1))).created, start);
}

TEST_P(MetadataStoreContract, APushOfTheSameBytesAsAnotherTypeReplacesItsReferences) {
  const auto key = key_of("app");
  push(key, 1, {}, {10});
  auto write = image(key, 1, {});
  write.manifest.media_type = oci::media_type::kOciIndex;
  write.manifest.is_index = true;
  ok(store().put_manifest(write));
  EXPECT_TRUE(ok(store().manifest(key, digest_no(1))).is_index);
  ok(store().unlink_blob(key, digest_no(10)));  // nothing refers to it any more
}

TEST_P(MetadataStoreContract, MissingReferencesAreAllNamedAndNothingChanges) {
  const auto key = key_of("app");
  ok(store().link_blob(key, blob_no(10), ""));
  push(key_of("other"), 20, {}, {11});  // present elsewhere does not count
  auto write = image(key, 1, {"v1"}, {10, 11, 12});
  write.required_manifests = {digest_no(20)};
  const Error e = error(store().put_manifest(write));
  EXPECT_EQ(e.code, Code::kManifestBlobUnknown);
  std::vector<std::string> named = {e.details.at(0).value};
  for (const Error& more : e.also) {
    EXPECT_EQ(more.code, Code::kManifestBlobUnknown);
    EXPECT_EQ(more.details.at(0).key, "digest");
    named.push_back(more.details.at(0).value);
  }
  EXPECT_THAT(named, ElementsAre(digest_no(11).text(), digest_no(12).text(), digest_no(20).text()));
  EXPECT_THAT(ok(store().tag_names(key, "", 10)).items, IsEmpty());
  EXPECT_EQ(code(store().manifest(key, digest_no(1))), Code::kManifestUnknown);

  // A refused first push does not even leave the repository.
  EXPECT_EQ(code(store().put_manifest(image(key_of("new"), 1, {}, {99}))),
            Code::kManifestBlobUnknown);
  EXPECT_EQ(code(store().repository(key_of("new"))), Code::kNameUnknown);
}

TEST_P(MetadataStoreContract, RemovingAManifestTakesItsTagsOnly) {
  const auto key = key_of("app");
  push(key, 1, {"a", "b"});
  push(key, 2, {"c"});
  EXPECT_EQ(resolved(key, "a"), digest_no(1));
  ok(store().remove_manifest(key, digest_no(1)));
  EXPECT_EQ(code(store().resolve(key, tag_of("a"))), Code::kManifestUnknown);
  EXPECT_EQ(code(store().resolve(key, digest_no(1))), Code::kManifestUnknown);
  EXPECT_THAT(texts(ok(store().tag_names(key, "", 10)).items), ElementsAre("c"));
  EXPECT_EQ(code(store().remove_manifest(key, digest_no(1))), Code::kManifestUnknown);
  EXPECT_EQ(code(store().remove_manifest(key_of("no"), digest_no(1))), Code::kNameUnknown);
}

TEST_P(MetadataStoreContract, ListsManifestsByDigestAndByTime) {
  const auto key = key_of("app");
  EXPECT_EQ(code(store().list_manifests(key, "", 10, TimeOrder::kNone)), Code::kNameUnknown);
  for (const std::uint64_t number : {3U, 1U, 4U, 2U}) {
    push(key, number, {});
    if (number != 1) tick();  // 1 and 4 share a time: then the digest decides
  }
  const auto list = [&](std::uint64_t after, std::size_t limit, TimeOrder order) {
    const auto page =
        ok(store().list_manifests(key, after == 0 ? "" : digest_no(after).text(), limit, order));
    std::string text;
    for (const auto& m : page.items) text += m.digest.text().back();
    return text + (page.more ? "+" : "");
  };
  EXPECT_EQ(list(0, 10, TimeOrder::kNone), "1234");
  EXPECT_EQ(list(1, 2, TimeOrder::kNone), "23+");
  EXPECT_EQ(list(0, 10, TimeOrder::kAscending), "3142");
  EXPECT_EQ(list(1, 1, TimeOrder::kAscending), "4+");
  EXPECT_EQ(list(4, 1, TimeOrder::kAscending), "2");
  EXPECT_EQ(list(0, 3, TimeOrder::kDescending), "241+");
  EXPECT_EQ(list(1, 3, TimeOrder::kDescending), "3");
  EXPECT_EQ(list(3, 3, TimeOrder::kDescending), "");
  ok(store().change_manifest(key, digest_no(4), {.list_enabled = false}));
  EXPECT_EQ(list(0, 10, TimeOrder::kNone), "123");
  EXPECT_EQ(list(0, 10, TimeOrder::kDescending), "213");
  // A cursor that is gone starts over.
  ok(store().remove_manifest(key, digest_no(3)));
  EXPECT_EQ(list(3, 10, TimeOrder::kAscending), "12");
}

TEST_P(MetadataStoreContract, NamesTheTagsAndChildrenOfAManifest) {
  const auto key = key_of("app");
  push(key, 1, {"b", "a", "c"});
  push(key, 2, {"d"});
  EXPECT_THAT(texts(ok(store().tags_of(key, digest_no(1), 10))), ElementsAre("a", "b", "c"));
  EXPECT_THAT(texts(ok(store().tags_of(key, digest_no(1), 2))), ElementsAre("a", "b"));
  EXPECT_EQ(code(store().tags_of(key, digest_no(9), 2)), Code::kManifestUnknown);

  auto index = image(key, 3, {});
  index.manifest.is_index = true;
  index.required_manifests = {digest_no(2), digest_no(1)};
  index.references = {{ReferenceKind::kManifest, digest_no(2), "amd64", "linux"},
                      {ReferenceKind::kManifest, digest_no(1), "arm64", "linux"}};
  ok(store().put_manifest(index));
  const auto children = ok(store().children_of(key, digest_no(3)));
  EXPECT_THAT(texts(children), ElementsAre(digest_no(2).text(), digest_no(1).text()));
  EXPECT_EQ(children.at(1).architecture, "arm64");
  EXPECT_THAT(ok(store().children_of(key, digest_no(1))), IsEmpty());
  EXPECT_EQ(code(store().children_of(key, digest_no(9))), Code::kManifestUnknown);
}

TEST_P(MetadataStoreContract, ReferrersAreFoundBySubjectAndType) {
  const auto key = key_of("app");
  const auto subject = digest_no(100);  // it need not exist
  EXPECT_THAT(ok(store().referrers(key, subject, "", "", 10)).items, IsEmpty());
  for (const std::uint64_t number : {3U, 1U, 2U}) {
    auto write = image(key, number, {});
    write.manifest.artifact_type = number == 2 ? "sbom" : "signature";
    write.manifest.subject = oci::Descriptor{.media_type = "m", .digest = subject, .size = 1};
    write.manifest.annotations_json = R"({"n":"1"})";
    write.references = {{ReferenceKind::kSubject, subject, {}, {}}};
    ok(store().put_manifest(write));
  }
  push(key, 4, {});
  const auto all = ok(store().referrers(key, subject, "", "", 10));
  EXPECT_THAT(texts(all.items),
              ElementsAre(digest_no(1).text(), digest_no(2).text(), digest_no(3).text()));
  EXPECT_EQ(all.items.at(1).artifact_type, "sbom");
  EXPECT_EQ(all.items.at(1).annotations_json, R"({"n":"1"})");
  EXPECT_EQ(all.items.at(1).size, 50U);
  const auto page = ok(store().referrers(key, subject, "signature", "", 1));
  EXPECT_THAT(texts(page.items), ElementsAre(digest_no(1).text()));
  EXPECT_TRUE(page.more);
  const auto rest = ok(store().referrers(key, subject, "signature", digest_no(1).text(), 1));
  EXPECT_THAT(texts(rest.items), ElementsAre(digest_no(3).text()));
  EXPECT_FALSE(rest.more);
  ok(store().remove_manifest(key, digest_no(1)));
  EXPECT_EQ(ok(store().referrers(key, subject, "", "", 10)).items.size(), 2U);
}

}  // namespace
}  // namespace berth::meta
