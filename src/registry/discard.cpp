#include "registry/discard.h"

namespace berth::registry {

Task<> discard_unreferenced(blobs::BlobStore& store, meta::Inventory& inventory, Leases& leases,
                            const oci::Digest& digest, const blobs::BlobLocation& location) {
  const std::vector<oci::Digest> claimed = leases.claim({digest});
  if (claimed.empty()) co_return;
  const auto known = co_await inventory.have_locations({location});
  if (known && !known->at(0)) {
    // A failure here leaves a file without a row, which the collector removes.
    [[maybe_unused]] const auto removed = co_await store.remove(location);
  }
  leases.unclaim(claimed);
}

}  // namespace berth::registry
