// The only truth about names, tags, manifests, links, locks and uploads. Several small interfaces,
// one SQL implementation (meta/sql_store.h); a service takes only what it uses.
//
// Contract for all: every call is one transaction. A write has reached stable storage when its Task
// completes, and every later read sees it. Costs do not grow with the number of tags, manifests or
// repositories: each call is index lookups plus the size of its answer. Safe from any thread.
// A missing repository is kNameUnknown, a missing manifest or tag kManifestUnknown, a missing blob
// kBlobUnknown; a lock that forbids is kDisallowed and names what is locked and how to unlock it.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/task.h"
#include "meta/documents.h"
#include "meta/records.h"

namespace berth::meta {

// A part of the catalog: names from `from` on that stand before `until`, in byte order. '~' stands
// behind every character of a name, so that a range that says nothing holds them all.
struct NameRange {
  std::string from;
  std::string until = "~";
};

class Repositories {
 public:
  virtual ~Repositories() = default;
  // Names in `ranges` after `after`, in byte order; those with list_enabled = false are left out.
  // The ranges are sorted and apart from each other; each one read costs an index seek, also when
  // it holds no name, and none is read behind a full page or before `after`.
  virtual Task<Result<Page<oci::RepositoryName>>> catalog(const std::string& registry,
                                                          const std::vector<NameRange>& ranges,
                                                          const std::string& after,
                                                          std::size_t limit) = 0;
  virtual Task<Result<RepositoryRecord>> repository(const RepositoryKey& key) = 0;
  virtual Task<Result<RepositoryRecord>> change_repository(const RepositoryKey& key,
                                                           const AttributesChange& change) = 0;
  // Removes manifests, tags and blob links. A lock on any part refuses the whole.
  virtual Task<Result<RemovedContent>> remove_repository(const RepositoryKey& key) = 0;
  // For a registry that was deleted: removes one of its repositories, whatever its locks say and
  // listed or not. False when there is none left.
  virtual Task<Result<bool>> remove_any_repository(const std::string& registry) = 0;
  // kDisallowed when a lock forbids writing; a repository that does not exist yet may be written.
  virtual Task<Result<void>> check_writable(const RepositoryKey& key) = 0;
};

class Manifests {
 public:
  virtual ~Manifests() = default;
  // The hot path of every pull; answers from memory when warm, without leaving the strand.
  virtual Task<Result<ResolvedManifest>> resolve(const RepositoryKey& key,
                                                 const oci::Reference& reference) = 0;
  // Creates the repository if needed. kManifestBlobUnknown with one `also` entry per further
  // missing digest (detail key "digest"). Repeating a push is no error and moves the tags.
  virtual Task<Result<void>> put_manifest(const ManifestWrite& write) = 0;
  // Removes the manifest and every tag that points at it.
  virtual Task<Result<void>> remove_manifest(const RepositoryKey& key,
                                             const oci::Digest& digest) = 0;
  virtual Task<Result<ManifestRecord>> manifest(const RepositoryKey& key,
                                                const oci::Digest& digest) = 0;
  // `after` is a digest text; with a time order the page goes on behind that manifest's time.
  virtual Task<Result<Page<ManifestRecord>>> list_manifests(const RepositoryKey& key,
                                                            const std::string& after,
                                                            std::size_t limit, TimeOrder order) = 0;
  virtual Task<Result<ManifestRecord>> change_manifest(const RepositoryKey& key,
                                                       const oci::Digest& digest,
                                                       const AttributesChange& change) = 0;
  // At most `limit` tag names of a manifest (ACR's `tags` member), and the children of an index.
  virtual Task<Result<std::vector<oci::Tag>>> tags_of(const RepositoryKey& key,
                                                      const oci::Digest& digest,
                                                      std::size_t limit) = 0;
  virtual Task<Result<std::vector<ChildRecord>>> children_of(const RepositoryKey& key,
                                                             const oci::Digest& digest) = 0;
  // Manifests whose subject is `subject`, by digest; `artifact_type` empty: all. An unknown subject
  // or repository is an empty page.
  virtual Task<Result<Page<ReferrerRecord>>> referrers(const RepositoryKey& key,
                                                       const oci::Digest& subject,
                                                       const std::string& artifact_type,
                                                       const std::string& after,
                                                       std::size_t limit) = 0;
};

class Tags {
 public:
  virtual ~Tags() = default;
  // Tag names after `after` in byte order; unlisted ones left out. kNameUnknown without repository.
  virtual Task<Result<Page<oci::Tag>>> tag_names(const RepositoryKey& key, const std::string& after,
                                                 std::size_t limit) = 0;
  // The same with details; `digest` (empty: any) keeps only tags of one manifest.
  virtual Task<Result<Page<TagRecord>>> list_tags(const RepositoryKey& key,
                                                  const std::string& after, std::size_t limit,
                                                  TimeOrder order, const std::string& digest) = 0;
  virtual Task<Result<TagRecord>> tag(const RepositoryKey& key, const oci::Tag& tag) = 0;
  virtual Task<Result<TagRecord>> change_tag(const RepositoryKey& key, const oci::Tag& tag,
                                             const AttributesChange& change) = 0;
  virtual Task<Result<void>> remove_tag(const RepositoryKey& key, const oci::Tag& tag) = 0;
};

// Which blobs a repository may serve. Content itself is stored once for the whole server.
class BlobLinks {
 public:
  virtual ~BlobLinks() = default;
  virtual Task<Result<BlobRecord>> find_blob(const RepositoryKey& key,
                                             const oci::Digest& digest) = 0;
  // Records a durable blob and links it; creates the repository if needed; forgets the upload's row
  // when `upload_id` is not empty. Linking again is no error. Should the digest already have
  // another location, the new one replaces it and the old is returned for removal.
  virtual Task<Result<std::optional<blobs::BlobLocation>>> link_blob(
      const RepositoryKey& key, const BlobRecord& blob, const std::string& upload_id) = 0;
  // Links a blob of `from` into `to`, both of one registry. kBlobUnknown when `from` has no link.
  virtual Task<Result<BlobRecord>> mount_blob(const RepositoryKey& from, const RepositoryKey& to,
                                              const oci::Digest& digest) = 0;
  // kDisallowed, naming a manifest, while a manifest of the repository refers to the blob.
  virtual Task<Result<void>> unlink_blob(const RepositoryKey& key, const oci::Digest& digest) = 0;
};

class UploadRecords {
 public:
  virtual ~UploadRecords() = default;
  virtual Task<Result<void>> save_upload(const UploadRecord& upload) = 0;
  // kBlobUploadUnknown.
  virtual Task<Result<UploadRecord>> load_upload(const std::string& id) = 0;
  virtual Task<Result<void>> remove_upload(const std::string& id) = 0;
  virtual Task<Result<std::vector<std::string>>> upload_ids() = 0;
  // Ids whose last checkpoint is older than `before`.
  virtual Task<Result<std::vector<std::string>>> stale_uploads(TimePoint before) = 0;
};

// A link that no manifest of its repository needs. `since` is when it was made or last needed.
struct IdleLink {
  std::int64_t row = 0;  // position for the next page
  RepositoryKey repository;
  oci::Digest digest;
  TimePoint since{};
};
struct StoredBlobRow {
  oci::Digest digest;
  std::uint64_t size = 0;
  blobs::BlobLocation location;
  TimePoint created{};           // stored, or last removed from a repository by a client
  std::uint64_t links = 0;       // repositories that link it, as blob or as manifest
  std::string first_repository;  // one of them, for reports
};

struct DroppedBlob {
  oci::Digest digest;
  blobs::BlobLocation location;
};

// What garbage collection and verification read and change (docs/storage.md has the protocol).
class Inventory {
 public:
  virtual ~Inventory() = default;
  virtual Task<Result<Page<IdleLink>>> idle_links(std::int64_t after_row, std::size_t limit) = 0;
  // Drops those links that are still idle and whose `since` has not moved; returns the dropped
  // ones.
  virtual Task<Result<std::vector<IdleLink>>> drop_idle_links(
      const std::vector<IdleLink>& links) = 0;
  // All blob rows, manifests' content included, in digest order after `after`.
  virtual Task<Result<Page<StoredBlobRow>>> stored_blobs(const std::string& after,
                                                         std::size_t limit) = 0;
  // Blob rows that nothing links. Cheap: by index, not by scan.
  virtual Task<Result<Page<StoredBlobRow>>> unlinked_blobs(const std::string& after,
                                                           std::size_t limit) = 0;
  // Deletes the rows of those that are still unlinked; what it returns may now be removed.
  virtual Task<Result<std::vector<DroppedBlob>>> drop_unlinked_blobs(
      const std::vector<oci::Digest>& digests) = 0;
  // For content that is damaged or lost: drops its row and every repository's link to it, so that
  // HEAD answers 404 and clients push it again; manifests that refer to it stay. The content of a
  // manifest keeps its row (pushing the manifest again repairs it): then it returns false.
  virtual Task<Result<bool>> forget_content(const oci::Digest& digest) = 0;
  // Which of these locations are those of a row.
  virtual Task<Result<std::vector<bool>>> have_locations(
      const std::vector<blobs::BlobLocation>& locations) = 0;
  // Repositories (and manifests in them) that refer to the digest; for reports, at most `limit`.
  virtual Task<Result<std::vector<std::string>>> referring(const oci::Digest& digest,
                                                           std::size_t limit) = 0;
  // Counts that are kept beside the rows, recomputed and compared; with `repair` corrected.
  // Returns one line of text for every difference.
  virtual Task<Result<std::vector<std::string>>> check_consistency(bool repair) = 0;
};

// Bytes and counts of one registry (ACR's listUsages), kept in the writing transactions.
struct Usage {
  std::uint64_t bytes = 0, repositories = 0;
};
class Usages {
 public:
  virtual ~Usages() = default;
  virtual Task<Result<Usage>> usage(const std::string& registry) = 0;
};

class MetadataStore : public Repositories,
                      public Manifests,
                      public Tags,
                      public BlobLinks,
                      public UploadRecords,
                      public Inventory,
                      public Usages,
                      public Documents {
 public:
  // A round trip to the database, for /readyz.
  virtual Task<Result<void>> check() = 0;
};

}  // namespace berth::meta
