#include "meta/put_manifest.h"

#include <fmt/format.h>

#include "meta/erase.h"
#include "meta/links.h"
#include "meta/rows.h"

namespace berth::meta {
namespace {

// The numbers that statements.cpp and stored rows use.
static_assert(static_cast<int>(ReferenceKind::kManifest) == 2);
static_assert(static_cast<int>(ReferenceKind::kSubject) == 3);

// A locked tag refuses a push even of what it points at already: the push would be a write to it.
Result<void> check_locks(Transaction& tx, const ManifestWrite& write, std::int64_t repository,
                         const std::optional<ManifestRow>& existing) {
  const RepositoryKey& key = write.repository;
  if (existing) {
    TRY(check_lock(manifest_target(key, write.digest.text()), existing->record.attributes,
                   LockedFor::kWriting));
  }
  for (const oci::Tag& tag : write.tags) {
    if (const auto found = find_tag(tx.db, repository, tag.text())) {
      TRY(check_lock(tag_target(key, tag.text()), found->attributes, LockedFor::kWriting));
    }
  }
  return {};
}

// One Error for everything that is missing: the first, with the others in `also`.
Result<void> check_present(Transaction& tx, const ManifestWrite& write, std::int64_t repository) {
  std::vector<Error> missing;
  const auto miss = [&](std::string_view what, const oci::Digest& digest) {
    missing.push_back(
        Error(Code::kManifestBlobUnknown,
              fmt::format("{} {} is not in repository '{}'; push it before the manifest that "
                          "refers to it.",
                          what, digest.text(), write.repository.name.text()))
            .with("digest", digest.text()));
  };
  for (const oci::Digest& digest : write.required_blobs) {
    if (!tx.db.exists(Sql::kLink, {repository, digest})) miss("Blob", digest);
  }
  for (const oci::Digest& digest : write.required_manifests) {
    if (!tx.db.exists(Sql::kHasManifest, {repository, digest})) miss("Manifest", digest);
  }
  if (missing.empty()) return {};
  Error first = std::move(missing.front());
  first.also.assign(std::make_move_iterator(missing.begin() + 1),
                    std::make_move_iterator(missing.end()));
  return fail(std::move(first));
}

void insert_references(Transaction& tx, const ManifestWrite& write, std::int64_t repository,
                       std::int64_t manifest) {
  std::int64_t position = 0;
  for (const ManifestReference& to : write.references) {
    tx.db.execute(Sql::kInsertReference,
                  {manifest, position++, repository, static_cast<int>(to.kind), to.digest,
                   to.architecture, to.os});
    if (to.kind != ReferenceKind::kSubject) {
      tx.db.execute(Sql::kNeedLink, {repository, to.digest});
    }
  }
}

// The columns that depend on what was pushed, in the order of kInsertManifest and kUpdateManifest.
std::vector<Value> manifest_values(Transaction& tx, const ManifestWrite& write,
                                   std::int64_t repository) {
  static const std::string none;
  const oci::Manifest& m = write.manifest;
  return {m.media_type,
          m.artifact_type,
          m.config ? m.config->media_type : none,
          m.config ? m.config->architecture : none,
          m.config ? m.config->os : none,
          m.content_size(),
          m.is_index,
          m.subject ? m.subject->digest.text() : none,
          m.annotations_json,
          tx.now,
          repository,
          write.digest};
}

void store_manifest(Transaction& tx, const ManifestWrite& write, std::int64_t repository,
                    const std::optional<ManifestRow>& existing) {
  std::vector<Value> values = manifest_values(tx, write, repository);
  if (!existing) {
    values.emplace_back(tx.now);
    std::int64_t id = 0;
    tx.db.first(Sql::kInsertManifest, values, [&](const Row& row) { id = row.integer(0); });
    count_link(tx, write.repository.registry, write.digest);
    insert_references(tx, write, repository, id);
    return;
  }
  tx.db.execute(Sql::kUpdateManifest, values);
  // The same bytes refer to the same things unless another media type reads them differently.
  if (existing->record.media_type != write.manifest.media_type) {
    erase_references(tx, repository, existing->id);
    insert_references(tx, write, repository, existing->id);
  }
}

// Returns how many tags are new.
std::int64_t store_tags(Transaction& tx, const ManifestWrite& write, std::int64_t repository) {
  std::int64_t made = 0;
  for (const oci::Tag& tag : write.tags) {
    if (find_tag(tx.db, repository, tag.text())) {
      tx.db.execute(Sql::kMoveTag, {write.digest, tx.now, repository, tag});
    } else {
      tx.db.execute(Sql::kInsertTag, {repository, tag, write.digest, tx.now, tx.now});
      ++made;
    }
  }
  return made;
}

}  // namespace

Result<void> put_manifest(Transaction& tx, const ManifestWrite& write) {
  TRY_ASSIGN(const RepositoryRow repository, writable_repository(tx, write.repository));
  const auto existing = find_manifest(tx.db, repository.id, write.digest);
  TRY(check_locks(tx, write, repository.id, existing));
  TRY(check_present(tx, write, repository.id));

  tx.touch(write.repository);
  // A replaced location is not reported: collection finds content that no row names.
  (void)record_blob(tx, write.digest, write.manifest.own_size, write.location);
  store_manifest(tx, write, repository.id, existing);
  const std::int64_t made = store_tags(tx, write, repository.id);
  tx.db.execute(Sql::kTouchRepository, {tx.now, existing ? 0 : 1, made, 1, repository.id});
  if (!repository.had_manifest) tx.db.execute(Sql::kAddUsage, {write.repository.registry, 0, 1});
  return {};
}

}  // namespace berth::meta
