#include "registry/uploads.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "registry/discard.h"
#include "registry/permit_key.h"
#include "registry/upload_entry.h"

namespace berth::registry {
namespace {

constexpr std::size_t kBufferBytes = 1024UL * 1024;

Error unknown_upload() {
  return Error(Code::kBlobUploadUnknown,
               "No such upload in this repository: it was finished, cancelled, has expired or was "
               "lost with the server's last stop. Start a new one with POST.");
}

Error busy_upload() {
  return Error(Code::kBlobUploadBusy,
               "Another request is writing to this upload; wait for its answer.");
}

}  // namespace

Uploads::Uploads(blobs::BlobStore& store, meta::MetadataStore& meta, Leases& leases,
                 const Clock& clock, RandomSource& random, Logger& log, UploadLimits limits)
    : store_(store),
      links_(meta),
      records_(meta),
      repositories_(meta),
      inventory_(meta),
      leases_(leases),
      clock_(clock),
      random_(random),
      log_(log),
      limits_(limits) {}

Uploads::~Uploads() = default;

Uploads::EntryPtr Uploads::insert(EntryPtr entry) {
  const std::lock_guard lock(mutex_);
  return entries_.try_emplace(entry->id, entry).first->second;
}

void Uploads::forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  entries_.erase(id);
}

std::size_t Uploads::open_count() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

// An entry that this request alone uses. Looks in memory first, then in metadata: an upload that an
// earlier run of the server had checkpointed goes on there.
Task<Result<Uploads::Busy>> Uploads::acquire(const policy::PushPermit& permit,
                                             const std::string& id) {
  const meta::RepositoryKey key = key_of(permit);
  EntryPtr entry;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(id);
    if (found != entries_.end()) entry = found->second;
  }
  if (!entry) {
    CO_TRY_ASSIGN(entry, co_await restore(key, id));
  }
  if (entry->repository != key) co_return fail(unknown_upload());
  {
    const std::lock_guard lock(mutex_);
    if (entry->busy) co_return fail(busy_upload());
    // Between the look-up and here another request may have ended the upload.
    if (!entries_.contains(id)) co_return fail(unknown_upload());
    entry->busy = true;
    entry->touched = clock_.now();
  }
  co_return Busy(mutex_, std::move(entry));
}

// Continuing cuts the stored part back to its checkpoint, so only one request may do it, and none
// when the upload is in memory already.
Task<Result<Uploads::EntryPtr>> Uploads::restore(const meta::RepositoryKey& key,
                                                 const std::string& id) {
  const Reservation reserved(*this, id);
  if (!reserved) co_return fail(busy_upload());
  CO_TRY_ASSIGN(meta::UploadRecord record, co_await records_.load_upload(id));
  if (record.repository != key) co_return fail(unknown_upload());
  CO_TRY_ASSIGN(auto session, co_await store_.resume_upload(id, record.checkpoint));
  auto entry = std::make_shared<Entry>(id, key, std::move(session), clock_.now());
  entry->recorded = true;
  log_.info("upload resumed", {{"upload", id}, {"offset", record.checkpoint.offset}});
  co_return insert(std::move(entry));
}

// A new upload that this request alone uses. Asking for a place and taking it are one step: many
// requests at once get no more than there are.
Task<Result<Uploads::Busy>> Uploads::open(const meta::RepositoryKey& key,
                                          oci::Algorithm algorithm) {
  const std::string id = make_uuid(random_);
  CO_TRY_ASSIGN(auto session, co_await store_.start_upload(id, algorithm));
  auto entry = std::make_shared<Entry>(id, key, std::move(session), clock_.now());
  entry->busy = true;
  bool fits = false;
  {
    const std::lock_guard lock(mutex_);
    fits = entries_.size() < limits_.max_open;
    if (fits) entries_.emplace(id, entry);
  }
  if (fits) co_return Busy(mutex_, std::move(entry));
  co_await entry->session->cancel();
  co_return fail(Code::kTooManyRequests,
                 fmt::format("{} uploads are open, which is the limit (limits.open_uploads); "
                             "finish or cancel some, or retry later.",
                             limits_.max_open));
}

Task<Result<std::string>> Uploads::start(const policy::PushPermit& permit,
                                         oci::Algorithm algorithm) {
  const meta::RepositoryKey key = key_of(permit);
  CO_TRY(co_await repositories_.check_writable(key));
  const auto busy = co_await open(key, algorithm);
  if (!busy) co_return fail(busy.error());
  co_return busy->entry().id;
}

Task<Result<std::uint64_t>> Uploads::offset(const policy::PushPermit& permit,
                                            const std::string& id) {
  const auto busy = co_await acquire(permit, id);
  if (!busy) co_return fail(busy.error());
  co_return busy->entry().session->offset();
}

Result<void> Uploads::check_size(std::uint64_t total) const {
  if (limits_.max_blob_bytes == 0 || total <= limits_.max_blob_bytes) return {};
  return fail(Code::kTooLarge, fmt::format("A blob may have {} bytes here (limits.blob_bytes).",
                                           limits_.max_blob_bytes));
}

// Everything that can be said against a chunk before its first byte is read.
Result<void> Uploads::check_chunk(const Entry& entry, const Chunk& chunk) const {
  const std::uint64_t offset = entry.session->offset();
  if (chunk.range && chunk.range->first != offset) {
    return fail(Error(Code::kRangeInvalid,
                      fmt::format("The chunk starts at byte {}, but the upload has {} bytes: the "
                                  "next chunk must start at {}.",
                                  chunk.range->first, offset, offset))
                    .with("offset", fmt::to_string(offset)));
  }
  if (chunk.range && chunk.content_length && chunk.range->length() != *chunk.content_length) {
    return fail(Error(Code::kSizeInvalid,
                      fmt::format("Content-Range announces {} bytes, but Content-Length {}.",
                                  chunk.range->length(), *chunk.content_length)));
  }
  const std::uint64_t announced = chunk.content_length.value_or(0);
  return check_size(announced > UINT64_MAX - offset ? UINT64_MAX : offset + announced);
}

// The loop of every push: read, hash, write, one buffer at a time. Whatever was received stays
// received when the client goes away, so that it can continue.
Task<Result<void>> Uploads::receive(Entry& entry, Chunk chunk) {
  CO_TRY(check_chunk(entry, chunk));
  const std::uint64_t start = entry.session->offset();
  const std::uint64_t announced = chunk.content_length.value_or(kBufferBytes);
  std::vector<std::byte> buffer(
      static_cast<std::size_t>(std::clamp<std::uint64_t>(announced, 1, kBufferBytes)));
  Result<void> outcome;
  for (bool ended = false; !ended && outcome;) {
    std::size_t filled = 0;
    while (filled < buffer.size() && !ended && outcome) {
      const auto n = co_await chunk.body.read(std::span(buffer).subspan(filled));
      if (!n) {
        outcome = fail(n.error());
      } else {
        ended = *n == 0;
        filled += *n;
      }
    }
    CO_TRY(check_size(entry.session->offset() + filled));
    if (filled > 0) CO_TRY(co_await entry.session->append(std::span(buffer).first(filled)));
    if (entry.session->unsynced() >= limits_.checkpoint_bytes) {
      CO_TRY(co_await save_checkpoint(entry));
    }
  }
  CO_TRY(std::move(outcome));
  const std::uint64_t received = entry.session->offset() - start;
  if (chunk.range && received != chunk.range->length()) {
    co_return fail(
        Error(Code::kSizeInvalid, fmt::format("Content-Range announces {} bytes, but {} were sent.",
                                              chunk.range->length(), received))
            .with("offset", fmt::to_string(entry.session->offset())));
  }
  co_return Result<void>{};
}

// After a request that failed in the middle: an unusable upload ends; any other keeps what came, on
// the disk, so that uploads between two requests cost no memory.
Task<Error> Uploads::give_up(Entry& entry, Error error) {
  bool usable = !Entry::fatal(error.code);
  if (usable) usable = (co_await entry.session->flush()).has_value();
  if (!usable) co_await discard(entry);
  co_return error;
}

Task<Result<void>> Uploads::save_checkpoint(Entry& entry) {
  meta::UploadRecord record{
      entry.id, entry.repository, entry.session->algorithm(), {}, clock_.now()};
  CO_TRY_ASSIGN(record.checkpoint, co_await entry.session->checkpoint());
  CO_TRY(co_await records_.save_upload(record));
  entry.recorded = true;
  co_return Result<void>{};
}

Task<Result<std::uint64_t>> Uploads::append(const policy::PushPermit& permit, const std::string& id,
                                            Chunk chunk) {
  auto busy = co_await acquire(permit, id);
  if (!busy) co_return fail(busy.error());
  Entry& entry = busy->entry();
  CO_TRY(co_await repositories_.check_writable(entry.repository));
  auto received = co_await receive(entry, chunk);
  if (received) received = co_await entry.session->flush();
  if (!received) co_return fail(co_await give_up(entry, std::move(received).error()));
  co_return entry.session->offset();
}

// Bytes durable, then metadata, then the answer. The lease spans both, so that the collector never
// sees the bytes without a row as garbage.
Task<Result<void>> Uploads::publish(Entry& entry, const oci::Digest& expected) {
  meta::BlobRecord blob{expected, entry.session->offset(), {}, true};
  Result<std::optional<blobs::BlobLocation>> replaced;
  {
    const Lease lease = co_await leases_.hold(expected);
    CO_TRY_ASSIGN(blob.location, co_await entry.session->commit(expected));
    leases_.touch(entry.repository, expected);
    replaced = co_await links_.link_blob(entry.repository, blob,
                                         entry.recorded ? entry.id : std::string());
  }
  if (!replaced) {
    co_await discard_unreferenced(store_, inventory_, leases_, expected, blob.location);
    co_return fail(std::move(replaced).error());
  }
  if (*replaced) {
    const auto removed = co_await store_.remove(**replaced);
    if (!removed) log_.warning("old blob copy not removed", {{"cause", removed.error().cause}});
  }
  co_return Result<void>{};
}

Task<Result<void>> Uploads::finish(const policy::PushPermit& permit, const std::string& id,
                                   Chunk chunk, const oci::Digest& expected) {
  auto busy = co_await acquire(permit, id);
  if (!busy) co_return fail(busy.error());
  Entry& entry = busy->entry();
  CO_TRY(co_await repositories_.check_writable(entry.repository));
  // Nothing received yet: hash with the algorithm that the digest names, so that nothing is read
  // back however large the body is.
  if (entry.session->offset() == 0 && entry.session->algorithm() != expected.algorithm()) {
    co_await entry.session->cancel();
    CO_TRY_ASSIGN(entry.session, co_await store_.start_upload(entry.id, expected.algorithm()));
  }
  auto received = co_await receive(entry, chunk);
  if (!received) co_return fail(co_await give_up(entry, std::move(received).error()));
  auto published = co_await publish(entry, expected);
  if (!published) {
    co_await discard(entry);
    co_return fail(std::move(published).error());
  }
  forget(entry.id);
  co_return Result<void>{};
}

Task<Result<void>> Uploads::store(const policy::PushPermit& permit, Chunk chunk,
                                  const oci::Digest& expected) {
  const meta::RepositoryKey key = key_of(permit);
  CO_TRY(co_await repositories_.check_writable(key));
  const auto busy = co_await open(key, expected.algorithm());
  if (!busy) co_return fail(busy.error());
  Entry& entry = busy->entry();
  auto result = co_await receive(entry, chunk);
  if (result) result = co_await publish(entry, expected);
  if (!result) co_await discard(entry);
  forget(entry.id);
  co_return result;
}

Task<Result<void>> Uploads::cancel(const policy::PushPermit& permit, const std::string& id) {
  auto busy = co_await acquire(permit, id);
  if (!busy) co_return fail(busy.error());
  co_await discard(busy->entry());
  co_return Result<void>{};
}

// Ends an upload and everything that was kept of it.
Task<> Uploads::discard(Entry& entry) {
  co_await entry.session->cancel();
  if (entry.recorded) {
    const auto removed = co_await records_.remove_upload(entry.id);
    if (!removed) log_.warning("upload record not removed", {{"cause", removed.error().cause}});
  }
  forget(entry.id);
}

Task<> Uploads::checkpoint_all() {
  std::vector<EntryPtr> idle;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, entry] : entries_) {
      if (!entry->busy && entry->session->unsynced() > 0) {
        entry->busy = true;
        idle.push_back(entry);
      }
    }
  }
  for (EntryPtr& entry : idle) {
    const Busy busy(mutex_, entry);
    const auto saved = co_await save_checkpoint(*entry);
    if (!saved)
      log_.warning("upload not resumable", {{"upload", entry->id}, {"cause", saved.error().cause}});
  }
}

Task<> Uploads::expire() {
  const TimePoint before = clock_.now() - limits_.expire;
  std::vector<EntryPtr> old;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, entry] : entries_) {
      if (!entry->busy && entry->touched < before) {
        entry->busy = true;
        old.push_back(entry);
      }
    }
  }
  for (EntryPtr& entry : old) {
    const Busy busy(mutex_, entry);
    co_await discard(*entry);
    log_.info("upload expired", {{"upload", entry->id}});
  }
  const auto stale = co_await records_.stale_uploads(before);
  if (!stale) co_return;
  for (const std::string& id : *stale) co_await expire_record(id);
}

// An upload of an earlier run that nobody continued.
Task<> Uploads::expire_record(const std::string& id) {
  const Reservation reserved(*this, id);
  if (!reserved) co_return;  // continued after all
  const auto record = co_await records_.load_upload(id);
  if (!record) co_return;
  auto session = co_await store_.resume_upload(id, record->checkpoint);
  if (session) co_await (*session)->cancel();
  const auto removed = co_await records_.remove_upload(id);
  if (removed) log_.info("upload expired", {{"upload", id}});
}

Task<Result<void>> Uploads::clean_up_at_start() {
  CO_TRY_ASSIGN(const std::vector<std::string> ids, co_await records_.upload_ids());
  const std::set<std::string, std::less<>> known(ids.begin(), ids.end());
  CO_TRY_ASSIGN(const std::uint64_t removed,
                co_await store_.remove_stale_uploads(
                    [&](std::string_view id) { return known.contains(id); }));
  if (removed > 0) log_.info("remains of unfinished uploads removed", {{"count", removed}});
  co_return Result<void>{};
}

}  // namespace berth::registry
