#include "registry/manifests.h"

#include "registry/registry_fixture.h"

namespace berth::registry {
namespace {

using ManifestsTest = RegistryFixture;

oci::Reference ref(const std::string& text) {
  return oci::parse_reference(text).value();
}

TEST_F(ManifestsTest, ServesTheBytesAsReceivedByTagAndDigest) {
  const oci::Digest config = push_blob("c");
  const std::string bytes = image_of(config, {config}) + "\n  ";
  const auto pushed = put_manifest(bytes, "v1");
  ASSERT_TRUE(pushed) << pushed.error().message;
  EXPECT_EQ(pushed->digest, sha256(bytes));
  for (const std::string& reference : {std::string("v1"), pushed->digest.text()}) {
    const auto pulled = wait_for(manifests_->get(pull(), ref(reference)));
    ASSERT_TRUE(pulled);
    EXPECT_EQ(*pulled->bytes, bytes);
    EXPECT_EQ(pulled->record.media_type, oci::media_type::kOciManifest);
  }
  restart();  // nothing in memory
  EXPECT_EQ(*wait_for(manifests_->get(pull(), ref("v1")))->bytes, bytes);
}

TEST_F(ManifestsTest, NamesEveryMissingBlobAndLeavesNothing) {
  const oci::Digest config = push_blob("c");
  const std::string bytes = image_of(config, {sha256("m1"), sha256("m2")});
  const auto refused = put_manifest(bytes, "v1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kManifestBlobUnknown);
  ASSERT_EQ(refused.error().also.size(), 1U);
  std::set<std::string> named{refused.error().details.at(0).value,
                              refused.error().also[0].details.at(0).value};
  EXPECT_EQ(named, (std::set<std::string>{sha256("m1").text(), sha256("m2").text()}));
  EXPECT_FALSE(has_bytes(sha256(bytes)));
  EXPECT_EQ(wait_for(manifests_->stat(pull(), ref("v1"))).error().code, Code::kManifestUnknown);
}

TEST_F(ManifestsTest, ABlobOfAnotherRepositoryDoesNotCount) {
  const oci::Digest config = push_blob("c", "other");
  EXPECT_EQ(put_manifest(image_of(config, {}), "v1").error().code, Code::kManifestBlobUnknown);
  ASSERT_TRUE(wait_for(blobs_->mount(pull("other"), push(), config)));
  EXPECT_TRUE(put_manifest(image_of(config, {}), "v1"));
}

TEST_F(ManifestsTest, AFailedPushDoesNotTakeTheSameManifestFromAnotherRepository) {
  const oci::Digest config = push_blob("c", "other");
  const std::string bytes = image_of(config, {});
  ASSERT_TRUE(put_manifest(bytes, "v1", "other"));
  ASSERT_FALSE(put_manifest(bytes, "v1"));
  EXPECT_TRUE(has_bytes(sha256(bytes)));
  EXPECT_TRUE(wait_for(manifests_->get(pull("other"), ref("v1"))));
}

TEST_F(ManifestsTest, TheDigestInTheUrlMustBeThatOfTheBytes) {
  const auto refused = put_manifest("{}", sha256("other").text());
  EXPECT_EQ(refused.error().code, Code::kDigestInvalid);
}

TEST_F(ManifestsTest, AnIndexNeedsItsChildrenUnlessSparseOnesAreAccepted) {
  const std::string index =
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[)"
      R"({"mediaType":"application/vnd.oci.image.manifest.v1+json","size":1,"digest":")" +
      sha256("child").text() + R"("}]})";
  EXPECT_EQ(put_manifest(index, "v1").error().code, Code::kManifestBlobUnknown);
  manifest_options_.accept_sparse_indexes = true;
  restart();
  EXPECT_TRUE(put_manifest(index, "v1"));
}

TEST_F(ManifestsTest, ADamagedManifestIsNotServedAndAPushRepairsIt) {
  const oci::Digest config = push_blob("c");
  const std::string bytes = image_of(config, {});
  const oci::Digest digest = put_manifest(bytes, "v1")->digest;
  restart();
  const std::string path = root_ + "/blobs/sha256/" + std::string(digest.hex().substr(0, 2)) + "/" +
                           std::string(digest.hex());
  ASSERT_TRUE(std::filesystem::exists(path));
  {
    std::FILE* file = std::fopen(path.c_str(), "r+");
    ASSERT_NE(file, nullptr);
    std::fputc('X', file);
    std::fclose(file);
  }
  EXPECT_EQ(wait_for(manifests_->get(pull(), ref("v1"))).error().code, Code::kInternal);
  ASSERT_TRUE(put_manifest(bytes, "v1"));
  EXPECT_EQ(*wait_for(manifests_->get(pull(), ref("v1")))->bytes, bytes);
}

TEST_F(ManifestsTest, ALostOrShortBlobIsTheServersFaultAndNotServed) {
  const oci::Digest blob = push_blob("content");
  const std::string path = root_ + "/blobs/sha256/" + std::string(blob.hex().substr(0, 2)) + "/" +
                           std::string(blob.hex());
  std::filesystem::resize_file(path, 3);
  EXPECT_EQ(wait_for(blobs_->open(pull(), blob, "")).error().code, Code::kInternal);
  EXPECT_EQ(wait_for(blobs_->open(pull(), blob, "bytes=0-4")).error().code, Code::kInternal);
  std::filesystem::remove(path);
  EXPECT_EQ(wait_for(blobs_->open(pull(), blob, "")).error().code, Code::kInternal);
}

TEST_F(ManifestsTest, ARepairLeavesAloneWhatIsBeingPushed) {
  const oci::Digest blob = push_blob("content");
  std::filesystem::remove(root_ + "/blobs/sha256/" + std::string(blob.hex().substr(0, 2)) + "/" +
                          std::string(blob.hex()));
  {
    const Lease lease = wait_for(leases_->hold(blob));  // a push of the same blob is under way
    drive(*verifier_->begin(operate(), true));
    EXPECT_TRUE(has_blob(blob));
  }
  drive(*verifier_->begin(operate(), true));
  EXPECT_FALSE(has_blob(blob));
}

TEST_F(ManifestsTest, ShowsThePlatformThatTheConfigTells) {
  const oci::Digest config = push_blob(R"({"architecture":"riscv64","os":"linux"})");
  const oci::Digest digest = put_manifest(image_of(config, {}), "v1")->digest;
  const auto read = permit<policy::Action::kMetadataRead>();
  const auto details = wait_for(catalog_->manifest(read, digest));
  ASSERT_TRUE(details);
  EXPECT_EQ(details->record.architecture, "riscv64");
  EXPECT_EQ(details->record.os, "linux");
  EXPECT_EQ(details->tags, (std::vector{oci::Tag::parse("v1").value()}));
}

TEST_F(ManifestsTest, VerifyFindsAndRepairsDamage) {
  const oci::Digest layer = push_blob("layer");
  const oci::Digest config = push_blob("config");
  ASSERT_TRUE(put_manifest(image_of(config, {layer}), "v1"));
  EXPECT_TRUE(drive(*verifier_->begin(operate(), false)).empty());
  const std::string dir = root_ + "/blobs/sha256/";
  const auto path = [&](const oci::Digest& d) {
    return dir + std::string(d.hex().substr(0, 2)) + "/" + std::string(d.hex());
  };
  std::filesystem::resize_file(path(layer), 2);
  std::filesystem::remove(path(config));
  const auto found = drive(*verifier_->begin(operate(), false));
  ASSERT_EQ(found.size(), 2U);
  for (const Finding& finding : found) {
    EXPECT_EQ(finding.verdict,
              finding.content == layer.text() ? Verdict::kDamaged : Verdict::kMissing);
  }
  EXPECT_TRUE(has_blob(layer));
  drive(*verifier_->begin(operate(), true));
  EXPECT_FALSE(has_blob(layer));  // so that the next push brings it
  push_blob("layer");
  push_blob("config");
  EXPECT_TRUE(drive(*verifier_->begin(operate(), false)).empty());
  EXPECT_TRUE(wait_for(manifests_->get(pull(), ref("v1"))));
}

}  // namespace
}  // namespace berth::registry
