// Taking a manifest out of a repository, with everything that hangs on it.
#pragma once

#include <cstdint>

#include "meta/records.h"
#include "meta/writer.h"

namespace berth::meta {

// Forgets what the manifest refers to. Blobs that no other manifest of the repository needs become
// idle now.
void erase_references(Transaction& tx, std::int64_t repository, std::int64_t manifest);

// The manifest's tags must be gone already. Does not change the repository's counts.
void erase_manifest(Transaction& tx, const RepositoryKey& key, std::int64_t repository,
                    std::int64_t manifest, const oci::Digest& digest);

// MetadataStore::remove_manifest and remove_tag inside the transaction.
Result<void> remove_manifest(Transaction& tx, const RepositoryKey& key, const oci::Digest& digest);
Result<void> remove_tag(Transaction& tx, const RepositoryKey& key, const oci::Tag& tag);

}  // namespace berth::meta
