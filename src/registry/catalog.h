// Lists and describes: repositories, tags, manifests, referrers, and their locks. Thin: each call
// turns a permit into the one metadata call it allows. Safe from any thread.
#pragma once

#include <string>
#include <vector>

#include "meta/metadata_store.h"
#include "policy/permit.h"
#include "registry/blob_reader.h"
#include "registry/manifest_cache.h"

namespace berth::registry {

// Which page of a listing: entries after `after`, at most `limit`.
struct PageRequest {
  std::string after;
  std::size_t limit = 100;
  meta::TimeOrder order = meta::TimeOrder::kNone;
};

// A manifest with what ACR shows beside it.
struct ManifestDetails {
  meta::ManifestRecord record;
  std::vector<oci::Tag> tags;
  std::vector<meta::ChildRecord> children;
};

class Catalog {
 public:
  Catalog(meta::MetadataStore& meta, BlobReader& reader, ManifestCache& cache)
      : meta_(meta), reader_(reader), cache_(cache) {}
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  Task<Result<meta::Page<oci::RepositoryName>>> repositories(const policy::CatalogPermit& permit,
                                                             const PageRequest& page);
  Task<Result<meta::RepositoryRecord>> repository(const policy::MetadataReadPermit& permit);
  Task<Result<meta::RepositoryRecord>> change(const policy::MetadataWritePermit& permit,
                                              const meta::AttributesChange& change);
  Task<Result<meta::RemovedContent>> remove(const policy::DeletePermit& permit);

  Task<Result<meta::Page<oci::Tag>>> tag_names(const policy::MetadataReadPermit& permit,
                                               const PageRequest& page);
  // `digest` empty: tags of every manifest.
  Task<Result<meta::Page<meta::TagRecord>>> tags(const policy::MetadataReadPermit& permit,
                                                 const PageRequest& page,
                                                 const std::string& digest);
  Task<Result<meta::TagRecord>> tag(const policy::MetadataReadPermit& permit, const oci::Tag& tag);
  Task<Result<meta::TagRecord>> change(const policy::MetadataWritePermit& permit,
                                       const oci::Tag& tag, const meta::AttributesChange& change);

  Task<Result<meta::Page<ManifestDetails>>> manifests(const policy::MetadataReadPermit& permit,
                                                      const PageRequest& page);
  Task<Result<ManifestDetails>> manifest(const policy::MetadataReadPermit& permit,
                                         const oci::Digest& digest);
  Task<Result<ManifestDetails>> change(const policy::MetadataWritePermit& permit,
                                       const oci::Digest& digest,
                                       const meta::AttributesChange& change);

  Task<Result<meta::Page<meta::ReferrerRecord>>> referrers(const policy::PullPermit& permit,
                                                           const oci::Digest& subject,
                                                           const std::string& artifact_type,
                                                           const PageRequest& page);

 private:
  Task<Result<ManifestDetails>> details(const meta::RepositoryKey& key,
                                        meta::ManifestRecord record);
  // The platform stands in the image's config. It is read when somebody asks, not when the image is
  // pushed: a push reads nothing back.
  Task<Result<void>> add_platform(const meta::RepositoryKey& key, meta::ManifestRecord& record);

  meta::MetadataStore& meta_;
  BlobReader& reader_;
  ManifestCache& cache_;
};

}  // namespace berth::registry
