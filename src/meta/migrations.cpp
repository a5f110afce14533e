#include "meta/migrations.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <array>
#include <span>

namespace berth::meta {
namespace {

// Columns of the four locks of ACR's changeableAttributes, written $LOCKS below.
constexpr std::string_view kLocks =
    "delete_enabled INTEGER NOT NULL, write_enabled INTEGER NOT NULL, "
    "list_enabled INTEGER NOT NULL, read_enabled INTEGER NOT NULL";

// Times are microseconds since 1970 UTC. No column is ever NULL: an absent text is ''.
constexpr std::array kVersion1 = {
    // had_manifest: a repository that never had one (only blobs and uploads) is not in the catalog.
    "CREATE TABLE repositories (id $ID, registry $TEXT NOT NULL, name $TEXT NOT NULL, "
    "created BIGINT NOT NULL, updated BIGINT NOT NULL, manifest_count BIGINT NOT NULL, "
    "tag_count BIGINT NOT NULL, had_manifest INTEGER NOT NULL, $LOCKS, "
    "UNIQUE (registry, name))",
    "CREATE INDEX repositories_catalog ON repositories (registry, name) "
    "WHERE had_manifest = 1 AND list_enabled = 1",

    // All content of the server, manifests too. links: rows of repository_blobs and manifests.
    "CREATE TABLE blobs (digest $TEXT PRIMARY KEY, size BIGINT NOT NULL, location $TEXT NOT NULL, "
    "created BIGINT NOT NULL, links BIGINT NOT NULL)",
    "CREATE INDEX blobs_location ON blobs (location)",
    "CREATE INDEX blobs_unlinked ON blobs (links, digest) WHERE links = 0",

    // The same links counted per registry, so that a blob's bytes count once in each.
    "CREATE TABLE registry_blobs (registry $TEXT NOT NULL, digest $TEXT NOT NULL "
    "REFERENCES blobs (digest), links BIGINT NOT NULL, PRIMARY KEY (registry, digest))",
    "CREATE INDEX registry_blobs_digest ON registry_blobs (digest)",
    "CREATE TABLE registry_usage (registry $TEXT PRIMARY KEY, bytes BIGINT NOT NULL, "
    "repositories BIGINT NOT NULL)",

    // needed: some manifest of the repository refers to the blob. since: see IdleLink.
    "CREATE TABLE repository_blobs (id $ID, repository BIGINT NOT NULL "
    "REFERENCES repositories (id), digest $TEXT NOT NULL REFERENCES blobs (digest), "
    "since BIGINT NOT NULL, needed INTEGER NOT NULL, UNIQUE (repository, digest))",
    "CREATE INDEX repository_blobs_digest ON repository_blobs (digest)",
    "CREATE INDEX repository_blobs_idle ON repository_blobs (needed, id) WHERE needed = 0",

    "CREATE TABLE manifests (id $ID, repository BIGINT NOT NULL REFERENCES repositories (id), "
    "digest $TEXT NOT NULL REFERENCES blobs (digest), media_type $TEXT NOT NULL, "
    "artifact_type $TEXT NOT NULL, config_media_type $TEXT NOT NULL, "
    "architecture $TEXT NOT NULL, os $TEXT NOT NULL, image_size BIGINT NOT NULL, "
    "is_index INTEGER NOT NULL, subject $TEXT NOT NULL, annotations $TEXT NOT NULL, "
    "created BIGINT NOT NULL, updated BIGINT NOT NULL, $LOCKS, "
    "UNIQUE (repository, digest))",
    "CREATE INDEX manifests_digest ON manifests (digest)",
    "CREATE INDEX manifests_listed ON manifests (repository, list_enabled, digest)",
    "CREATE INDEX manifests_time ON manifests (repository, list_enabled, updated, digest)",
    "CREATE INDEX manifests_subject ON manifests (repository, subject, digest) "
    "WHERE subject <> ''",
    "CREATE INDEX manifests_subject_type ON manifests (repository, subject, artifact_type, digest) "
    "WHERE subject <> ''",

    // kind is the number of a ReferenceKind; 3 is the subject, which nothing needs to be there.
    "CREATE TABLE manifest_references (manifest BIGINT NOT NULL REFERENCES manifests (id), "
    "position BIGINT NOT NULL, repository BIGINT NOT NULL, kind INTEGER NOT NULL, "
    "target $TEXT NOT NULL, architecture $TEXT NOT NULL, os $TEXT NOT NULL, "
    "PRIMARY KEY (manifest, position))",
    "CREATE INDEX manifest_references_target ON manifest_references (target, repository) "
    "WHERE kind <> 3",

    "CREATE TABLE tags (repository BIGINT NOT NULL REFERENCES repositories (id), "
    "name $TEXT NOT NULL, digest $TEXT NOT NULL, created BIGINT NOT NULL, "
    "updated BIGINT NOT NULL, $LOCKS, "
    "PRIMARY KEY (repository, name), "
    "FOREIGN KEY (repository, digest) REFERENCES manifests (repository, digest))",
    "CREATE INDEX tags_listed ON tags (repository, list_enabled, name)",
    "CREATE INDEX tags_time ON tags (repository, list_enabled, updated, name)",
    "CREATE INDEX tags_digest ON tags (repository, digest, list_enabled, name)",
    "CREATE INDEX tags_digest_time ON tags (repository, digest, list_enabled, updated, name)",

    // An upload belongs to a name; the repository itself may not exist yet.
    "CREATE TABLE uploads (id $TEXT PRIMARY KEY, registry $TEXT NOT NULL, name $TEXT NOT NULL, "
    "algorithm INTEGER NOT NULL, received BIGINT NOT NULL, hash_state $TEXT NOT NULL, "
    "backend_state $TEXT NOT NULL, updated BIGINT NOT NULL)",
    "CREATE INDEX uploads_updated ON uploads (updated)",
};

constexpr std::array kVersion2 = {
    // What people create: JSON text by kind and id. version counts the changes of a row.
    "CREATE TABLE documents (kind $TEXT NOT NULL, id $TEXT NOT NULL, body $TEXT NOT NULL, "
    "version BIGINT NOT NULL, created BIGINT NOT NULL, updated BIGINT NOT NULL, "
    "PRIMARY KEY (kind, id))",

    // Who changed what; rows are only added.
    "CREATE TABLE activities (id $ID, at BIGINT NOT NULL, actor $TEXT NOT NULL, "
    "actor_name $TEXT NOT NULL, operation $TEXT NOT NULL, target $TEXT NOT NULL, "
    "body_before $TEXT NOT NULL, body_after $TEXT NOT NULL, correlation $TEXT NOT NULL, "
    "client $TEXT NOT NULL)",
    "CREATE INDEX activities_target ON activities (target, id)",
};

struct Migration {
  std::int64_t version;
  std::span<const char* const> statements;
};
constexpr std::array kMigrations = {Migration{1, kVersion1}, Migration{2, kVersion2}};
static_assert(kMigrations.back().version == kSchemaVersion);

std::int64_t current_version(soci::session& session) {
  session << "CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT PRIMARY KEY, "
             "applied BIGINT NOT NULL)";
  long long version = 0;
  session << "SELECT COALESCE(MAX(version), 0) FROM schema_versions", soci::into(version);
  return version;
}

void apply(soci::session& session, const Dialect& dialect, const Migration& step, TimePoint now) {
  session << std::string(dialect.begin_write());
  for (const char* statement : step.statements) {
    std::string ddl = dialect.expand(statement);
    if (const auto at = ddl.find("$LOCKS"); at != std::string::npos) ddl.replace(at, 6, kLocks);
    session << ddl;
  }
  const long long version = step.version;
  const long long applied = to_micros(now);
  session << "INSERT INTO schema_versions (version, applied) VALUES (:v, :a)", soci::use(version),
      soci::use(applied);
  session << "COMMIT";
}

}  // namespace

Result<void> migrate(soci::session& session, const Dialect& dialect, TimePoint now) {
  try {
    const std::int64_t found = current_version(session);
    if (found > kSchemaVersion) {
      return fail(Code::kUnavailable,
                  fmt::format("The metadata database has schema {}, written by a newer Berth; this "
                              "one knows schemas up to {}. Start the newer version, or restore a "
                              "backup made before the upgrade.",
                              found, kSchemaVersion));
    }
    for (const Migration& step : kMigrations) {
      if (step.version > found) apply(session, dialect, step, now);
    }
  } catch (const std::exception& e) {
    return fail(dialect.translate(session, e));
  }
  return {};
}

}  // namespace berth::meta
