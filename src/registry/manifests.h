// Pulls, pushes and removes manifests (OCI Distribution Specification 1.1, "Pulling manifests",
// "Pushing Manifests", "Deleting Manifests"). Bytes are stored and served as received.
// Safe from any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "blobs/blob_store.h"
#include "meta/metadata_store.h"
#include "oci/manifest.h"
#include "policy/permit.h"
#include "registry/blob_reader.h"
#include "registry/leases.h"
#include "registry/manifest_cache.h"

namespace berth::registry {

struct ManifestOptions {
  oci::ManifestLimits limits;
  bool accept_sparse_indexes = false;  // manifests.sparse_indexes
};

struct PulledManifest {
  meta::ResolvedManifest record;
  std::shared_ptr<const std::string> bytes;
};

struct ManifestPush {
  oci::Reference reference;
  std::vector<oci::Tag> extra_tags;
  std::string_view content_type;
  std::string_view bytes;
};

struct PushedManifest {
  oci::Digest digest;
  std::optional<oci::Digest> subject;
};

class Manifests {
 public:
  Manifests(blobs::BlobStore& store, BlobReader& reader, meta::MetadataStore& meta, Leases& leases,
            ManifestCache& cache, ManifestOptions options)
      : store_(store),
        reader_(reader),
        records_(meta),
        tags_(meta),
        repositories_(meta),
        inventory_(meta),
        leases_(leases),
        cache_(cache),
        options_(options) {}
  Manifests(const Manifests&) = delete;
  Manifests& operator=(const Manifests&) = delete;

  // kManifestUnknown or kNameUnknown; kDisallowed when readEnabled is false.
  Task<Result<meta::ResolvedManifest>> stat(const policy::PullPermit& permit,
                                            const oci::Reference& reference);
  Task<Result<PulledManifest>> get(const policy::PullPermit& permit,
                                   const oci::Reference& reference);
  // kManifestInvalid, kManifestBlobUnknown naming every missing part, kDigestInvalid when the
  // reference is a digest that the bytes do not have, kDisallowed.
  Task<Result<PushedManifest>> put(const policy::PushPermit& permit, const ManifestPush& push);
  Task<Result<void>> remove(const policy::DeletePermit& permit, const oci::Digest& digest);
  Task<Result<void>> untag(const policy::MetadataDeletePermit& permit, const oci::Tag& tag);

 private:
  meta::ManifestWrite describe(meta::RepositoryKey key, oci::Digest digest,
                               oci::Manifest manifest) const;

  blobs::BlobStore& store_;
  BlobReader& reader_;
  meta::Manifests& records_;
  meta::Tags& tags_;
  meta::Repositories& repositories_;
  meta::Inventory& inventory_;
  Leases& leases_;
  ManifestCache& cache_;
  const ManifestOptions options_;
};

}  // namespace berth::registry
