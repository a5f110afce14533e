// Checks every stored blob against its digest, the metadata against the blobs, and the counts that
// are kept beside the rows. With repair: damaged or lost blobs are forgotten, so that the next push
// brings them again, and wrong counts are corrected. A blob that cannot be read is reported and
// left alone: the disk may answer tomorrow. Safe from any thread.
#pragma once

#include <memory>
#include <string>

#include "meta/metadata_store.h"
#include "policy/permit.h"
#include "registry/blob_reader.h"
#include "registry/finding.h"
#include "registry/leases.h"

namespace berth::registry {

class Verifier {
 public:
  Verifier(BlobReader& reader, meta::Inventory& inventory, Leases& leases)
      : reader_(reader), inventory_(inventory), leases_(leases) {}
  Verifier(const Verifier&) = delete;
  Verifier& operator=(const Verifier&) = delete;

  // Reports problems only. The run must not outlive the verifier.
  std::unique_ptr<MaintenanceRun> begin(const policy::OperatePermit& permit, bool repair);

 private:
  class Run;
  BlobReader& reader_;
  meta::Inventory& inventory_;
  Leases& leases_;
};

}  // namespace berth::registry
