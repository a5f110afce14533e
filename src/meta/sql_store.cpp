#include "meta/sql_store.h"

#include "meta/sqlite_open.h"
#include "meta/store_impl.h"

namespace berth::meta {
namespace {

Counter& lookups(Metrics& metrics, const char* labels) {
  return metrics.counter("berth_metadata_cache_lookups_total",
                         "Look-ups of manifests and blobs, by whether memory had the answer.",
                         labels);
}

}  // namespace

SqlStore::SqlStore(std::unique_ptr<Session> writer, SpaceReserve reserve,
                   std::vector<std::unique_ptr<Session>> readers, std::size_t cache_entries,
                   BlockingPool& pool, const Clock& clock, Metrics& metrics, Logger& log)
    : manifests_(versions_, cache_entries, lookups(metrics, R"(kind="manifest",result="hit")"),
                 lookups(metrics, R"(kind="manifest",result="miss")")),
      blobs_(versions_, cache_entries, lookups(metrics, R"(kind="blob",result="hit")"),
             lookups(metrics, R"(kind="blob",result="miss")")),
      readers_(std::move(readers), pool),
      writer_(std::move(writer), std::move(reserve), versions_, clock, metrics, log) {}

Result<std::unique_ptr<MetadataStore>> open_sqlite(const SqliteOptions& options, BlockingPool& db,
                                                   const Clock& clock, Metrics& metrics,
                                                   Logger& log) {
  TRY_ASSIGN(std::unique_ptr<Session> writer, open_sqlite_writer(options, clock.now()));
  std::vector<std::unique_ptr<Session>> readers;
  for (unsigned i = 0; i < std::max(1U, options.readers); ++i) {
    TRY_ASSIGN(std::unique_ptr<Session> reader, open_sqlite_reader(options));
    readers.push_back(std::move(reader));
  }
  return std::make_unique<SqlStore>(
      std::move(writer), SpaceReserve(options.path + "-reserve", options.reserve_bytes),
      std::move(readers), options.cache_entries, db, clock, metrics, log);
}

}  // namespace berth::meta
