// Removes bytes that were published for a request which then failed, unless metadata knows them
// from elsewhere. So bad input leaves nothing behind, without waiting for garbage collection.
#pragma once

#include "blobs/blob_store.h"
#include "meta/metadata_store.h"
#include "registry/leases.h"

namespace berth::registry {

// Call with no lease held on `digest`. Does nothing while another push of the digest is under way:
// whoever is last, or the collector, cleans up.
Task<> discard_unreferenced(blobs::BlobStore& store, meta::Inventory& inventory, Leases& leases,
                            const oci::Digest& digest, const blobs::BlobLocation& location);

}  // namespace berth::registry
