#include <algorithm>
#include <limits>

#include "meta/rows.h"
#include "meta/store_impl.h"

namespace berth::meta {
namespace {

// From this many changes on, a removal is a transaction of its own; see Writer::write_alone.
constexpr std::size_t kManyChanges = 64;

// The highest code point: every text that starts with a prefix sorts below prefix + this, and it
// is valid UTF-8 for engines that check. A range instead of LIKE, which has wildcards and, on
// SQLite, no regard for case.
constexpr std::string_view kAfterAll = "\xF4\x8F\xBF\xBF";

std::int64_t current_version(Session& db, const DocumentChange& change) {
  std::int64_t version = 0;
  db.first(Sql::kDocumentVersion, {change.kind, change.id},
           [&](const Row& row) { version = row.integer(0); });
  return version;
}

Result<void> apply(Transaction& tx, const DocumentChange& change) {
  const std::int64_t version = current_version(tx.db, change);
  if (change.expected && *change.expected != version) {
    return fail(Error(Code::kPreconditionFailed,
                      "It was changed by somebody else in the meantime; read it again.")
                    .with("kind", change.kind)
                    .with("id", change.id));
  }
  if (!change.body) {
    tx.db.execute(Sql::kDeleteDocument, {change.kind, change.id});
  } else if (version == 0) {
    tx.db.execute(Sql::kInsertDocument, {change.kind, change.id, *change.body, tx.now, tx.now});
  } else {
    tx.db.execute(Sql::kUpdateDocument, {*change.body, tx.now, change.kind, change.id});
  }
  return {};
}

Result<TimePoint> apply_all(Transaction& tx, const std::vector<DocumentChange>& changes,
                            const std::vector<Activity>& activities) {
  for (const DocumentChange& change : changes) TRY(apply(tx, change));
  for (const Activity& a : activities) {
    tx.db.execute(Sql::kInsertActivity, {a.at, a.actor, a.actor_name, a.operation, a.target,
                                         a.before, a.after, a.correlation_id, a.client});
  }
  return tx.now;
}

Documents::ActivityRow activity_row(const Row& row) {
  return {row.integer(0),
          {.at = row.time(1),
           .actor = row.text(2),
           .actor_name = row.text(3),
           .operation = row.text(4),
           .target = row.text(5),
           .before = row.text(6),
           .after = row.text(7),
           .correlation_id = row.text(8),
           .client = row.text(9)}};
}

}  // namespace

Task<Result<Page<Document>>> SqlStore::documents(const std::string& kind, const std::string& after,
                                                 std::size_t limit) {
  co_return co_await readers_.read([&](Session& db) -> Result<Page<Document>> {
    PageReader<Document> page(limit);
    db.each(Sql::kDocuments, {kind, after, page.rows()}, [&](const Row& row) {
      page.add({kind, row.text(0), row.text(1), row.integer(2), row.time(3), row.time(4)});
    });
    return page.take();
  });
}

Task<Result<TimePoint>> SqlStore::change(const std::vector<DocumentChange>& changes,
                                         const std::vector<Activity>& activities) {
  const auto job = [&](Transaction& tx) { return apply_all(tx, changes, activities); };
  // On a full disk only what is new is refused: a removal frees space (and may note what is still
  // to be removed), and a change of what is there must go on, as taking back a credential is one.
  const auto removes = [](const DocumentChange& c) { return !c.body.has_value(); };
  const auto is_there = [](const DocumentChange& c) { return c.expected && *c.expected > 0; };
  const bool frees = std::ranges::any_of(changes, removes) ||
                     (!changes.empty() && std::ranges::all_of(changes, is_there));
  if (!frees) co_return co_await writer_.write(job);
  if (changes.size() < kManyChanges) co_return co_await writer_.write_freeing(job);
  co_return co_await writer_.write_alone(job);
}

Task<Result<std::vector<Documents::ActivityRow>>> SqlStore::activities(
    const std::string& target_prefix, std::int64_t before_row, std::size_t limit) {
  co_return co_await readers_.read([&](Session& db) -> Result<std::vector<ActivityRow>> {
    const std::int64_t before =
        before_row == 0 ? std::numeric_limits<std::int64_t>::max() : before_row;
    PageReader<ActivityRow> page(limit);
    const std::string end = target_prefix + std::string(kAfterAll);
    std::vector<Value> values;
    if (!target_prefix.empty()) values = {target_prefix, end};
    values.emplace_back(before);
    values.emplace_back(page.rows());
    db.each(target_prefix.empty() ? Sql::kActivities : Sql::kActivitiesBelow, values,
            [&](const Row& row) { page.add(activity_row(row)); });
    return page.take().items;
  });
}

}  // namespace berth::meta
