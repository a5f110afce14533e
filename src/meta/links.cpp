#include "meta/links.h"

namespace berth::meta {

std::optional<blobs::BlobLocation> record_blob(Transaction& tx, const oci::Digest& digest,
                                               std::uint64_t size,
                                               const blobs::BlobLocation& location) {
  std::optional<blobs::BlobLocation> stored;
  tx.db.first(Sql::kBlob, {digest}, [&](const Row& row) { stored.emplace(row.text(1)); });
  if (!stored) {
    tx.db.execute(Sql::kInsertBlob, {digest, size, location.text, tx.now});
    return std::nullopt;
  }
  if (*stored == location) return std::nullopt;
  tx.db.execute(Sql::kMoveBlob, {location.text, digest});
  tx.touch_all();
  return stored;
}

namespace {

void add_bytes(Transaction& tx, const std::string& registry, const oci::Digest& digest,
               std::int64_t sign) {
  std::int64_t size = 0;
  tx.db.first(Sql::kBlob, {digest}, [&](const Row& row) { size = row.integer(0); });
  tx.db.execute(Sql::kAddUsage, {registry, sign * size, 0});
}

}  // namespace

void count_link(Transaction& tx, const std::string& registry, const oci::Digest& digest) {
  tx.db.execute(Sql::kCountBlobLink, {1, digest});
  std::int64_t links = 0;
  tx.db.first(Sql::kCountRegistryLink, {registry, digest},
              [&](const Row& row) { links = row.integer(0); });
  if (links == 1) add_bytes(tx, registry, digest, 1);
}

void uncount_link(Transaction& tx, const std::string& registry, const oci::Digest& digest) {
  tx.db.execute(Sql::kCountBlobLink, {-1, digest});
  std::int64_t links = 0;
  tx.db.first(Sql::kUncountRegistryLink, {registry, digest},
              [&](const Row& row) { links = row.integer(0); });
  if (links > 0) return;
  add_bytes(tx, registry, digest, -1);
  tx.db.execute(Sql::kForgetRegistryBlob, {registry, digest});
}

void release_link(Transaction& tx, const std::string& registry, const oci::Digest& digest) {
  uncount_link(tx, registry, digest);
  tx.db.execute(Sql::kStampBlob, {tx.now, digest});
}

void link(Transaction& tx, const RepositoryKey& key, std::int64_t repository,
          const oci::Digest& digest) {
  const bool made =
      tx.db.exists(Sql::kInsertLink, {repository, digest, tx.now, digest, repository});
  if (made) {
    count_link(tx, key.registry, digest);
  } else {
    tx.db.execute(Sql::kRenewLink, {tx.now, tx.now, repository, digest});
  }
}

bool forget_blob(Transaction& tx, const oci::Digest& digest) {
  if (!tx.db.exists(Sql::kBlob, {digest})) return false;
  if (tx.db.exists(Sql::kHoldingRepositories, {digest, 1})) return false;
  tx.touch_all();
  tx.db.execute(Sql::kDeleteLinksOfBlob, {digest});
  std::vector<std::string> registries;
  tx.db.each(Sql::kForgetBlobInRegistries, {digest},
             [&](const Row& row) { registries.push_back(row.text(0)); });
  for (const std::string& registry : registries) add_bytes(tx, registry, digest, -1);
  tx.db.execute(Sql::kDeleteBlob, {digest});
  return true;
}

}  // namespace berth::meta
