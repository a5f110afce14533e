// Counts that are kept beside the rows, against the rows. Background work: it reads whole tables in
// one snapshot; a repair then takes each wrong count anew inside one write.
#include <fmt/format.h>

#include <set>

#include "meta/rows.h"
#include "meta/store_impl.h"

namespace berth::meta {
namespace {

struct Difference {
  std::string text;
  Sql fix;
  std::int64_t id = 0;  // of the row to fix, or registry and digest
  std::string registry, digest;
};
using Differences = std::vector<Difference>;

void find_wrong_counts(Session& db, Differences& out) {
  db.each(Sql::kWrongRepositoryCounts, {}, [&](const Row& row) {
    out.push_back(
        {fmt::format("repository {}: {} manifests and {} tags are counted, {} and {} "
                     "exist",
                     row.text(1), row.integer(2), row.integer(4), row.integer(3), row.integer(5)),
         Sql::kFixRepositoryCounts,
         row.integer(0),
         {},
         {}});
  });
  db.each(Sql::kWrongNeeded, {}, [&](const Row& row) {
    out.push_back({fmt::format("repository {}: blob {} is marked as {}", row.text(1), row.text(2),
                               row.flag(3) ? "needed, but no manifest refers to it"
                                           : "idle, but a manifest refers to it"),
                   Sql::kFixNeeded,
                   row.integer(0),
                   {},
                   {}});
  });
}

void find_wrong_links(Session& db, Differences& out) {
  db.each(Sql::kWrongBlobLinks, {}, [&](const Row& row) {
    out.push_back({fmt::format("blob {}: {} links are counted, {} exist", row.text(0),
                               row.integer(1), row.integer(2)),
                   Sql::kFixBlobLinks,
                   0,
                   {},
                   row.text(0)});
  });
  db.each(Sql::kWrongRegistryLinks, {}, [&](const Row& row) {
    out.push_back({fmt::format("registry {}: blob {}: {} links are counted, {} exist", row.text(0),
                               row.text(1), row.integer(2), row.integer(3)),
                   Sql::kFixRegistryLinks, 0, row.text(0), row.text(1)});
  });
  db.each(Sql::kMissingRegistryLinks, {}, [&](const Row& row) {
    out.push_back(
        {fmt::format("registry {}: blob {} is linked, but not counted", row.text(0), row.text(1)),
         Sql::kFixRegistryLinks, 0, row.text(0), row.text(1)});
  });
}

void find_wrong_usage(Session& db, Differences& out) {
  db.each(Sql::kWrongUsage, {}, [&](const Row& row) {
    out.push_back(
        {fmt::format("registry {}: {} bytes and {} repositories are counted, {} and {} "
                     "exist",
                     row.text(0), row.integer(1), row.integer(3), row.integer(2), row.integer(4)),
         Sql::kFixUsage,
         0,
         row.text(0),
         {}});
  });
}

void fix(Transaction& tx, const Difference& d) {
  if (d.fix == Sql::kFixRegistryLinks) {
    tx.db.execute(d.fix, {d.registry, d.digest, d.digest, d.registry, d.digest, d.registry});
    tx.db.execute(Sql::kDropRegistryLink, {d.registry, d.digest});
  } else if (d.fix == Sql::kFixBlobLinks) {
    tx.db.execute(d.fix, {d.digest});
  } else if (d.fix != Sql::kFixUsage) {
    tx.db.execute(d.fix, {d.id});
  }
}

// Usage last: it is the sum of what the others repair.
void fix_all(Transaction& tx, const Differences& differences) {
  std::set<std::string> registries;
  for (const Difference& d : differences) {
    fix(tx, d);
    if (!d.registry.empty()) registries.insert(d.registry);
  }
  for (const std::string& registry : registries) {
    tx.db.execute(Sql::kFixUsage, {registry, registry, registry});
  }
}

}  // namespace

Task<Result<std::vector<std::string>>> SqlStore::check_consistency(bool repair) {
  CO_TRY_ASSIGN(const Differences found,
                co_await readers_.read([](Session& db) -> Result<Differences> {
                  Differences differences;
                  find_wrong_counts(db, differences);
                  find_wrong_links(db, differences);
                  find_wrong_usage(db, differences);
                  return differences;
                }));
  if (repair && !found.empty()) {
    CO_TRY(co_await writer_.write_alone([&](Transaction& tx) -> Result<void> {
      fix_all(tx, found);
      return {};
    }));
  }
  std::vector<std::string> lines;
  lines.reserve(found.size());
  for (const Difference& d : found) lines.push_back(d.text);
  co_return lines;
}

}  // namespace berth::meta
