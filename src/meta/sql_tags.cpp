#include <array>

#include "meta/erase.h"
#include "meta/rows.h"
#include "meta/store_impl.h"
#include "meta/time_cursor.h"

namespace berth::meta {
namespace {

struct PageStatements {
  Sql by_name, by_time, by_time_down;
};
constexpr PageStatements kAllTags = {Sql::kTagsByName, Sql::kTagsByTime, Sql::kTagsByTimeDown};
constexpr PageStatements kTagsOfDigest = {Sql::kTagsOfDigestByName, Sql::kTagsOfDigestByTime,
                                          Sql::kTagsOfDigestByTimeDown};

Result<Page<TagRecord>> tag_page(Session& db, const RepositoryKey& key, const std::string& after,
                                 std::size_t limit, TimeOrder order, const std::string& digest) {
  TRY_ASSIGN(const RepositoryRow repository, require_repository(db, key));
  PageReader<TagRecord> page(limit);
  const PageStatements& use = digest.empty() ? kAllTags : kTagsOfDigest;
  std::vector<Value> values = {repository.id};
  if (!digest.empty()) values.emplace_back(digest);
  Sql statement = use.by_name;
  TimeCursor from{{}, after};
  if (order != TimeOrder::kNone) {
    statement = order == TimeOrder::kAscending ? use.by_time : use.by_time_down;
    const auto last = find_tag(db, repository.id, after);
    from = TimeCursor::behind(after, last ? &*last : nullptr, order);
    values.emplace_back(from.time);
  }
  values.emplace_back(from.name);
  values.emplace_back(page.rows());
  db.each(statement, values, [&](const Row& row) { page.add(tag_record(row)); });
  return page.take();
}

Result<TagRecord> change(Transaction& tx, const RepositoryKey& key, const oci::Tag& tag,
                         const AttributesChange& wanted) {
  TRY_ASSIGN(const RepositoryRow repository, require_repository(tx.db, key));
  TRY_ASSIGN(TagRecord record, require_tag(tx.db, key, repository.id, tag));
  tx.touch(key);
  record.attributes = changed(record.attributes, wanted);
  const Attributes& now = record.attributes;
  tx.db.execute(Sql::kSetTagLocks, {now.delete_enabled, now.write_enabled, now.list_enabled,
                                    now.read_enabled, repository.id, tag});
  return record;
}

}  // namespace

Task<Result<Page<oci::Tag>>> SqlStore::tag_names(const RepositoryKey& key, const std::string& after,
                                                 std::size_t limit) {
  co_return co_await readers_.read([&](Session& db) -> Result<Page<oci::Tag>> {
    TRY_ASSIGN(const RepositoryRow repository, require_repository(db, key));
    PageReader<oci::Tag> page(limit);
    db.each(Sql::kTagNames, {repository.id, after, page.rows()},
            [&](const Row& row) { page.add(row.tag(0)); });
    return page.take();
  });
}

Task<Result<Page<TagRecord>>> SqlStore::list_tags(const RepositoryKey& key,
                                                  const std::string& after, std::size_t limit,
                                                  TimeOrder order, const std::string& digest) {
  co_return co_await readers_.read(
      [&](Session& db) { return tag_page(db, key, after, limit, order, digest); });
}

Task<Result<TagRecord>> SqlStore::tag(const RepositoryKey& key, const oci::Tag& tag) {
  co_return co_await readers_.read([&](Session& db) -> Result<TagRecord> {
    TRY_ASSIGN(const RepositoryRow repository, require_repository(db, key));
    return require_tag(db, key, repository.id, tag);
  });
}

Task<Result<TagRecord>> SqlStore::change_tag(const RepositoryKey& key, const oci::Tag& tag,
                                             const AttributesChange& wanted) {
  co_return co_await writer_.write_freeing(
      [&](Transaction& tx) { return meta::change(tx, key, tag, wanted); });
}

Task<Result<void>> SqlStore::remove_tag(const RepositoryKey& key, const oci::Tag& tag) {
  co_return co_await writer_.write_freeing(
      [&](Transaction& tx) { return meta::remove_tag(tx, key, tag); });
}

}  // namespace berth::meta
