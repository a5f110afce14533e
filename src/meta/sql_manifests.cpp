#include <array>

#include "meta/erase.h"
#include "meta/put_manifest.h"
#include "meta/rows.h"
#include "meta/store_impl.h"
#include "meta/time_cursor.h"

namespace berth::meta {
namespace {

Result<ResolvedManifest> resolve_row(Session& db, const RepositoryKey& key,
                                     const oci::Reference& reference) {
  const bool by_tag = std::holds_alternative<oci::Tag>(reference);
  std::optional<ResolvedManifest> found;
  db.first(by_tag ? Sql::kResolveTag : Sql::kResolveDigest,
           {key.registry, key.name, oci::reference_text(reference)}, [&](const Row& row) {
             found.emplace(ResolvedManifest{.digest = row.digest(0),
                                            .media_type = row.text(1),
                                            .size = row.count(2),
                                            .location = {row.text(3)},
                                            .readable = row.flag(4),
                                            .updated = row.time(5)});
           });
  if (found) return std::move(*found);
  // Only now, off the hot path: which part is missing.
  TRY_ASSIGN(const RepositoryRow repository, require_repository(db, key));
  if (by_tag) {
    TRY(require_tag(db, key, repository.id, std::get<oci::Tag>(reference)));
  } else {
    TRY(require_manifest(db, key, repository.id, std::get<oci::Digest>(reference)));
  }
  return fail(Error(Code::kInternal, std::string(code_row(Code::kInternal).meaning))
                  .because("a manifest has no blob row"));
}

Result<Page<ManifestRecord>> manifest_page(Session& db, const RepositoryKey& key,
                                           const std::string& after, std::size_t limit,
                                           TimeOrder order) {
  TRY_ASSIGN(const RepositoryRow repository, require_repository(db, key));
  PageReader<ManifestRecord> page(limit);
  const auto add = [&](const Row& row) { page.add(manifest_row(row).record); };
  if (order == TimeOrder::kNone) {
    db.each(Sql::kManifestsByDigest, {repository.id, after, page.rows()}, add);
    return page.take();
  }
  std::optional<ManifestRow> last;
  if (const auto digest = oci::Digest::parse(after))
    last = find_manifest(db, repository.id, *digest);
  const auto from = TimeCursor::behind(after, last ? &last->record : nullptr, order);
  db.each(order == TimeOrder::kAscending ? Sql::kManifestsByTime : Sql::kManifestsByTimeDown,
          {repository.id, from.time, from.name, page.rows()}, add);
  return page.take();
}

Result<ManifestRecord> change(Transaction& tx, const RepositoryKey& key, const oci::Digest& digest,
                              const AttributesChange& wanted) {
  TRY_ASSIGN(const RepositoryRow repository, require_repository(tx.db, key));
  TRY_ASSIGN(ManifestRow row, require_manifest(tx.db, key, repository.id, digest));
  tx.touch(key);
  const Attributes now = changed(row.record.attributes, wanted);
  tx.db.execute(Sql::kSetManifestLocks, {now.delete_enabled, now.write_enabled, now.list_enabled,
                                         now.read_enabled, row.id});
  row.record.attributes = now;
  return std::move(row.record);
}

Result<Page<ReferrerRecord>> referrer_page(Session& db, const RepositoryKey& key,
                                           const oci::Digest& subject, const std::string& type,
                                           const std::string& after, std::size_t limit) {
  PageReader<ReferrerRecord> page(limit);
  const auto repository = find_repository(db, key);
  if (!repository) return page.take();
  std::vector<Value> values = {repository->id, subject};
  if (!type.empty()) values.emplace_back(type);
  values.emplace_back(after);
  values.emplace_back(page.rows());
  db.each(type.empty() ? Sql::kReferrers : Sql::kReferrersOfType, values, [&](const Row& row) {
    page.add({.digest = row.digest(0),
              .media_type = row.text(1),
              .artifact_type = row.text(2),
              .annotations_json = row.text(3),
              .size = row.count(4)});
  });
  return page.take();
}

}  // namespace

Task<Result<ResolvedManifest>> SqlStore::resolve(const RepositoryKey& key,
                                                 const oci::Reference& reference) {
  const CacheKey cached(key, oci::reference_text(reference));
  if (const auto hit = manifests_.find(cached)) co_return *hit;
  const std::uint64_t version = versions_.current(cached);
  CO_TRY_ASSIGN(ResolvedManifest found, co_await readers_.read([&](Session& db) {
    return resolve_row(db, key, reference);
  }));
  manifests_.insert(cached, version, found);
  co_return found;
}

Task<Result<void>> SqlStore::put_manifest(const ManifestWrite& write) {
  co_return co_await writer_.write([&](Transaction& tx) { return meta::put_manifest(tx, write); });
}

Task<Result<void>> SqlStore::remove_manifest(const RepositoryKey& key, const oci::Digest& digest) {
  co_return co_await writer_.write_freeing(
      [&](Transaction& tx) { return meta::remove_manifest(tx, key, digest); });
}

Task<Result<ManifestRecord>> SqlStore::manifest(const RepositoryKey& key,
                                                const oci::Digest& digest) {
  co_return co_await readers_.read([&](Session& db) -> Result<ManifestRecord> {
    TRY_ASSIGN(const RepositoryRow repository, require_repository(db, key));
    TRY_ASSIGN(ManifestRow row, require_manifest(db, key, repository.id, digest));
    return std::move(row.record);
  });
}

Task<Result<Page<ManifestRecord>>> SqlStore::list_manifests(const RepositoryKey& key,
                                                            const std::string& after,
                                                            std::size_t limit, TimeOrder order) {
  co_return co_await readers_.read(
      [&](Session& db) { return manifest_page(db, key, after, limit, order); });
}

Task<Result<ManifestRecord>> SqlStore::change_manifest(const RepositoryKey& key,
                                                       const oci::Digest& digest,
                                                       const AttributesChange& wanted) {
  co_return co_await writer_.write_freeing(
      [&](Transaction& tx) { return meta::change(tx, key, digest, wanted); });
}

Task<Result<std::vector<oci::Tag>>> SqlStore::tags_of(const RepositoryKey& key,
                                                      const oci::Digest& digest,
                                                      std::size_t limit) {
  co_return co_await readers_.read([&](Session& db) -> Result<std::vector<oci::Tag>> {
    TRY_ASSIGN(const RepositoryRow repository, require_repository(db, key));
    TRY(require_manifest(db, key, repository.id, digest));
    PageReader<oci::Tag> page(limit);
    db.each(Sql::kTagsOfManifest, {repository.id, digest, page.rows()},
            [&](const Row& row) { page.add(row.tag(0)); });
    return page.take().items;
  });
}

Task<Result<std::vector<ChildRecord>>> SqlStore::children_of(const RepositoryKey& key,
                                                             const oci::Digest& digest) {
  co_return co_await readers_.read([&](Session& db) -> Result<std::vector<ChildRecord>> {
    TRY_ASSIGN(const RepositoryRow repository, require_repository(db, key));
    TRY_ASSIGN(const ManifestRow parent, require_manifest(db, key, repository.id, digest));
    std::vector<ChildRecord> children;
    db.each(Sql::kChildren, {parent.id}, [&](const Row& row) {
      children.push_back({.digest = row.digest(0), .architecture = row.text(1), .os = row.text(2)});
    });
    return children;
  });
}

Task<Result<Page<ReferrerRecord>>> SqlStore::referrers(const RepositoryKey& key,
                                                       const oci::Digest& subject,
                                                       const std::string& artifact_type,
                                                       const std::string& after,
                                                       std::size_t limit) {
  co_return co_await readers_.read(
      [&](Session& db) { return referrer_page(db, key, subject, artifact_type, after, limit); });
}

}  // namespace berth::meta
