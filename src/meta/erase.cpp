#include "meta/erase.h"

#include "meta/links.h"
#include "meta/rows.h"

namespace berth::meta {

void erase_references(Transaction& tx, std::int64_t repository, std::int64_t manifest) {
  std::vector<std::string> targets;
  tx.db.each(Sql::kReferenceTargets, {manifest},
             [&](const Row& row) { targets.push_back(row.text(0)); });
  tx.db.execute(Sql::kDeleteReferences, {manifest});
  for (const std::string& target : targets) {
    tx.db.execute(Sql::kIdleLink, {tx.now, tx.now, repository, target, target, repository});
  }
}

void erase_manifest(Transaction& tx, const RepositoryKey& key, std::int64_t repository,
                    std::int64_t manifest, const oci::Digest& digest) {
  erase_references(tx, repository, manifest);
  tx.db.execute(Sql::kDeleteManifest, {manifest});
  release_link(tx, key.registry, digest);
}

Result<void> remove_manifest(Transaction& tx, const RepositoryKey& key, const oci::Digest& digest) {
  TRY_ASSIGN(const RepositoryRow repository, require_repository(tx.db, key));
  TRY_ASSIGN(const ManifestRow row, require_manifest(tx.db, key, repository.id, digest));
  TRY(check_lock(repository_target(key), repository.record.attributes, LockedFor::kRemoving));
  TRY(check_lock(manifest_target(key, digest.text()), row.record.attributes, LockedFor::kRemoving));
  Result<void> tags_free;
  tx.db.first(Sql::kLockedTagOfManifest, {repository.id, digest}, [&](const Row& r) {
    tags_free =
        check_lock(tag_target(key, r.text(0)),
                   {.delete_enabled = r.flag(1), .write_enabled = r.flag(2)}, LockedFor::kRemoving);
  });
  TRY(tags_free);

  tx.touch(key);
  std::int64_t tags = 0;
  tx.db.each(Sql::kDeleteTagsOfManifest, {repository.id, digest}, [&](const Row&) { ++tags; });
  erase_manifest(tx, key, repository.id, row.id, digest);
  tx.db.execute(Sql::kTouchRepository, {tx.now, -1, -tags, 0, repository.id});
  return {};
}

Result<void> remove_tag(Transaction& tx, const RepositoryKey& key, const oci::Tag& tag) {
  TRY_ASSIGN(const RepositoryRow repository, require_repository(tx.db, key));
  TRY_ASSIGN(const TagRecord record, require_tag(tx.db, key, repository.id, tag));
  TRY(check_lock(repository_target(key), repository.record.attributes, LockedFor::kRemoving));
  TRY(check_lock(tag_target(key, tag.text()), record.attributes, LockedFor::kRemoving));
  tx.touch(key);
  tx.db.execute(Sql::kDeleteTag, {repository.id, tag});
  tx.db.execute(Sql::kTouchRepository, {tx.now, 0, -1, 0, repository.id});
  return {};
}

}  // namespace berth::meta
