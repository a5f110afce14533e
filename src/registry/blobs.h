// Reads, mounts and removes blobs of a repository. Content lies once for the whole server; a
// repository serves what it links. Safe from any thread.
#pragma once

#include <optional>
#include <string_view>

#include "blobs/blob_store.h"
#include "meta/metadata_store.h"
#include "policy/permit.h"
#include "registry/leases.h"

namespace berth::registry {

struct OpenBlob {
  meta::BlobRecord record;
  std::optional<oci::ByteRange> range;  // the part that `source` is, when less than all was asked
  blobs::BlobSource source;
};

class Blobs {
 public:
  Blobs(blobs::BlobStore& store, meta::BlobLinks& links, Leases& leases)
      : store_(store), links_(links), leases_(leases) {}
  Blobs(const Blobs&) = delete;
  Blobs& operator=(const Blobs&) = delete;

  // kBlobUnknown; kDisallowed when readEnabled is false. Tells the collector that a client knows of
  // the blob now and may refer to it.
  Task<Result<meta::BlobRecord>> stat(const policy::PullPermit& permit, const oci::Digest& digest);
  // `range_header` as the client sent it; kRangeInvalid when nothing of it lies inside the blob:
  // then the detail "size" is the blob's.
  Task<Result<OpenBlob>> open(const policy::PullPermit& permit, const oci::Digest& digest,
                              std::string_view range_header);
  // kBlobUnknown when the source repository does not link it.
  Task<Result<meta::BlobRecord>> mount(const policy::PullPermit& from, const policy::PushPermit& to,
                                       const oci::Digest& digest);
  Task<Result<void>> remove(const policy::DeletePermit& permit, const oci::Digest& digest);

 private:
  blobs::BlobStore& store_;
  meta::BlobLinks& links_;
  Leases& leases_;
};

}  // namespace berth::registry
