#include <algorithm>
#include <optional>

#include "meta/erase.h"
#include "meta/links.h"
#include "meta/rows.h"
#include "meta/store_impl.h"

namespace berth::meta {
namespace {

// Any lock in the repository refuses the whole removal.
Result<void> check_removable(Transaction& tx, const RepositoryKey& key, const RepositoryRow& row) {
  TRY(check_lock(repository_target(key), row.record.attributes, LockedFor::kRemoving));
  Result<void> verdict;
  const auto judge = [&](LockTarget (*target)(const RepositoryKey&, std::string_view)) {
    return [&, target](const Row& r) {
      verdict = check_lock(target(key, r.text(0)),
                           {.delete_enabled = r.flag(1), .write_enabled = r.flag(2)},
                           LockedFor::kRemoving);
    };
  };
  tx.db.first(Sql::kLockedManifest, {row.id}, judge(manifest_target));
  if (verdict) tx.db.first(Sql::kLockedTag, {row.id}, judge(tag_target));
  return verdict;
}

RemovedContent erase_content(Transaction& tx, const RepositoryKey& key, std::int64_t repository) {
  RemovedContent removed;
  tx.db.each(Sql::kDeleteTagsOfRepository, {repository},
             [&](const Row& row) { removed.tags.push_back(row.tag(0)); });
  std::sort(removed.tags.begin(), removed.tags.end());

  std::vector<std::int64_t> ids;
  tx.db.each(Sql::kManifestIds, {repository}, [&](const Row& row) {
    ids.push_back(row.integer(0));
    removed.manifests.push_back(row.digest(1));
  });
  for (std::size_t i = 0; i < ids.size(); ++i) {
    erase_manifest(tx, key, repository, ids[i], removed.manifests[i]);
  }

  std::vector<oci::Digest> links;
  tx.db.each(Sql::kDeleteLinksOfRepository, {repository},
             [&](const Row& row) { links.push_back(row.digest(0)); });
  for (const oci::Digest& digest : links) release_link(tx, key.registry, digest);
  return removed;
}

RemovedContent erase(Transaction& tx, const RepositoryKey& key, const RepositoryRow& row) {
  tx.touch(key);
  RemovedContent removed = erase_content(tx, key, row.id);
  tx.db.execute(Sql::kDeleteRepository, {row.id});
  if (row.had_manifest) tx.db.execute(Sql::kAddUsage, {key.registry, 0, -1});
  return removed;
}

Result<RemovedContent> remove(Transaction& tx, const RepositoryKey& key) {
  TRY_ASSIGN(const RepositoryRow row, require_repository(tx.db, key));
  TRY(check_removable(tx, key, row));
  return erase(tx, key, row);
}

// A lock protects content from its users, not from the removal of the registry.
Result<bool> remove_any(Transaction& tx, const std::string& registry) {
  std::optional<oci::RepositoryName> name;
  tx.db.first(Sql::kFirstRepository, {registry},
              [&](const Row& row) { name = row.repository_name(0); });
  if (!name) return false;
  const RepositoryKey key{registry, *name};
  TRY_ASSIGN(const RepositoryRow row, require_repository(tx.db, key));
  erase(tx, key, row);
  return true;
}

Result<RepositoryRecord> change(Transaction& tx, const RepositoryKey& key,
                                const AttributesChange& wanted) {
  TRY_ASSIGN(RepositoryRow row, require_repository(tx.db, key));
  tx.touch(key);
  const Attributes now = changed(row.record.attributes, wanted);
  tx.db.execute(Sql::kSetRepositoryLocks, {now.delete_enabled, now.write_enabled, now.list_enabled,
                                           now.read_enabled, row.id});
  row.record.attributes = now;
  return std::move(row.record);
}

// The first text behind `after` that a name can be or begin with: every character of a name stands
// behind '!'. So "greater than" is "not less than", and one bound serves for both.
std::string behind(const std::string& after) {
  return after.empty() ? after : after + '!';
}

}  // namespace

Task<Result<Page<oci::RepositoryName>>> SqlStore::catalog(const std::string& registry,
                                                          const std::vector<NameRange>& ranges,
                                                          const std::string& after,
                                                          std::size_t limit) {
  const std::string start = behind(after);
  const auto first = std::ranges::upper_bound(ranges, start, {}, &NameRange::until);
  co_return co_await readers_.read([&](Session& db) -> Result<Page<oci::RepositoryName>> {
    PageReader<oci::RepositoryName> page(limit);
    for (auto range = first; range != ranges.end() && !page.full(); ++range) {
      db.each(Sql::kCatalog, {registry, std::max(range->from, start), range->until, page.rows()},
              [&](const Row& row) { page.add(row.repository_name(0)); });
    }
    return page.take();
  });
}

Task<Result<RepositoryRecord>> SqlStore::repository(const RepositoryKey& key) {
  co_return co_await readers_.read([&](Session& db) -> Result<RepositoryRecord> {
    TRY_ASSIGN(RepositoryRow row, require_repository(db, key));
    return std::move(row.record);
  });
}

Task<Result<RepositoryRecord>> SqlStore::change_repository(const RepositoryKey& key,
                                                           const AttributesChange& wanted) {
  co_return co_await writer_.write_freeing(
      [&](Transaction& tx) { return meta::change(tx, key, wanted); });
}

Task<Result<RemovedContent>> SqlStore::remove_repository(const RepositoryKey& key) {
  co_return co_await writer_.write_alone([&](Transaction& tx) { return remove(tx, key); });
}

Task<Result<bool>> SqlStore::remove_any_repository(const std::string& registry) {
  co_return co_await writer_.write_alone([&](Transaction& tx) { return remove_any(tx, registry); });
}

Task<Result<void>> SqlStore::check_writable(const RepositoryKey& key) {
  co_return co_await readers_.read([&](Session& db) -> Result<void> {
    const auto row = find_repository(db, key);
    if (!row) return {};
    return check_lock(repository_target(key), row->record.attributes, LockedFor::kWriting);
  });
}

Task<Result<Usage>> SqlStore::usage(const std::string& registry) {
  co_return co_await readers_.read([&](Session& db) -> Result<Usage> {
    Usage usage;
    db.first(Sql::kUsage, {registry}, [&](const Row& row) {
      usage = {.bytes = row.count(0), .repositories = row.count(1)};
    });
    return usage;
  });
}

Task<Result<void>> SqlStore::check() {
  co_return co_await readers_.read([](Session& db) -> Result<void> {
    db.execute(Sql::kPing);
    return {};
  });
}

}  // namespace berth::meta
