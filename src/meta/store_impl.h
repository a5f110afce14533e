// The one implementation of MetadataStore. Its methods are spread over sql_*.cpp, one file per
// interface; what each does inside a transaction stands there in plain functions.
#pragma once

#include <memory>
#include <vector>

#include "base/logger.h"
#include "meta/metadata_store.h"
#include "meta/read_cache.h"
#include "meta/readers.h"
#include "meta/writer.h"

namespace berth::meta {

class SqlStore final : public MetadataStore {
 public:
  SqlStore(std::unique_ptr<Session> writer, SpaceReserve reserve,
           std::vector<std::unique_ptr<Session>> readers, std::size_t cache_entries,
           BlockingPool& pool, const Clock& clock, Metrics& metrics, Logger& log);

  // sql_repositories.cpp
  Task<Result<Page<oci::RepositoryName>>> catalog(const std::string& registry,
                                                  const std::vector<NameRange>& ranges,
                                                  const std::string& after,
                                                  std::size_t limit) override;
  Task<Result<RepositoryRecord>> repository(const RepositoryKey& key) override;
  Task<Result<RepositoryRecord>> change_repository(const RepositoryKey& key,
                                                   const AttributesChange& change) override;
  Task<Result<RemovedContent>> remove_repository(const RepositoryKey& key) override;
  Task<Result<bool>> remove_any_repository(const std::string& registry) override;
  Task<Result<void>> check_writable(const RepositoryKey& key) override;
  Task<Result<Usage>> usage(const std::string& registry) override;
  Task<Result<void>> check() override;

  // sql_manifests.cpp
  Task<Result<ResolvedManifest>> resolve(const RepositoryKey& key,
                                         const oci::Reference& reference) override;
  Task<Result<void>> put_manifest(const ManifestWrite& write) override;
  Task<Result<void>> remove_manifest(const RepositoryKey& key, const oci::Digest& digest) override;
  Task<Result<ManifestRecord>> manifest(const RepositoryKey& key,
                                        const oci::Digest& digest) override;
  Task<Result<Page<ManifestRecord>>> list_manifests(const RepositoryKey& key,
                                                    const std::string& after, std::size_t limit,
                                                    TimeOrder order) override;
  Task<Result<ManifestRecord>> change_manifest(const RepositoryKey& key, const oci::Digest& digest,
                                               const AttributesChange& change) override;
  Task<Result<std::vector<oci::Tag>>> tags_of(const RepositoryKey& key, const oci::Digest& digest,
                                              std::size_t limit) override;
  Task<Result<std::vector<ChildRecord>>> children_of(const RepositoryKey& key,
                                                     const oci::Digest& digest) override;
  Task<Result<Page<ReferrerRecord>>> referrers(const RepositoryKey& key, const oci::Digest& subject,
                                               const std::string& artifact_type,
                                               const std::string& after,
                                               std::size_t limit) override;

  // sql_tags.cpp
  Task<Result<Page<oci::Tag>>> tag_names(const RepositoryKey& key, const std::string& after,
                                         std::size_t limit) override;
  Task<Result<Page<TagRecord>>> list_tags(const RepositoryKey& key, const std::string& after,
                                          std::size_t limit, TimeOrder order,
                                          const std::string& digest) override;
  Task<Result<TagRecord>> tag(const RepositoryKey& key, const oci::Tag& tag) override;
  Task<Result<TagRecord>> change_tag(const RepositoryKey& key, const oci::Tag& tag,
                                     const AttributesChange& change) override;
  Task<Result<void>> remove_tag(const RepositoryKey& key, const oci::Tag& tag) override;

  // sql_blob_links.cpp
  Task<Result<BlobRecord>> find_blob(const RepositoryKey& key, const oci::Digest& digest) override;
  Task<Result<std::optional<blobs::BlobLocation>>> link_blob(const RepositoryKey& key,
                                                             const BlobRecord& blob,
                                                             const std::string& upload_id) override;
  Task<Result<BlobRecord>> mount_blob(const RepositoryKey& from, const RepositoryKey& to,
                                      const oci::Digest& digest) override;
  Task<Result<void>> unlink_blob(const RepositoryKey& key, const oci::Digest& digest) override;

  // sql_uploads.cpp
  Task<Result<void>> save_upload(const UploadRecord& upload) override;
  Task<Result<UploadRecord>> load_upload(const std::string& id) override;
  Task<Result<void>> remove_upload(const std::string& id) override;
  Task<Result<std::vector<std::string>>> upload_ids() override;
  Task<Result<std::vector<std::string>>> stale_uploads(TimePoint before) override;

  // sql_documents.cpp
  Task<Result<Page<Document>>> documents(const std::string& kind, const std::string& after,
                                         std::size_t limit) override;
  Task<Result<TimePoint>> change(const std::vector<DocumentChange>& changes,
                                 const std::vector<Activity>& activities) override;
  Task<Result<std::vector<ActivityRow>>> activities(const std::string& target_prefix,
                                                    std::int64_t before_row,
                                                    std::size_t limit) override;

  // sql_inventory.cpp
  Task<Result<Page<IdleLink>>> idle_links(std::int64_t after_row, std::size_t limit) override;
  Task<Result<std::vector<IdleLink>>> drop_idle_links(const std::vector<IdleLink>& links) override;
  Task<Result<Page<StoredBlobRow>>> stored_blobs(const std::string& after,
                                                 std::size_t limit) override;
  Task<Result<Page<StoredBlobRow>>> unlinked_blobs(const std::string& after,
                                                   std::size_t limit) override;
  Task<Result<std::vector<DroppedBlob>>> drop_unlinked_blobs(
      const std::vector<oci::Digest>& digests) override;
  Task<Result<bool>> forget_content(const oci::Digest& digest) override;
  Task<Result<std::vector<bool>>> have_locations(
      const std::vector<blobs::BlobLocation>& locations) override;
  Task<Result<std::vector<std::string>>> referring(const oci::Digest& digest,
                                                   std::size_t limit) override;
  // sql_consistency.cpp
  Task<Result<std::vector<std::string>>> check_consistency(bool repair) override;

 private:
  RepositoryVersions versions_;
  ReadCache<ResolvedManifest> manifests_;
  ReadCache<BlobRecord> blobs_;
  Readers readers_;
  Writer writer_;  // last: its thread ends before what it uses
};

}  // namespace berth::meta
