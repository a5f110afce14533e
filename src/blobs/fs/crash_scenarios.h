// The stories that the crash and fault tests tell, each against every operation of the seam, and
// the judgement of what must be true afterwards. Test programs only.
//
// A story notes in a Ledger what the store has acknowledged. Whatever breaks off the story (power
// cut, error), the ledger then says what may not be missing, and what may not be there.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "base/blocking_pool.h"
#include "base/clock.h"
#include "base/error.h"
#include "blobs/blob_store.h"
#include "blobs/fs/faulty_file_system.h"

namespace berth::blobs::fs::testing {

// A store on a faulty file system. Each open() is a new run of the process.
struct Rig {
  explicit Rig(BlockingPool& pool) : disk(pool), os(std::make_unique<FaultyFileSystem>()) {}
  Result<void> open();
  // The state after a power cut, not opened yet.
  Rig crash(std::uint64_t seed) const;

  BlockingPool& disk;
  std::unique_ptr<FaultyFileSystem> os;
  std::unique_ptr<ManualClock> clock = std::make_unique<ManualClock>();
  std::unique_ptr<BlobStore> store;
  std::uint64_t runs = 0;
};

struct Ledger {
  std::map<BlobLocation, std::string> acknowledged;  // there, with this content
  std::set<BlobLocation> removed;                    // not there
  // Content that was damaged before the story began, and may be there as long as its repair has not
  // been acknowledged.
  std::map<BlobLocation, std::string> damaged;
  std::optional<UploadCheckpoint> checkpoint;  // of kUploadId, with what it will become
  std::string upload_content;
  bool commit_begun = false;
  std::vector<Error> errors;  // what the story was told
};

struct Story {
  std::string name;
  std::function<void(Rig&, Ledger&)> prepare;  // nothing goes wrong here
  std::function<void(Rig&, Ledger&)> act;
};
inline void PrintTo(const Story& story, std::ostream* out) {
  *out << story.name;
}
const std::vector<Story>& stories();

// Opens the rig's store and judges it; one line for each broken promise. Leaves the store changed.
std::vector<std::string> judge(Rig& rig, const Ledger& ledger);

// Plays the story with the power cut before each of its operations, and for each cut judges what
// is left for `seeds` seeds. `setup` may spoil the file system before the story acts.
std::vector<std::string> crash_everywhere(BlockingPool& disk, const Story& story,
                                          std::uint64_t seeds,
                                          const std::function<void(FaultyFileSystem&)>& setup);

}  // namespace berth::blobs::fs::testing
