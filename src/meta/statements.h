// Every SQL statement that runs after start, by name: the table in statements.cpp is the one place
// to read, port and check them. sql_plan_test proves that each one that a request runs is an index
// lookup.
//
// Portable to SQLite 3.35 and PostgreSQL. Parameters are bound by position, so a name occurs once
// per statement; a value that is needed twice is passed twice.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace berth::meta {

enum class Sql : std::uint8_t {
  // transactions
  kBeginRead,
  kCommit,
  kRollback,
  kSavepoint,
  kRelease,
  kRollbackToSavepoint,
  kPing,
  // repositories
  kCatalog,
  kRepository,
  kCreateRepository,
  kSetRepositoryLocks,
  kTouchRepository,
  kDeleteRepository,
  kFirstRepository,
  kAddUsage,
  kUsage,
  // manifests
  kResolveTag,
  kResolveDigest,
  kManifest,
  kManifestsByDigest,
  kManifestsByTime,
  kManifestsByTimeDown,
  kHasManifest,
  kInsertManifest,
  kUpdateManifest,
  kSetManifestLocks,
  kDeleteManifest,
  kLockedTagOfManifest,
  kDeleteTagsOfManifest,
  kTagsOfManifest,
  kInsertReference,
  kDeleteReferences,
  kReferenceTargets,
  kChildren,
  kReferrers,
  kReferrersOfType,
  kManifestIds,
  // tags
  kTag,
  kTagNames,
  kTagsByName,
  kTagsByTime,
  kTagsByTimeDown,
  kTagsOfDigestByName,
  kTagsOfDigestByTime,
  kTagsOfDigestByTimeDown,
  kInsertTag,
  kMoveTag,
  kSetTagLocks,
  kDeleteTag,
  kDeleteTagsOfRepository,
  kLockedTag,
  kLockedManifest,
  // blobs and links
  kFindBlob,
  kBlob,
  kInsertBlob,
  kMoveBlob,
  kLink,
  kInsertLink,
  kRenewLink,
  kDeleteLink,
  kDeleteLinksOfRepository,
  kNeedLink,
  kIdleLink,
  kReferringManifest,
  kCountBlobLink,
  kStampBlob,
  kCountRegistryLink,
  kUncountRegistryLink,
  kForgetRegistryBlob,
  kDeleteLinksOfBlob,
  kForgetBlobInRegistries,
  kDeleteBlob,
  // uploads
  kSaveUpload,
  kUpload,
  kDeleteUpload,
  kUploadIds,
  kStaleUploads,
  // documents
  kDocuments,
  kDocumentVersion,
  kInsertDocument,
  kUpdateDocument,
  kDeleteDocument,
  kInsertActivity,
  kActivities,
  kActivitiesBelow,
  // inventory
  kIdleLinks,
  kDropIdleLink,
  kStoredBlobs,
  kUnlinkedBlobs,
  kDropUnlinkedBlob,
  kHasLocation,
  kReferringManifests,
  kLinkingRepositories,
  kHoldingRepositories,
  // consistency: they read whole tables, in the background
  kWrongRepositoryCounts,
  kFixRepositoryCounts,
  kWrongBlobLinks,
  kFixBlobLinks,
  kWrongRegistryLinks,
  kMissingRegistryLinks,
  kFixRegistryLinks,
  kDropRegistryLink,
  kWrongUsage,
  kFixUsage,
  kWrongNeeded,
  kFixNeeded,
  kEnd,
};

inline constexpr std::size_t kSqlCount = static_cast<std::size_t>(Sql::kEnd);

// kRequest statements must be served by an index; kBackground ones may read a whole table.
enum class Use : std::uint8_t { kRequest, kBackground };

struct Statement {
  Sql id;
  Use use;
  std::string_view columns;  // of the answer: t text, i integer
  const char* text;
};

// In enum order.
std::span<const Statement> statements();
const Statement& statement(Sql id);
// The text to prepare: `text` with $MANIFEST, $TAG and $ACTIVITY, the columns of a record,
// written out.
std::string sql_text(Sql id);

}  // namespace berth::meta
