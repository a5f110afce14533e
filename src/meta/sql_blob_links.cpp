#include <fmt/format.h>

#include "meta/links.h"
#include "meta/rows.h"
#include "meta/store_impl.h"

namespace berth::meta {
namespace {

Error blob_unknown(const RepositoryKey& key, const oci::Digest& digest) {
  return Error(Code::kBlobUnknown,
               fmt::format("Repository '{}' has no blob {}.", key.name.text(), digest.text()))
      .with("digest", digest.text());
}

std::optional<BlobRecord> linked_blob(Session& db, const RepositoryKey& key,
                                      const oci::Digest& digest) {
  std::optional<BlobRecord> found;
  db.first(Sql::kFindBlob, {key.registry, key.name, digest}, [&](const Row& row) {
    found.emplace(BlobRecord{.digest = digest,
                             .size = row.count(0),
                             .location = {row.text(1)},
                             .readable = row.flag(2)});
  });
  return found;
}

Result<BlobRecord> require_blob(Session& db, const RepositoryKey& key, const oci::Digest& digest) {
  if (auto found = linked_blob(db, key, digest)) return std::move(*found);
  TRY(require_repository(db, key));
  return fail(blob_unknown(key, digest));
}

Result<std::optional<blobs::BlobLocation>> link_new(Transaction& tx, const RepositoryKey& key,
                                                    const BlobRecord& blob,
                                                    const std::string& upload_id) {
  TRY_ASSIGN(const RepositoryRow repository, writable_repository(tx, key));
  auto replaced = record_blob(tx, blob.digest, blob.size, blob.location);
  link(tx, key, repository.id, blob.digest);
  if (!upload_id.empty()) tx.db.execute(Sql::kDeleteUpload, {upload_id});
  // No cached answer becomes wrong by a new link: only found blobs are remembered.
  return replaced;
}

// A source that may not be read, or lies in another registry, is like one without the blob: the
// client then uploads, which proves that it has the content.
Result<BlobRecord> mount(Transaction& tx, const RepositoryKey& from, const RepositoryKey& to,
                         const oci::Digest& digest) {
  auto blob = linked_blob(tx.db, from, digest);
  if (!blob || !blob->readable || from.registry != to.registry) {
    return fail(blob_unknown(from, digest));
  }
  TRY_ASSIGN(const RepositoryRow repository, writable_repository(tx, to));
  link(tx, to, repository.id, digest);
  blob->readable = repository.record.attributes.read_enabled;
  return std::move(*blob);
}

Result<void> unlink(Transaction& tx, const RepositoryKey& key, const oci::Digest& digest) {
  TRY_ASSIGN(const RepositoryRow repository, require_repository(tx.db, key));
  if (!tx.db.exists(Sql::kLink, {repository.id, digest})) return fail(blob_unknown(key, digest));
  TRY(check_lock(repository_target(key), repository.record.attributes, LockedFor::kRemoving));
  std::string manifest;
  if (tx.db.first(Sql::kReferringManifest, {digest, repository.id},
                  [&](const Row& row) { manifest = row.text(0); })) {
    return fail(
        disallowed(fmt::format("Manifest '{}' refers to blob {}; delete the manifest first: "
                               "DELETE /v2/{}/manifests/{}.",
                               manifest, digest.text(), key.name.text(), manifest)));
  }
  tx.touch(key);
  tx.db.execute(Sql::kDeleteLink, {repository.id, digest});
  release_link(tx, key.registry, digest);
  return {};
}

}  // namespace

Task<Result<BlobRecord>> SqlStore::find_blob(const RepositoryKey& key, const oci::Digest& digest) {
  const CacheKey cached(key, digest.text());
  if (const auto hit = blobs_.find(cached)) co_return *hit;
  const std::uint64_t version = versions_.current(cached);
  CO_TRY_ASSIGN(BlobRecord found,
                co_await readers_.read([&](Session& db) { return require_blob(db, key, digest); }));
  blobs_.insert(cached, version, found);
  co_return found;
}

Task<Result<std::optional<blobs::BlobLocation>>> SqlStore::link_blob(const RepositoryKey& key,
                                                                     const BlobRecord& blob,
                                                                     const std::string& upload_id) {
  co_return co_await writer_.write(
      [&](Transaction& tx) { return link_new(tx, key, blob, upload_id); });
}

Task<Result<BlobRecord>> SqlStore::mount_blob(const RepositoryKey& from, const RepositoryKey& to,
                                              const oci::Digest& digest) {
  co_return co_await writer_.write([&](Transaction& tx) { return mount(tx, from, to, digest); });
}

Task<Result<void>> SqlStore::unlink_blob(const RepositoryKey& key, const oci::Digest& digest) {
  co_return co_await writer_.write_freeing(
      [&](Transaction& tx) { return unlink(tx, key, digest); });
}

}  // namespace berth::meta
