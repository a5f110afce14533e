// MetadataStore::put_manifest inside the transaction.
#pragma once

#include "meta/records.h"
#include "meta/writer.h"

namespace berth::meta {

// Locks first, then what must be present, then the change; an Error leaves nothing behind because
// the writer undoes the job.
Result<void> put_manifest(Transaction& tx, const ManifestWrite& write);

}  // namespace berth::meta
