#include "meta/statements.h"

#include <array>

namespace berth::meta {
namespace {

using enum Use;

// What $MANIFEST, $TAG and $ACTIVITY stand for: the columns that rows.cpp reads as one record.
constexpr std::string_view kManifestColumns =
    "m.id, m.digest, m.media_type, b.size, b.location, m.artifact_type, m.config_media_type, "
    "m.architecture, m.os, m.image_size, m.is_index, m.created, m.updated, m.delete_enabled, "
    "m.write_enabled, m.list_enabled, m.read_enabled "
    "FROM manifests m JOIN blobs b ON b.digest = m.digest";
constexpr std::string_view kTagColumns =
    "t.name, t.digest, t.created, t.updated, t.delete_enabled, t.write_enabled, "
    "t.list_enabled, t.read_enabled FROM tags t";
constexpr std::string_view kActivityColumns =
    "id, at, actor, actor_name, operation, target, body_before, body_after, correlation, client "
    "FROM activities";

// Conditions on a constant (`kind <> 3`, `subject <> ''`, `links = 0`) repeat those of a partial
// index, without which the index is not used.
// clang-format off
constexpr std::array<Statement, kSqlCount> kStatements = {{
    // transactions
    {Sql::kBeginRead, kRequest, "",
     "BEGIN"},
    {Sql::kCommit, kRequest, "",
     "COMMIT"},
    {Sql::kRollback, kRequest, "",
     "ROLLBACK"},
    {Sql::kSavepoint, kRequest, "",
     "SAVEPOINT job"},
    {Sql::kRelease, kRequest, "",
     "RELEASE SAVEPOINT job"},
    {Sql::kRollbackToSavepoint, kRequest, "",
     "ROLLBACK TO SAVEPOINT job"},
    {Sql::kPing, kRequest, "i",
     "SELECT 1"},
    // repositories
    {Sql::kCatalog, kRequest, "t",
     "SELECT name FROM repositories "
     "WHERE registry = :r AND had_manifest = 1 AND list_enabled = 1 "
     "AND name >= :f AND name < :u ORDER BY name LIMIT :n"},
    {Sql::kRepository, kRequest, "iiiiiiiiii",
     "SELECT id, created, updated, manifest_count, tag_count, had_manifest, delete_enabled, "
     "write_enabled, list_enabled, read_enabled FROM repositories "
     "WHERE registry = :r AND name = :a"},
    {Sql::kCreateRepository, kRequest, "i",
     "INSERT INTO repositories (registry, name, created, updated, manifest_count, tag_count, "
     "had_manifest, delete_enabled, write_enabled, list_enabled, read_enabled) "
     "VALUES (:r, :n, :c, :u, 0, 0, 0, 1, 1, 1, 1) RETURNING id"},
    {Sql::kSetRepositoryLocks, kRequest, "",
     "UPDATE repositories "
     "SET delete_enabled = :d, write_enabled = :w, list_enabled = :l, read_enabled = :r "
     "WHERE id = :i"},
    {Sql::kTouchRepository, kRequest, "",
     "UPDATE repositories "
     "SET updated = :u, manifest_count = manifest_count + :m, tag_count = tag_count + :t, "
     "had_manifest = CASE WHEN :h = 1 THEN 1 ELSE had_manifest END WHERE id = :i"},
    {Sql::kDeleteRepository, kRequest, "",
     "DELETE FROM repositories WHERE id = :i"},
    {Sql::kFirstRepository, kRequest, "t",
     "SELECT name FROM repositories WHERE registry = :r ORDER BY name LIMIT 1"},
    {Sql::kAddUsage, kRequest, "",
     "INSERT INTO registry_usage (registry, bytes, repositories) VALUES (:r, :b, :n) "
     "ON CONFLICT (registry) DO UPDATE "
     "SET bytes = registry_usage.bytes + excluded.bytes, repositories = "
     "registry_usage.repositories + excluded.repositories"},
    {Sql::kUsage, kRequest, "ii",
     "SELECT bytes, repositories FROM registry_usage WHERE registry = :r"},
    // manifests
    {Sql::kResolveTag, kRequest, "ttitii",
     "SELECT m.digest, m.media_type, b.size, b.location, r.read_enabled * m.read_enabled * "
     "t.read_enabled, t.updated FROM repositories r JOIN tags t ON t.repository = r.id "
     "JOIN manifests m ON m.repository = r.id AND m.digest = t.digest "
     "JOIN blobs b ON b.digest = m.digest "
     "WHERE r.registry = :r AND r.name = :n AND t.name = :t"},
    {Sql::kResolveDigest, kRequest, "ttitii",
     "SELECT m.digest, m.media_type, b.size, b.location, r.read_enabled * m.read_enabled, "
     "m.updated FROM repositories r JOIN manifests m ON m.repository = r.id "
     "JOIN blobs b ON b.digest = m.digest "
     "WHERE r.registry = :r AND r.name = :n AND m.digest = :d"},
    {Sql::kManifest, kRequest, "ittitttttiiiiiiii",
     "SELECT $MANIFEST WHERE m.repository = :r AND m.digest = :d"},
    {Sql::kManifestsByDigest, kRequest, "ittitttttiiiiiiii",
     "SELECT $MANIFEST WHERE m.repository = :r AND m.list_enabled = 1 AND m.digest > :a "
     "ORDER BY m.digest LIMIT :n"},
    {Sql::kManifestsByTime, kRequest, "ittitttttiiiiiiii",
     "SELECT $MANIFEST "
     "WHERE m.repository = :r AND m.list_enabled = 1 AND (m.updated, m.digest) > (:u, :a) "
     "ORDER BY m.updated, m.digest LIMIT :n"},
    {Sql::kManifestsByTimeDown, kRequest, "ittitttttiiiiiiii",
     "SELECT $MANIFEST "
     "WHERE m.repository = :r AND m.list_enabled = 1 AND (m.updated, m.digest) < (:u, :a) "
     "ORDER BY m.updated DESC, m.digest DESC LIMIT :n"},
    {Sql::kHasManifest, kRequest, "i",
     "SELECT 1 FROM manifests WHERE repository = :r AND digest = :d"},
    {Sql::kInsertManifest, kRequest, "i",
     "INSERT INTO manifests (media_type, artifact_type, config_media_type, architecture, os, "
     "image_size, is_index, subject, annotations, updated, repository, digest, created, "
     "delete_enabled, write_enabled, list_enabled, read_enabled) "
     "VALUES (:m, :a, :c, :h, :o, :s, :i, :j, :k, :u, :r, :d, :t, 1, 1, 1, 1) RETURNING id"},
    {Sql::kUpdateManifest, kRequest, "",
     "UPDATE manifests "
     "SET media_type = :m, artifact_type = :a, config_media_type = :c, architecture = :h, os = "
     ":o, image_size = :s, is_index = :i, subject = :j, annotations = :k, updated = :u "
     "WHERE repository = :r AND digest = :d"},
    {Sql::kSetManifestLocks, kRequest, "",
     "UPDATE manifests "
     "SET delete_enabled = :d, write_enabled = :w, list_enabled = :l, read_enabled = :r "
     "WHERE id = :i"},
    {Sql::kDeleteManifest, kRequest, "",
     "DELETE FROM manifests WHERE id = :i"},
    {Sql::kLockedTagOfManifest, kRequest, "tii",
     "SELECT name, delete_enabled, write_enabled FROM tags "
     "WHERE repository = :r AND digest = :d AND (delete_enabled = 0 "
     "OR write_enabled = 0) LIMIT 1"},
    {Sql::kDeleteTagsOfManifest, kRequest, "t",
     "DELETE FROM tags WHERE repository = :r AND digest = :d RETURNING name"},
    {Sql::kTagsOfManifest, kRequest, "t",
     "SELECT name FROM tags WHERE repository = :r AND digest = :d AND list_enabled = 1 "
     "ORDER BY name LIMIT :n"},
    {Sql::kInsertReference, kRequest, "",
     "INSERT INTO manifest_references (manifest, position, repository, kind, target, "
     "architecture, os) VALUES (:m, :p, :r, :k, :t, :a, :o)"},
    {Sql::kDeleteReferences, kRequest, "",
     "DELETE FROM manifest_references WHERE manifest = :m"},
    {Sql::kReferenceTargets, kRequest, "t",
     "SELECT DISTINCT target FROM manifest_references WHERE manifest = :m AND kind <> 3"},
    {Sql::kChildren, kRequest, "ttt",
     "SELECT target, architecture, os FROM manifest_references "
     "WHERE manifest = :m AND kind = 2 ORDER BY position"},
    {Sql::kReferrers, kRequest, "tttti",
     "SELECT m.digest, m.media_type, m.artifact_type, m.annotations, b.size "
     "FROM manifests m JOIN blobs b ON b.digest = m.digest "
     "WHERE m.repository = :r AND m.subject <> '' AND m.subject = :s AND m.digest > :a "
     "ORDER BY m.digest LIMIT :n"},
    {Sql::kReferrersOfType, kRequest, "tttti",
     "SELECT m.digest, m.media_type, m.artifact_type, m.annotations, b.size "
     "FROM manifests m JOIN blobs b ON b.digest = m.digest "
     "WHERE m.repository = :r AND m.subject <> '' AND m.subject = :s AND m.artifact_type = :t "
     "AND m.digest > :a ORDER BY m.digest LIMIT :n"},
    {Sql::kManifestIds, kRequest, "it",
     "SELECT id, digest FROM manifests WHERE repository = :r ORDER BY digest"},
    // tags
    {Sql::kTag, kRequest, "ttiiiiii",
     "SELECT $TAG WHERE t.repository = :r AND t.name = :n"},
    {Sql::kTagNames, kRequest, "t",
     "SELECT name FROM tags WHERE repository = :r AND list_enabled = 1 AND name > :a "
     "ORDER BY name LIMIT :n"},
    {Sql::kTagsByName, kRequest, "ttiiiiii",
     "SELECT $TAG WHERE t.repository = :r AND t.list_enabled = 1 AND t.name > :a "
     "ORDER BY t.name LIMIT :n"},
    {Sql::kTagsByTime, kRequest, "ttiiiiii",
     "SELECT $TAG "
     "WHERE t.repository = :r AND t.list_enabled = 1 AND (t.updated, t.name) > (:u, :a) "
     "ORDER BY t.updated, t.name LIMIT :n"},
    {Sql::kTagsByTimeDown, kRequest, "ttiiiiii",
     "SELECT $TAG "
     "WHERE t.repository = :r AND t.list_enabled = 1 AND (t.updated, t.name) < (:u, :a) "
     "ORDER BY t.updated DESC, t.name DESC LIMIT :n"},
    {Sql::kTagsOfDigestByName, kRequest, "ttiiiiii",
     "SELECT $TAG "
     "WHERE t.repository = :r AND t.digest = :d AND t.list_enabled = 1 AND t.name > :a "
     "ORDER BY t.name LIMIT :n"},
    {Sql::kTagsOfDigestByTime, kRequest, "ttiiiiii",
     "SELECT $TAG WHERE t.repository = :r AND t.digest = :d AND t.list_enabled = 1 "
     "AND (t.updated, t.name) > (:u, :a) ORDER BY t.updated, t.name LIMIT :n"},
    {Sql::kTagsOfDigestByTimeDown, kRequest, "ttiiiiii",
     "SELECT $TAG WHERE t.repository = :r AND t.digest = :d AND t.list_enabled = 1 "
     "AND (t.updated, t.name) < (:u, :a) ORDER BY t.updated DESC, t.name DESC LIMIT :n"},
    {Sql::kInsertTag, kRequest, "",
     "INSERT INTO tags (repository, name, digest, created, updated, delete_enabled, "
     "write_enabled, list_enabled, read_enabled) VALUES (:r, :n, :d, :c, :u, 1, 1, 1, 1)"},
    {Sql::kMoveTag, kRequest, "",
     "UPDATE tags SET digest = :d, updated = :u WHERE repository = :r AND name = :n"},
    {Sql::kSetTagLocks, kRequest, "",
     "UPDATE tags "
     "SET delete_enabled = :d, write_enabled = :w, list_enabled = :l, read_enabled = :e "
     "WHERE repository = :r AND name = :n"},
    {Sql::kDeleteTag, kRequest, "",
     "DELETE FROM tags WHERE repository = :r AND name = :n"},
    {Sql::kDeleteTagsOfRepository, kRequest, "t",
     "DELETE FROM tags WHERE repository = :r RETURNING name"},
    {Sql::kLockedTag, kRequest, "tii",
     "SELECT name, delete_enabled, write_enabled FROM tags "
     "WHERE repository = :r AND (delete_enabled = 0 OR write_enabled = 0) LIMIT 1"},
    {Sql::kLockedManifest, kRequest, "tii",
     "SELECT digest, delete_enabled, write_enabled FROM manifests "
     "WHERE repository = :r AND (delete_enabled = 0 OR write_enabled = 0) LIMIT 1"},
    // blobs and links
    {Sql::kFindBlob, kRequest, "iti",
     "SELECT b.size, b.location, r.read_enabled "
     "FROM repositories r JOIN repository_blobs l ON l.repository = r.id "
     "JOIN blobs b ON b.digest = l.digest "
     "WHERE r.registry = :r AND r.name = :n AND l.digest = :d"},
    {Sql::kBlob, kRequest, "it",
     "SELECT size, location FROM blobs WHERE digest = :d"},
    {Sql::kInsertBlob, kRequest, "",
     "INSERT INTO blobs (digest, size, location, created, links) VALUES (:d, :s, :l, :c, 0)"},
    {Sql::kMoveBlob, kRequest, "",
     "UPDATE blobs SET location = :l WHERE digest = :d"},
    {Sql::kLink, kRequest, "i",
     "SELECT 1 FROM repository_blobs WHERE repository = :r AND digest = :d"},
    {Sql::kInsertLink, kRequest, "i",
     "INSERT INTO repository_blobs (repository, digest, since, needed) "
     "VALUES (:r, :d, :s, CASE WHEN EXISTS (SELECT 1 FROM manifest_references f "
     "WHERE f.target = :e AND f.repository = :f AND f.kind <> 3) THEN 1 ELSE 0 END) "
     "ON CONFLICT (repository, digest) DO NOTHING RETURNING id"},
    {Sql::kRenewLink, kRequest, "",
     "UPDATE repository_blobs SET since = CASE WHEN :s > since THEN :t ELSE since + 1 END "
     "WHERE repository = :r AND digest = :d"},
    {Sql::kDeleteLink, kRequest, "",
     "DELETE FROM repository_blobs WHERE repository = :r AND digest = :d"},
    {Sql::kDeleteLinksOfRepository, kRequest, "t",
     "DELETE FROM repository_blobs WHERE repository = :r RETURNING digest"},
    {Sql::kNeedLink, kRequest, "",
     "UPDATE repository_blobs SET needed = 1 "
     "WHERE repository = :r AND digest = :d AND needed = 0"},
    {Sql::kIdleLink, kRequest, "",
     "UPDATE repository_blobs "
     "SET needed = 0, since = CASE WHEN :s > since THEN :t ELSE since + 1 END "
     "WHERE repository = :r AND digest = :d AND NOT EXISTS (SELECT 1 "
     "FROM manifest_references f WHERE f.target = :e AND f.repository = :f AND f.kind <> 3)"},
    {Sql::kReferringManifest, kRequest, "t",
     "SELECT m.digest FROM manifest_references f JOIN manifests m ON m.id = f.manifest "
     "WHERE f.target = :d AND f.repository = :r AND f.kind <> 3 LIMIT 1"},
    {Sql::kCountBlobLink, kRequest, "",
     "UPDATE blobs SET links = links + :n WHERE digest = :d"},
    {Sql::kStampBlob, kRequest, "", "UPDATE blobs SET created = :now WHERE digest = :d"},
    {Sql::kCountRegistryLink, kRequest, "i",
     "INSERT INTO registry_blobs (registry, digest, links) VALUES (:r, :d, 1) "
     "ON CONFLICT (registry, digest) DO UPDATE SET links = registry_blobs.links + 1 "
     "RETURNING links"},
    {Sql::kUncountRegistryLink, kRequest, "i",
     "UPDATE registry_blobs SET links = links - 1 WHERE registry = :r AND digest = :d "
     "RETURNING links"},
    {Sql::kForgetRegistryBlob, kRequest, "",
     "DELETE FROM registry_blobs WHERE registry = :r AND digest = :d"},
    {Sql::kDeleteLinksOfBlob, kRequest, "",
     "DELETE FROM repository_blobs WHERE digest = :d"},
    {Sql::kForgetBlobInRegistries, kRequest, "t",
     "DELETE FROM registry_blobs WHERE digest = :d RETURNING registry"},
    {Sql::kDeleteBlob, kRequest, "",
     "DELETE FROM blobs WHERE digest = :d"},
    // uploads
    {Sql::kSaveUpload, kRequest, "",
     "INSERT INTO uploads (id, registry, name, algorithm, received, hash_state, backend_state, "
     "updated) VALUES (:i, :r, :n, :a, :o, :h, :b, :u) ON CONFLICT (id) DO UPDATE "
     "SET registry = excluded.registry, name = excluded.name, algorithm = excluded.algorithm, "
     "received = excluded.received, hash_state = excluded.hash_state, backend_state = "
     "excluded.backend_state, updated = excluded.updated"},
    {Sql::kUpload, kRequest, "ttiitti",
     "SELECT registry, name, algorithm, received, hash_state, backend_state, updated "
     "FROM uploads WHERE id = :i"},
    {Sql::kDeleteUpload, kRequest, "",
     "DELETE FROM uploads WHERE id = :i"},
    {Sql::kUploadIds, kBackground, "t",
     "SELECT id FROM uploads ORDER BY id"},
    {Sql::kStaleUploads, kRequest, "t",
     "SELECT id FROM uploads WHERE updated < :u ORDER BY updated"},
    // documents
    {Sql::kDocuments, kRequest, "ttiii",
     "SELECT id, body, version, created, updated FROM documents "
     "WHERE kind = :k AND id > :a ORDER BY id LIMIT :n"},
    {Sql::kDocumentVersion, kRequest, "i",
     "SELECT version FROM documents WHERE kind = :k AND id = :i"},
    {Sql::kInsertDocument, kRequest, "",
     "INSERT INTO documents (kind, id, body, version, created, updated) "
     "VALUES (:k, :i, :b, 1, :c, :u)"},
    {Sql::kUpdateDocument, kRequest, "",
     "UPDATE documents SET body = :b, version = version + 1, updated = :u "
     "WHERE kind = :k AND id = :i"},
    {Sql::kDeleteDocument, kRequest, "",
     "DELETE FROM documents WHERE kind = :k AND id = :i"},
    {Sql::kInsertActivity, kRequest, "",
     "INSERT INTO activities (at, actor, actor_name, operation, target, body_before, body_after, "
     "correlation, client) VALUES (:m, :a, :n, :o, :t, :b, :f, :c, :l)"},
    {Sql::kActivities, kRequest, "iitttttttt",
     "SELECT $ACTIVITY WHERE id < :b ORDER BY id DESC LIMIT :n"},
    // Sorts the ids of all activities below the target: for people who read a log, not for pulls
    // and pushes. `id + 0` keeps the engine from walking the whole log by id instead.
    {Sql::kActivitiesBelow, kBackground, "iitttttttt",
     "SELECT $ACTIVITY WHERE id IN (SELECT id FROM activities "
     "WHERE target >= :f AND target < :t AND id + 0 < :b ORDER BY id + 0 DESC LIMIT :n) "
     "ORDER BY id DESC"},
    // inventory
    {Sql::kIdleLinks, kRequest, "ittti",
     "SELECT l.id, r.registry, r.name, l.digest, l.since "
     "FROM repository_blobs l JOIN repositories r ON r.id = l.repository "
     "WHERE l.needed = 0 AND l.id > :a ORDER BY l.id LIMIT :n"},
    {Sql::kDropIdleLink, kRequest, "i",
     "DELETE FROM repository_blobs "
     "WHERE id = :i AND repository = :r AND digest = :d AND since = :s AND needed = 0 "
     "RETURNING id"},
    {Sql::kStoredBlobs, kRequest, "titiit",
     "SELECT b.digest, b.size, b.location, b.created, b.links, COALESCE((SELECT r.registry || "
     "'/' || r.name FROM repository_blobs l JOIN repositories r ON r.id = l.repository "
     "WHERE l.digest = b.digest LIMIT 1), (SELECT r.registry || '/' || r.name "
     "FROM manifests m JOIN repositories r ON r.id = m.repository "
     "WHERE m.digest = b.digest LIMIT 1), '') FROM blobs b WHERE b.digest > :a "
     "ORDER BY b.digest LIMIT :n"},
    {Sql::kUnlinkedBlobs, kRequest, "titiit",
     "SELECT b.digest, b.size, b.location, b.created, b.links, '' FROM blobs b "
     "WHERE b.links = 0 AND b.digest > :a ORDER BY b.digest LIMIT :n"},
    {Sql::kDropUnlinkedBlob, kRequest, "t",
     "DELETE FROM blobs WHERE digest = :d AND links = 0 RETURNING location"},
    {Sql::kHasLocation, kRequest, "i",
     "SELECT 1 FROM blobs WHERE location = :l LIMIT 1"},
    {Sql::kReferringManifests, kRequest, "t",
     "SELECT r.registry || '/' || r.name || '@' || m.digest "
     "FROM manifest_references f JOIN manifests m ON m.id = f.manifest "
     "JOIN repositories r ON r.id = f.repository WHERE f.target = :d AND f.kind <> 3 LIMIT :n"},
    {Sql::kLinkingRepositories, kRequest, "t",
     "SELECT r.registry || '/' || r.name "
     "FROM repository_blobs l JOIN repositories r ON r.id = l.repository "
     "WHERE l.digest = :d LIMIT :n"},
    {Sql::kHoldingRepositories, kRequest, "t",
     "SELECT r.registry || '/' || r.name "
     "FROM manifests m JOIN repositories r ON r.id = m.repository WHERE m.digest = :d LIMIT :n"},
    // consistency: they read whole tables, in the background
    {Sql::kWrongRepositoryCounts, kBackground, "itiiii",
     "SELECT c.id, c.name, c.manifest_count, c.manifests, c.tag_count, c.tags "
     "FROM (SELECT r.id, r.registry || '/' || r.name AS name, r.manifest_count, r.tag_count, "
     "(SELECT COUNT(*) FROM manifests m "
     "WHERE m.repository = r.id) AS manifests, (SELECT COUNT(*) FROM tags t "
     "WHERE t.repository = r.id) AS tags FROM repositories r) AS c "
     "WHERE c.manifest_count <> c.manifests OR c.tag_count <> c.tags"},
    {Sql::kFixRepositoryCounts, kBackground, "",
     "UPDATE repositories SET manifest_count = (SELECT COUNT(*) FROM manifests m "
     "WHERE m.repository = repositories.id), tag_count = (SELECT COUNT(*) FROM tags t "
     "WHERE t.repository = repositories.id) WHERE id = :i"},
    {Sql::kWrongBlobLinks, kBackground, "tii",
     "SELECT c.digest, c.links, c.found FROM (SELECT b.digest, b.links, (SELECT COUNT(*) "
     "FROM repository_blobs l WHERE l.digest = b.digest) + (SELECT COUNT(*) FROM manifests m "
     "WHERE m.digest = b.digest) AS found FROM blobs b) AS c WHERE c.links <> c.found"},
    {Sql::kFixBlobLinks, kBackground, "",
     "UPDATE blobs SET links = (SELECT COUNT(*) FROM repository_blobs l "
     "WHERE l.digest = blobs.digest) + (SELECT COUNT(*) FROM manifests m "
     "WHERE m.digest = blobs.digest) WHERE digest = :d"},
    {Sql::kWrongRegistryLinks, kBackground, "ttii",
     "SELECT c.registry, c.digest, c.links, c.found "
     "FROM (SELECT g.registry, g.digest, g.links, (SELECT COUNT(*) "
     "FROM repository_blobs l JOIN repositories r ON r.id = l.repository "
     "WHERE l.digest = g.digest AND r.registry = g.registry) + (SELECT COUNT(*) "
     "FROM manifests m JOIN repositories r ON r.id = m.repository "
     "WHERE m.digest = g.digest AND r.registry = g.registry) AS found "
     "FROM registry_blobs g) AS c WHERE c.links <> c.found"},
    {Sql::kMissingRegistryLinks, kBackground, "tt",
     "SELECT r.registry, l.digest "
     "FROM repository_blobs l JOIN repositories r ON r.id = l.repository "
     "WHERE NOT EXISTS (SELECT 1 FROM registry_blobs g "
     "WHERE g.registry = r.registry AND g.digest = l.digest) UNION SELECT r.registry, m.digest "
     "FROM manifests m JOIN repositories r ON r.id = m.repository WHERE NOT EXISTS (SELECT 1 "
     "FROM registry_blobs g WHERE g.registry = r.registry AND g.digest = m.digest)"},
    {Sql::kFixRegistryLinks, kBackground, "",
     "INSERT INTO registry_blobs (registry, digest, links) VALUES (:r, :d, (SELECT COUNT(*) "
     "FROM repository_blobs l JOIN repositories r ON r.id = l.repository "
     "WHERE l.digest = :s AND r.registry = :t) + (SELECT COUNT(*) "
     "FROM manifests m JOIN repositories r ON r.id = m.repository "
     "WHERE m.digest = :u AND r.registry = :v)) ON CONFLICT (registry, digest) DO UPDATE "
     "SET links = excluded.links"},
    {Sql::kDropRegistryLink, kBackground, "",
     "DELETE FROM registry_blobs WHERE registry = :r AND digest = :d AND links = 0"},
    {Sql::kWrongUsage, kBackground, "tiiii",
     "SELECT c.registry, c.bytes, c.found_bytes, c.repositories, c.found_repositories FROM "
     "(SELECT n.registry, COALESCE(u.bytes, 0) AS bytes, COALESCE(u.repositories, 0) AS "
     "repositories, CAST(COALESCE((SELECT SUM(b.size) "
     "FROM registry_blobs g JOIN blobs b ON b.digest = g.digest "
     "WHERE g.registry = n.registry), 0) AS BIGINT) AS found_bytes, (SELECT COUNT(*) "
     "FROM repositories r "
     "WHERE r.registry = n.registry AND r.had_manifest = 1) AS found_repositories "
     "FROM (SELECT registry FROM registry_usage UNION SELECT registry "
     "FROM registry_blobs) AS n LEFT JOIN registry_usage u ON u.registry = n.registry) AS c "
     "WHERE c.bytes <> c.found_bytes OR c.repositories <> c.found_repositories"},
    {Sql::kFixUsage, kBackground, "",
     "INSERT INTO registry_usage (registry, bytes, repositories) "
     "VALUES (:r, CAST(COALESCE((SELECT SUM(b.size) "
     "FROM registry_blobs g JOIN blobs b ON b.digest = g.digest "
     "WHERE g.registry = :s), 0) AS BIGINT), (SELECT COUNT(*) FROM repositories p "
     "WHERE p.registry = :t AND p.had_manifest = 1)) ON CONFLICT (registry) DO UPDATE "
     "SET bytes = excluded.bytes, repositories = excluded.repositories"},
    {Sql::kWrongNeeded, kBackground, "itti",
     "SELECT l.id, r.registry || '/' || r.name, l.digest, l.needed "
     "FROM repository_blobs l JOIN repositories r ON r.id = l.repository "
     "WHERE l.needed <> CASE WHEN EXISTS (SELECT 1 FROM manifest_references f "
     "WHERE f.target = l.digest AND f.repository = l.repository AND f.kind <> 3) "
     "THEN 1 ELSE 0 END"},
    {Sql::kFixNeeded, kBackground, "",
     "UPDATE repository_blobs SET needed = CASE WHEN EXISTS (SELECT 1 "
     "FROM manifest_references f "
     "WHERE f.target = repository_blobs.digest AND f.repository = repository_blobs.repository "
     "AND f.kind <> 3) THEN 1 ELSE 0 END WHERE id = :i"},
}};
// clang-format on

constexpr bool in_enum_order() {
  for (std::size_t i = 0; i < kStatements.size(); ++i) {
    if (static_cast<std::size_t>(kStatements[i].id) != i) return false;
  }
  return true;
}
static_assert(in_enum_order());

void replace(std::string& text, std::string_view token, std::string_view with) {
  if (const auto at = text.find(token); at != std::string::npos) {
    text.replace(at, token.size(), with);
  }
}

}  // namespace

std::span<const Statement> statements() {
  return kStatements;
}

const Statement& statement(Sql id) {
  return kStatements[static_cast<std::size_t>(id)];
}

std::string sql_text(Sql id) {
  std::string text = statement(id).text;
  replace(text, "$MANIFEST", kManifestColumns);
  replace(text, "$TAG", kTagColumns);
  replace(text, "$ACTIVITY", kActivityColumns);
  return text;
}

}  // namespace berth::meta
