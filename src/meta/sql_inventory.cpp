#include "meta/links.h"
#include "meta/rows.h"
#include "meta/store_impl.h"

namespace berth::meta {
namespace {

Page<StoredBlobRow> blob_page(Session& db, Sql statement, const std::string& after,
                              std::size_t limit) {
  PageReader<StoredBlobRow> page(limit);
  db.each(statement, {after, page.rows()}, [&](const Row& row) {
    page.add({.digest = row.digest(0),
              .size = row.count(1),
              .location = {row.text(2)},
              .created = row.time(3),
              .links = row.count(4),
              .first_repository = row.text(5)});
  });
  return page.take();
}

// Judged again inside the write: whatever a push did meanwhile keeps the link.
bool drop_idle(Transaction& tx, const IdleLink& link) {
  const auto repository = find_repository(tx.db, link.repository);
  if (!repository ||
      !tx.db.exists(Sql::kDropIdleLink, {link.row, repository->id, link.digest, link.since})) {
    return false;
  }
  tx.touch(link.repository);
  uncount_link(tx, link.repository.registry, link.digest);
  return true;
}

}  // namespace

Task<Result<Page<IdleLink>>> SqlStore::idle_links(std::int64_t after_row, std::size_t limit) {
  co_return co_await readers_.read([&](Session& db) -> Result<Page<IdleLink>> {
    PageReader<IdleLink> page(limit);
    db.each(Sql::kIdleLinks, {after_row, page.rows()}, [&](const Row& row) {
      page.add({.row = row.integer(0),
                .repository = {row.text(1), row.repository_name(2)},
                .digest = row.digest(3),
                .since = row.time(4)});
    });
    return page.take();
  });
}

Task<Result<std::vector<IdleLink>>> SqlStore::drop_idle_links(const std::vector<IdleLink>& links) {
  co_return co_await writer_.write_alone([&](Transaction& tx) -> Result<std::vector<IdleLink>> {
    std::vector<IdleLink> dropped;
    for (const IdleLink& link : links) {
      if (drop_idle(tx, link)) dropped.push_back(link);
    }
    return dropped;
  });
}

Task<Result<Page<StoredBlobRow>>> SqlStore::stored_blobs(const std::string& after,
                                                         std::size_t limit) {
  co_return co_await readers_.read([&](Session& db) -> Result<Page<StoredBlobRow>> {
    return blob_page(db, Sql::kStoredBlobs, after, limit);
  });
}

Task<Result<Page<StoredBlobRow>>> SqlStore::unlinked_blobs(const std::string& after,
                                                           std::size_t limit) {
  co_return co_await readers_.read([&](Session& db) -> Result<Page<StoredBlobRow>> {
    return blob_page(db, Sql::kUnlinkedBlobs, after, limit);
  });
}

Task<Result<std::vector<DroppedBlob>>> SqlStore::drop_unlinked_blobs(
    const std::vector<oci::Digest>& digests) {
  co_return co_await writer_.write_alone([&](Transaction& tx) -> Result<std::vector<DroppedBlob>> {
    std::vector<DroppedBlob> free;
    for (const oci::Digest& digest : digests) {
      tx.db.first(Sql::kDropUnlinkedBlob, {digest}, [&](const Row& row) {
        free.push_back({digest, {row.text(0)}});
      });
    }
    return free;
  });
}

Task<Result<bool>> SqlStore::forget_content(const oci::Digest& digest) {
  co_return co_await writer_.write_alone(
      [&](Transaction& tx) -> Result<bool> { return forget_blob(tx, digest); });
}

Task<Result<std::vector<bool>>> SqlStore::have_locations(
    const std::vector<blobs::BlobLocation>& locations) {
  co_return co_await readers_.read([&](Session& db) -> Result<std::vector<bool>> {
    std::vector<bool> have;
    have.reserve(locations.size());
    for (const auto& location : locations) {
      have.push_back(db.exists(Sql::kHasLocation, {location.text}));
    }
    return have;
  });
}

// Manifests that need it as "registry/name@digest", then repositories that hold it themselves.
Task<Result<std::vector<std::string>>> SqlStore::referring(const oci::Digest& digest,
                                                           std::size_t limit) {
  co_return co_await readers_.read([&](Session& db) -> Result<std::vector<std::string>> {
    PageReader<std::string> page(limit);
    for (const Sql statement :
         {Sql::kReferringManifests, Sql::kLinkingRepositories, Sql::kHoldingRepositories}) {
      db.each(statement, {digest, page.rows()}, [&](const Row& row) { page.add(row.text(0)); });
    }
    return page.take().items;
  });
}

}  // namespace berth::meta
