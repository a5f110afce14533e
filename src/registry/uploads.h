// Receives blobs: the state machine behind POST, PATCH, PUT, GET and DELETE of
// /v2/<name>/blobs/uploads/ (OCI Distribution Specification 1.1, "Pushing blobs").
//
// Opening an upload costs one map entry; nothing is stored before bytes arrive. While bytes arrive,
// every `checkpoint_bytes` the received part is synced and then recorded in metadata, so that a
// restart continues at the last checkpoint and never trusts a byte that a power cut may have taken.
// finish() answers only after: bytes durable → metadata committed.
//
// Safe from any thread. One request at a time per upload; a second gets kBlobUploadBusy. Memory per
// active request: one buffer of at most 1 MiB.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/byte_stream.h"
#include "base/clock.h"
#include "base/logger.h"
#include "base/random.h"
#include "blobs/blob_store.h"
#include "meta/metadata_store.h"
#include "oci/range.h"
#include "policy/permit.h"
#include "registry/leases.h"

namespace berth::registry {

struct UploadLimits {
  std::uint64_t checkpoint_bytes = 64ULL * 1024 * 1024;
  std::uint64_t max_blob_bytes = 0;  // 0: no limit
  std::size_t max_open = 10'000;
  std::chrono::seconds expire{24 * 3600};
};

// The part of a blob that one request carries.
struct Chunk {
  ByteStream& body;
  std::optional<oci::ByteRange> range;          // Content-Range, if the client sent one
  std::optional<std::uint64_t> content_length;  // nullopt: chunked coding
};

class Uploads {
 public:
  Uploads(blobs::BlobStore& store, meta::MetadataStore& meta, Leases& leases, const Clock& clock,
          RandomSource& random, Logger& log, UploadLimits limits);
  ~Uploads();
  Uploads(const Uploads&) = delete;
  Uploads& operator=(const Uploads&) = delete;

  // Returns the new upload's id. kTooManyRequests when `max_open` are open.
  Task<Result<std::string>> start(const policy::PushPermit& permit, oci::Algorithm algorithm);
  // Receives a chunk and returns how many bytes the upload has now. kRangeInvalid, with the offset
  // in the details, when the chunk does not start where the upload ends: then nothing is read.
  Task<Result<std::uint64_t>> append(const policy::PushPermit& permit, const std::string& id,
                                     Chunk chunk);
  Task<Result<std::uint64_t>> offset(const policy::PushPermit& permit, const std::string& id);
  // Receives the last chunk (maybe empty) and publishes. kDigestInvalid removes the upload.
  Task<Result<void>> finish(const policy::PushPermit& permit, const std::string& id, Chunk chunk,
                            const oci::Digest& expected);
  Task<Result<void>> cancel(const policy::PushPermit& permit, const std::string& id);
  // A blob in one request, without an upload that could be seen from outside; it counts as one.
  Task<Result<void>> store(const policy::PushPermit& permit, Chunk chunk,
                           const oci::Digest& expected);

  // Graceful stop: makes every idle upload resumable.
  Task<> checkpoint_all();
  // Removes uploads that nobody touched for `expire`; call now and then.
  Task<> expire();
  // Call once before serving: removes stored remains of uploads that cannot be continued.
  Task<Result<void>> clean_up_at_start();
  std::size_t open_count() const;

 private:
  struct Entry;
  class Busy;
  class Reservation;
  using EntryPtr = std::shared_ptr<Entry>;

  Task<Result<Busy>> open(const meta::RepositoryKey& key, oci::Algorithm algorithm);
  Task<Result<Busy>> acquire(const policy::PushPermit& permit, const std::string& id);
  Task<Result<EntryPtr>> restore(const meta::RepositoryKey& key, const std::string& id);
  Result<void> check_chunk(const Entry& entry, const Chunk& chunk) const;
  Result<void> check_size(std::uint64_t total) const;
  Task<Result<void>> receive(Entry& entry, Chunk chunk);
  Task<> expire_record(const std::string& id);
  Task<Result<void>> save_checkpoint(Entry& entry);
  Task<Result<void>> publish(Entry& entry, const oci::Digest& expected);
  Task<> discard(Entry& entry);
  Task<Error> give_up(Entry& entry, Error error);
  void forget(const std::string& id);
  EntryPtr insert(EntryPtr entry);

  blobs::BlobStore& store_;
  meta::BlobLinks& links_;
  meta::UploadRecords& records_;
  meta::Repositories& repositories_;
  meta::Inventory& inventory_;
  Leases& leases_;
  const Clock& clock_;
  RandomSource& random_;
  Logger& log_;
  const UploadLimits limits_;
  mutable std::mutex
      mutex_;  // guards what follows, and each entry's `busy`; held for map work only
  std::map<std::string, EntryPtr> entries_;
  std::set<std::string> reserved_;  // ids that a request is restoring or expiring just now
};

}  // namespace berth::registry
