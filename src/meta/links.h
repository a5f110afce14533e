// Blob rows and who links them, with every count that is kept beside them. The only code that
// changes `links`, `registry_blobs` and the bytes of `registry_usage`.
//
// All run inside the caller's write transaction and throw SqlError.
#pragma once

#include <cstdint>
#include <optional>

#include "meta/records.h"
#include "meta/writer.h"

namespace berth::meta {

// Records content that is durable at `location`. Should the digest have another location, the new
// one replaces it (cached answers of every repository are then void) and the old one is returned.
std::optional<blobs::BlobLocation> record_blob(Transaction& tx, const oci::Digest& digest,
                                               std::uint64_t size,
                                               const blobs::BlobLocation& location);

// One more, or one less, link of a registry's repository to a recorded blob, as blob or manifest.
// A blob's bytes count once per registry, from its first link to its last.
void count_link(Transaction& tx, const std::string& registry, const oci::Digest& digest);
// release_link is for what a client removed: the blob's grace period starts anew. The collector,
// which has waited for one, only uncounts.
void release_link(Transaction& tx, const std::string& registry, const oci::Digest& digest);
void uncount_link(Transaction& tx, const std::string& registry, const oci::Digest& digest);

// Links a recorded blob; a link that exists is renewed: its `since` moves, so that a collector that
// saw it idle before lets it live.
void link(Transaction& tx, const RepositoryKey& key, std::int64_t repository,
          const oci::Digest& digest);

// Drops a blob's row, its links everywhere and their counts. False, and nothing changed, when there
// is no such row or a manifest has this content.
bool forget_blob(Transaction& tx, const oci::Digest& digest);

}  // namespace berth::meta
