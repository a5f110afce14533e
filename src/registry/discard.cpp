#include "registry/discard.h"

namespace berth::registry {

Task<> discard_unreferenced(blobs::BlobStore& store, meta::Inventory& inventory, Leases& leases,
                            const oci::Digest& digest, const blobs::BlobLocation& location) {
  const Claim claim = leases.claim({digest});
  if (claim.empty()) co_return;
  const auto known = co_await inventory.have_locations({location});
  if (known && !known->at(0)) {
    // A failure here leaves a file without a row, which the collector removes.
    [[maybe_unused]] const auto removed = co_await store.remove(location);
  }
}

}  // namespace berth::registry
