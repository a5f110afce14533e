#include "meta/rows.h"

#include <fmt/format.h>

namespace berth::meta {
namespace {

Attributes attributes_at(const Row& row, std::size_t column) {
  return {.delete_enabled = row.flag(column),
          .write_enabled = row.flag(column + 1),
          .list_enabled = row.flag(column + 2),
          .read_enabled = row.flag(column + 3)};
}

}  // namespace

std::optional<RepositoryRow> find_repository(Session& db, const RepositoryKey& key) {
  std::optional<RepositoryRow> found;
  db.first(Sql::kRepository, {key.registry, key.name}, [&](const Row& row) {
    found.emplace(RepositoryRow{.id = row.integer(0),
                                .had_manifest = row.flag(5),
                                .record = {.name = key.name,
                                           .created = row.time(1),
                                           .updated = row.time(2),
                                           .manifest_count = row.count(3),
                                           .tag_count = row.count(4),
                                           .attributes = attributes_at(row, 6)}});
  });
  return found;
}

Result<RepositoryRow> require_repository(Session& db, const RepositoryKey& key) {
  if (auto found = find_repository(db, key)) return std::move(*found);
  return fail(Error(Code::kNameUnknown,
                    fmt::format("There is no repository '{}' in this registry; a push creates it.",
                                key.name.text()))
                  .with("name", key.name.text()));
}

Result<RepositoryRow> writable_repository(Transaction& tx, const RepositoryKey& key) {
  if (auto found = find_repository(tx.db, key)) {
    TRY(check_lock(repository_target(key), found->record.attributes, LockedFor::kWriting));
    return std::move(*found);
  }
  RepositoryRow made{.id = 0, .had_manifest = false, .record = {.name = key.name}};
  made.record.created = made.record.updated = tx.now;
  tx.db.first(Sql::kCreateRepository, {key.registry, key.name, tx.now, tx.now},
              [&](const Row& row) { made.id = row.integer(0); });
  return made;
}

ManifestRow manifest_row(const Row& row) {
  return {.id = row.integer(0),
          .record = {.digest = row.digest(1),
                     .media_type = row.text(2),
                     .size = row.count(3),
                     .location = {row.text(4)},
                     .artifact_type = row.text(5),
                     .config_media_type = row.text(6),
                     .architecture = row.text(7),
                     .os = row.text(8),
                     .image_size = row.count(9),
                     .is_index = row.flag(10),
                     .created = row.time(11),
                     .updated = row.time(12),
                     .attributes = attributes_at(row, 13)}};
}

TagRecord tag_record(const Row& row) {
  return {.name = row.tag(0),
          .digest = row.digest(1),
          .created = row.time(2),
          .updated = row.time(3),
          .attributes = attributes_at(row, 4)};
}

std::optional<ManifestRow> find_manifest(Session& db, std::int64_t repository,
                                         const oci::Digest& digest) {
  std::optional<ManifestRow> found;
  db.first(Sql::kManifest, {repository, digest},
           [&](const Row& row) { found.emplace(manifest_row(row)); });
  return found;
}

Result<ManifestRow> require_manifest(Session& db, const RepositoryKey& key, std::int64_t repository,
                                     const oci::Digest& digest) {
  if (auto found = find_manifest(db, repository, digest)) return std::move(*found);
  return fail(Error(Code::kManifestUnknown, fmt::format("Repository '{}' has no manifest {}.",
                                                        key.name.text(), digest.text()))
                  .with("digest", digest.text()));
}

std::optional<TagRecord> find_tag(Session& db, std::int64_t repository, std::string_view name) {
  std::optional<TagRecord> found;
  db.first(Sql::kTag, {repository, name}, [&](const Row& row) { found.emplace(tag_record(row)); });
  return found;
}

Result<TagRecord> require_tag(Session& db, const RepositoryKey& key, std::int64_t repository,
                              const oci::Tag& tag) {
  if (auto found = find_tag(db, repository, tag.text())) return std::move(*found);
  return fail(Error(Code::kManifestUnknown,
                    fmt::format("Repository '{}' has no tag '{}'.", key.name.text(), tag.text()))
                  .with("tag", tag.text()));
}

Attributes changed(Attributes attributes, const AttributesChange& change) {
  attributes.delete_enabled = change.delete_enabled.value_or(attributes.delete_enabled);
  attributes.write_enabled = change.write_enabled.value_or(attributes.write_enabled);
  attributes.list_enabled = change.list_enabled.value_or(attributes.list_enabled);
  attributes.read_enabled = change.read_enabled.value_or(attributes.read_enabled);
  return attributes;
}

}  // namespace berth::meta
