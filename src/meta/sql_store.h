// Opens the metadata store on SQLite, in one file that survives power loss after every answered
// write (write-ahead log, flushed by each commit).
//
// One Berth process at a time: the read cache does not see what another process writes, so whoever
// owns the data directory locks it first. The store is safe from any thread; it must not outlive
// the pool, clock, metrics and log that it was given, nor the loops whose Tasks it serves.
//
// What the interface leaves open:
// - On a full disk pushes are refused with kStorageFull, while reads, removals, unlocking and
//   collection go on: `reserve_bytes` are kept on the disk for them.
// - A repository exists from its first link or manifest until remove_repository(), even when it has
//   become empty. One that never held a manifest is not in the catalog and not in
//   Usage::repositories; its tag list is empty, not kNameUnknown.
// - Locks do not move `updated`; pushes do: of the tag, the manifest and the repository.
// - Listings leave out what has list_enabled = false; look-ups by name do not.
// - In a time order, an `after` that no longer exists starts over: a client that deletes what it
//   lists may see an entry twice, but misses none.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/blocking_pool.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/logger.h"
#include "base/metrics.h"
#include "meta/metadata_store.h"

namespace berth::meta {

struct SqliteOptions {
  std::string path;                    // of the database file; its directory must exist
  unsigned readers = 4;                // connections for reading: as many as `db` has threads
  std::size_t cache_entries = 65'536;  // of manifests, and as many of blobs; about 1 KiB each
  std::chrono::milliseconds lock_wait{5000};  // for another process, a backup or a shell
  // Held in `path`-reserve for deleting on a full disk; a push needs it in place. 0: none.
  std::uint64_t reserve_bytes = 16UL * 1024 * 1024;
  std::uint32_t max_pages = 0;  // the file's limit in pages of 4 KiB; 0: the disk's size
};

// Creates the file when it is missing and brings an older schema up to date. Errors: kUnavailable
// when the database is of a newer Berth or is locked by another process, kInvalidRequest when the
// file is something else, kStorageFull, kInternal; `cause` names the path.
Result<std::unique_ptr<MetadataStore>> open_sqlite(const SqliteOptions& options, BlockingPool& db,
                                                   const Clock& clock, Metrics& metrics,
                                                   Logger& log);

}  // namespace berth::meta
