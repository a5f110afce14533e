// A registry without HTTP for the tests of this folder: the real file-system store and the real
// metadata in a directory of their own, a clock that the test moves. Test programs only.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <filesystem>

#include "access/gate.h"
#include "blobs/fs/fs_store.h"
#include "blobs/fs/posix_file_system.h"
#include "blobs/store_testing.h"
#include "crypto/hasher.h"
#include "meta/sql_store.h"
#include "registry/blobs.h"
#include "registry/catalog.h"
#include "registry/garbage_collector.h"
#include "registry/manifests.h"
#include "registry/uploads.h"
#include "registry/verifier.h"

namespace berth::registry {

using blobs::testing::wait_for;

// A request body made of pieces; `error` ends it instead of its end.
class PiecesBody final : public ByteStream {
 public:
  explicit PiecesBody(std::vector<std::string> pieces, std::optional<Error> error = {})
      : pieces_(std::move(pieces)), error_(std::move(error)) {}

  Task<Result<std::size_t>> read(std::span<std::byte> out) override {
    while (next_ < pieces_.size() && at_ == pieces_[next_].size()) {
      ++next_;
      at_ = 0;
    }
    if (next_ == pieces_.size()) {
      if (error_) co_return fail(*error_);
      co_return std::size_t{0};
    }
    const std::size_t n = std::min(out.size(), pieces_[next_].size() - at_);
    std::memcpy(out.data(), pieces_[next_].data() + at_, n);
    at_ += n;
    co_return n;
  }

 private:
  std::vector<std::string> pieces_;
  std::optional<Error> error_;
  std::size_t next_ = 0, at_ = 0;
};

inline oci::Digest sha256(std::string_view text) {
  return crypto::digest_of(oci::Algorithm::kSha256, text);
}

class RegistryFixture : public ::testing::Test {
 protected:
  static constexpr std::chrono::seconds kGrace{3600};

  RegistryFixture() {
    std::array<char, 32> name{"/tmp/berth-registry-XXXXXX"};
    root_ = ::mkdtemp(name.data());
    policy_.update([](policy::Snapshot& snapshot) {
      policy::RegistryPolicy registry;
      registry.key = registry.name = "default";
      snapshot.registries.set("default", std::move(registry));
    });
    open();
  }

 public:
  ~RegistryFixture() override {
    close();
    std::filesystem::remove_all(root_);
  }

 protected:
  // As a start of the server: everything that was in memory is gone.
  void open() {
    disk_.emplace(4);
    database_.emplace(2);
    store_ =
        blobs::fs::open_store({.root = root_, .reserve_bytes = 0}, *disk_, os_, clock_, random_)
            .value();
    meta::SqliteOptions options;
    options.path = root_ + "/metadata.db";
    meta_ = meta::open_sqlite(options, *database_, clock_, metrics_, log_).value();
    leases_.emplace(clock_);
    cache_.emplace(1024 * 1024);
    reader_.emplace(*store_, *disk_);
    blobs_.emplace(*store_, *meta_, *leases_);
    uploads_.emplace(*store_, *meta_, *leases_, clock_, random_, log_, limits_);
    manifests_.emplace(*store_, *reader_, *meta_, *leases_, *cache_, manifest_options_);
    catalog_.emplace(*meta_, *reader_, *cache_);
    collector_.emplace(*store_, *meta_, *leases_, clock_, kGrace);
    verifier_.emplace(*reader_, *meta_, *leases_);
  }
  void close() {
    uploads_.reset();
    meta_.reset();
    store_.reset();
    if (disk_) disk_->join();
    if (database_) database_->join();
  }
  void restart() {
    close();
    open();
  }

  access::Visit visit() const {
    policy::Source source;
    source.address = "127.0.0.1";
    source.loopback = true;
    access::Visit visit = gate_.enter({source, "localhost", {}}).value();
    policy::Principal owner;
    owner.kind = policy::PrincipalKind::kOwner;
    visit.identity = access::Identity(std::move(owner));
    return visit;
  }
  template <policy::Action A>
  policy::Permit<A> permit(const std::string& name = "team/app") const {
    return gate_.authorize<A>(visit(), oci::RepositoryName::parse(name).value()).value();
  }
  policy::PushPermit push(const std::string& name = "team/app") const {
    return permit<policy::Action::kPush>(name);
  }
  policy::PullPermit pull(const std::string& name = "team/app") const {
    return permit<policy::Action::kPull>(name);
  }
  policy::OperatePermit operate() const {
    policy::Source source;
    source.own_socket = true;
    source.uid = 0;
    return gate_.authorize<policy::Action::kOperate>(gate_.enter_own_socket(source).value())
        .value();
  }

  oci::Digest push_blob(const std::string& content, const std::string& name = "team/app") {
    PiecesBody body({content});
    oci::Digest digest = sha256(content);
    const auto stored = wait_for(uploads_->store(push(name), {body, {}, content.size()}, digest));
    EXPECT_TRUE(stored) << stored.error().message;
    return digest;
  }
  static std::string image_of(const oci::Digest& config, const std::vector<oci::Digest>& layers) {
    std::string text =
        R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":)"
        R"({"mediaType":"application/vnd.oci.image.config.v1+json","size":1,"digest":")" +
        config.text() + R"("},"layers":[)";
    for (std::size_t i = 0; i < layers.size(); ++i) {
      text += (i == 0 ? "" : ",");
      text += R"({"mediaType":"application/vnd.oci.image.layer.v1.tar","size":1,"digest":")" +
              layers[i].text() + R"("})";
    }
    return text + "]}";
  }
  Result<PushedManifest> put_manifest(const std::string& bytes, const std::string& reference,
                                      const std::string& name = "team/app") {
    const ManifestPush request{oci::parse_reference(reference).value(), {}, "", bytes};
    return wait_for(manifests_->put(push(name), request));
  }
  bool has_blob(const oci::Digest& digest, const std::string& name = "team/app") {
    return wait_for(blobs_->stat(pull(name), digest)).has_value();
  }
  bool has_bytes(const oci::Digest& digest) {
    const auto all = blobs::testing::list_all(*store_);
    for (const auto& blob : *all) {
      if (blob.digest == digest) return true;
    }
    return false;
  }
  // Drives a run to its end and returns everything it found.
  static std::vector<Finding> drive(MaintenanceRun& run) {
    std::vector<Finding> findings;
    while (true) {
      const auto more = wait_for(run.step(findings));
      EXPECT_TRUE(more) << more.error().message << more.error().cause;
      if (!more || !*more) return findings;
    }
  }
  MaintenanceSummary collect(GcRequest request) {
    auto run = collector_->begin(operate(), request).value();
    drive(*run);
    return run->summary();
  }

  std::string root_;
  UploadLimits limits_;
  ManifestOptions manifest_options_;
  ManualClock clock_;
  SystemRandom random_;
  Metrics metrics_;
  Logger log_{2, LogFormat::kHuman, LogLevel::kError, clock_};
  blobs::fs::PosixFileSystem os_;
  access::PolicyStore policy_;
  access::Gate gate_{policy_, "", clock_};
  std::optional<BlockingPool> disk_, database_;
  std::unique_ptr<blobs::BlobStore> store_;
  std::unique_ptr<meta::MetadataStore> meta_;
  std::optional<Leases> leases_;
  std::optional<ManifestCache> cache_;
  std::optional<BlobReader> reader_;
  std::optional<Blobs> blobs_;
  std::optional<Uploads> uploads_;
  std::optional<Manifests> manifests_;
  std::optional<Catalog> catalog_;
  std::optional<GarbageCollector> collector_;
  std::optional<Verifier> verifier_;
};

}  // namespace berth::registry
