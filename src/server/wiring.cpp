#include "server/wiring.h"

#include <unistd.h>

#include "blobs/fs/fs_store.h"
#include "meta/sql_store.h"

namespace berth::server {
namespace {

// The one place where today's policy is written down: the laptop face.
policy::Snapshot laptop_policy() {
  policy::Snapshot snapshot;
  snapshot.registries["default"] = {};
  snapshot.server_uid = ::getuid();
  return snapshot;
}

std::chrono::seconds whole_seconds(milliseconds time) {
  return std::chrono::ceil<std::chrono::seconds>(time);
}

registry::UploadLimits upload_limits(const Config& config) {
  return {config.uploads.checkpoint, config.limits.blob_bytes, config.limits.open_uploads,
          whole_seconds(config.uploads.expire)};
}

registry::ManifestOptions manifest_options(const Config& config) {
  registry::ManifestOptions options;
  options.limits.max_bytes = config.limits.manifest_bytes;
  options.accept_sparse_indexes = config.manifests.sparse_indexes == SparseIndexes::kAccept;
  return options;
}

}  // namespace

Wiring::Wiring(const Config& config, Environment e, DataDirectory d)
    : environment(e),
      data(std::move(d)),
      loop_owner(std::make_unique<asio::io_context>()),
      loop(*loop_owner),
      disk(config.server.disk_threads),
      database(config.server.database_threads),
      gate(laptop_policy()),
      leases(e.clock),
      manifest_cache(config.cache.manifests) {}

// Coroutines that a stop has left in the middle end with the loop, and what they hold (leases, open
// uploads, a collector's run) refers to the services: so the loop goes before these, and after the
// threads that could still resume one.
Wiring::~Wiring() {
  disk.join();
  database.join();
  meta.reset();
  loop_owner.reset();
  registry.reset();
}

Result<std::unique_ptr<Wiring>> Wiring::build(const Config& config, Environment environment) {
  TRY_ASSIGN(DataDirectory data, DataDirectory::open(config.server.data));
  std::unique_ptr<Wiring> wiring(new Wiring(config, environment, std::move(data)));
  TRY(wiring->open_stores(config));
  wiring->registry = std::make_unique<Registry>(*wiring, config);
  return wiring;
}

Result<void> Wiring::open_stores(const Config& config) {
  const auto& [clock, random, log, metrics] = environment;
  blobs::fs::Options files;
  files.root = data.path();
  files.reserve_bytes = config.storage.reserve;
  TRY_ASSIGN(store, blobs::fs::open_store(files, disk, os, clock, random));
  meta::SqliteOptions sqlite;
  sqlite.path = data.database();
  sqlite.readers = config.server.database_threads;
  sqlite.cache_entries = config.cache.metadata_entries;
  TRY_ASSIGN(meta, meta::open_sqlite(sqlite, database, clock, metrics, log));
  return {};
}

Wiring::Registry::Registry(Wiring& w, const Config& config)
    : reader(*w.store, w.disk),
      blobs(*w.store, *w.meta, w.leases),
      uploads(*w.store, *w.meta, w.leases, w.environment.clock, w.environment.random,
              w.environment.log, upload_limits(config)),
      manifests(*w.store, reader, *w.meta, w.leases, w.manifest_cache, manifest_options(config)),
      catalog(*w.meta, reader, w.manifest_cache),
      collector(*w.store, *w.meta, w.leases, w.environment.clock, whole_seconds(config.gc.grace)),
      verifier(reader, *w.meta, w.leases),
      data_plane(w.gate, {blobs, uploads, manifests, catalog}, w.environment.log,
                 {config.limits.manifest_bytes, config.limits.page_entries}),
      operations(w.gate, w.environment.metrics, [&w] { return w.ready(); }),
      maintenance(w.gate, collector, verifier, w.environment.log) {}

Task<Result<void>> Wiring::ready() {
  CO_TRY(co_await store->check());
  co_return co_await meta->check();
}

}  // namespace berth::server
