// Costs do not grow: SQLite's own plan of every statement that a request runs.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "meta/sqlite_open.h"
#include "meta/sqlite_test_files.h"

namespace berth::meta {
namespace {

class SqlPlan : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(open_sqlite_writer({.path = directory_.file("m.db")}, TimePoint{}));
    connection_ = raw_connection(directory_.file("m.db"));
  }
  // The lines of the plan, e.g. "SEARCH tags USING INDEX tags_time (repository=? AND …)".
  std::vector<std::string> plan(Sql id) {
    auto* backend = static_cast<soci::sqlite3_session_backend*>(connection_->get_backend());
    const std::string query = "EXPLAIN QUERY PLAN " + sql_text(id);
    sqlite_api::sqlite3_stmt* raw = nullptr;
    EXPECT_EQ(sqlite_api::sqlite3_prepare_v2(backend->conn_, query.c_str(), -1, &raw, nullptr),
              SQLITE_OK)
        << query;
    const std::unique_ptr<sqlite_api::sqlite3_stmt, decltype(&sqlite_api::sqlite3_finalize)>
        statement(raw, &sqlite_api::sqlite3_finalize);
    std::vector<std::string> lines;
    while (sqlite_api::sqlite3_step(raw) == SQLITE_ROW) {
      lines.emplace_back(reinterpret_cast<const char*>(sqlite_api::sqlite3_column_text(raw, 3)));
    }
    return lines;
  }

  TemporaryDirectory directory_;
  std::unique_ptr<soci::session> connection_;
};

bool is_transaction_control(Sql id) {
  return id <= Sql::kRollbackToSavepoint;
}

TEST_F(SqlPlan, NoRequestReadsAWholeTableOrSorts) {
  for (const Statement& s : statements()) {
    if (s.use == Use::kBackground || is_transaction_control(s.id) || s.id == Sql::kPing) continue;
    for (const std::string& line : plan(s.id)) {
      if (line == "SCAN CONSTANT ROW") continue;
      EXPECT_FALSE(line.starts_with("SCAN")) << line << "\n  in " << s.text;
      EXPECT_EQ(line.find("ORDER BY"), std::string::npos) << line << "\n  in " << s.text;
    }
  }
}

TEST_F(SqlPlan, BackgroundStatementsAreTheDocumentedOnes) {
  for (const Statement& s : statements()) {
    const bool expected = s.id == Sql::kUploadIds || s.id == Sql::kActivitiesBelow ||
                          s.id >= Sql::kWrongRepositoryCounts;
    EXPECT_EQ(s.use == Use::kBackground, expected) << s.text;
  }
}

// An index that only narrows the repository would still read all its tags: these use every column.
TEST_F(SqlPlan, PagesStartInsideTheirIndex) {
  const std::vector<std::pair<Sql, std::string>> expected = {
      {Sql::kCatalog, "repositories_catalog (registry=? AND name>? AND name<?)"},
      {Sql::kTagNames, "tags_listed (repository=? AND list_enabled=? AND name>?)"},
      {Sql::kTagsByName, "tags_listed (repository=? AND list_enabled=? AND name>?)"},
      {Sql::kTagsByTime, "tags_time (repository=? AND list_enabled=? AND (updated,name)>(?,?))"},
      {Sql::kTagsByTimeDown,
       "tags_time (repository=? AND list_enabled=? AND (updated,name)<(?,?))"},
      {Sql::kTagsOfDigestByName, "tags_digest (repository=? AND digest=? AND list_enabled=?"},
      {Sql::kTagsOfDigestByTime, "tags_digest_time (repository=? AND digest=? AND list_enabled=?"},
      {Sql::kTagsOfDigestByTimeDown, "tags_digest_time (repository=? AND digest=?"},
      {Sql::kTagsOfManifest, "tags_digest (repository=? AND digest=? AND list_enabled=?"},
      {Sql::kManifestsByDigest, "manifests_listed (repository=? AND list_enabled=? AND digest>?)"},
      {Sql::kManifestsByTime, "manifests_time (repository=? AND list_enabled=? AND (updated,"},
      {Sql::kManifestsByTimeDown, "manifests_time (repository=? AND list_enabled=? AND (updated,"},
      {Sql::kReferrers, "manifests_subject (repository=? AND subject=? AND digest>?)"},
      {Sql::kReferrersOfType,
       "manifests_subject_type (repository=? AND subject=? AND artifact_type=? AND digest>?)"},
      {Sql::kDocuments, "documents_1 (kind=? AND id>?)"},
      {Sql::kActivities, "PRIMARY KEY (rowid<?)"},
      {Sql::kActivitiesBelow, "COVERING INDEX activities_target (target>? AND target<?)"},
      {Sql::kIdleLinks, "repository_blobs_idle (needed=? AND id>?)"},
      {Sql::kUnlinkedBlobs, "blobs_unlinked (links=? AND digest>?)"},
      {Sql::kHasLocation, "blobs_location (location=?)"},
      {Sql::kStaleUploads, "uploads_updated (updated<?)"},
      {Sql::kReferringManifest, "manifest_references_target (target=? AND repository=?)"},
      {Sql::kInsertLink, "manifest_references_target (target=? AND repository=?)"},
      {Sql::kIdleLink, "manifest_references_target (target=? AND repository=?)"},
      {Sql::kReferringManifests, "manifest_references_target (target=?)"},
  };
  for (const auto& [id, index] : expected) {
    EXPECT_THAT(plan(id), testing::Contains(testing::HasSubstr(index))) << statement(id).text;
  }
}

// Bound by position, a name that occurs twice would be one parameter on SQLite and two elsewhere.
TEST_F(SqlPlan, EveryParameterNameOccursOnce) {
  for (const Statement& s : statements()) {
    const std::string_view text = s.text;
    std::set<std::string_view> names;
    for (auto at = text.find(':'); at != std::string_view::npos; at = text.find(':', at + 1)) {
      EXPECT_TRUE(names.insert(text.substr(at, 2)).second) << text;
    }
  }
}

}  // namespace
}  // namespace berth::meta
