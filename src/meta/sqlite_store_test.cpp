#include <sys/stat.h>

#include <fstream>

#include "meta/metadata_store_contract.h"
#include "meta/sql_store.h"
#include "meta/sqlite_test_files.h"

namespace berth::meta {
namespace {

class SqliteBackend final : public ContractBackend {
 public:
  std::unique_ptr<MetadataStore> open(BlockingPool& db, const Clock& clock, Metrics& metrics,
                                      Logger& log) override {
    return open_sqlite({.path = directory_.file("metadata.db"), .reserve_bytes = 65'536}, db, clock,
                       metrics, log)
        .value();
  }

 private:
  TemporaryDirectory directory_;
};
std::unique_ptr<ContractBackend> make_sqlite_backend() {
  return std::make_unique<SqliteBackend>();
}
INSTANTIATE_TEST_SUITE_P(Sqlite, MetadataStoreContract, testing::Values(make_sqlite_backend));

class SqliteStore : public testing::Test {
 protected:
  Result<std::unique_ptr<MetadataStore>> open(const SqliteOptions& options) {
    return open_sqlite(options, pool_, clock_, metrics_, log_);
  }
  std::string path(const std::string& name = "metadata.db") const { return directory_.file(name); }
  void sql(const std::string& statement) { *raw_connection(path()) << statement; }

  TestLoop loop_;
  TemporaryDirectory directory_;
  ManualClock clock_;
  Metrics metrics_;
  File null_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  Logger log_{null_.fd(), LogFormat::kHuman, LogLevel::kOff, clock_};
  BlockingPool pool_{4};
};

TEST_F(SqliteStore, RefusesANewerSchemaAndLeavesItAlone) {
  ASSERT_TRUE(open({.path = path()}));
  sql("INSERT INTO schema_versions (version, applied) VALUES (99, 0)");
  const auto store = open({.path = path()});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::kUnavailable);
  EXPECT_THAT(store.error().message, testing::HasSubstr("schema 99"));
  sql("DELETE FROM schema_versions WHERE version = 99");
  EXPECT_TRUE(open({.path = path()}));
}

TEST_F(SqliteStore, BringsAnOlderSchemaUpToDateAndKeepsWhatIsThere) {
  {
    auto store = open({.path = path()}).value();
    ASSERT_TRUE(loop_.run(store->put_manifest(image(key_of("app"), 1, {"v1"}))));
  }
  for (const char* undo : {"DROP TABLE documents", "DROP TABLE activities",
                           "DELETE FROM schema_versions WHERE version > 1"}) {
    sql(undo);
  }
  auto store = open({.path = path()}).value();
  EXPECT_EQ(loop_.run(store->resolve(key_of("app"), tag_of("v1")))->digest, digest_no(1));
  const std::vector<DocumentChange> changes = {{"thing", "a", "{}", 0}};
  EXPECT_TRUE(loop_.run(store->change(changes, std::vector<Activity>())));
}

TEST_F(SqliteStore, RefusesTheFileOfAnotherProgram) {
  sql("CREATE TABLE theirs (a INTEGER)");
  const auto store = open({.path = path()});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::kInvalidRequest);
  std::ofstream(path("text")) << std::string(8192, 'x');
  const auto text = open({.path = path("text")});
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().cause, testing::HasSubstr("not a database"));
  EXPECT_THAT(text.error().message, testing::Not(testing::HasSubstr(path("text"))));
}

TEST_F(SqliteStore, RefusesAPathThatCannotBe) {
  EXPECT_EQ(open({.path = ""}).error().code, Code::kInvalidRequest);
  EXPECT_EQ(open({.path = path("a\"b")}).error().code, Code::kInvalidRequest);
  EXPECT_THAT(open({.path = path("no/such/dir")}).error().cause, testing::HasSubstr("no/such"));
  EXPECT_TRUE(open({.path = path("with space = and 'quote'")}));
}

TEST_F(SqliteStore, TheFileIsForItsOwnerOnlyAndDurable) {
  ASSERT_TRUE(open({.path = path()}));
  struct stat info {};
  ASSERT_EQ(::stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  std::string mode;
  *raw_connection(path()) << "PRAGMA journal_mode", soci::into(mode);
  EXPECT_EQ(mode, "wal");
}

TEST_F(SqliteStore, AFullDiskRefusesWritesAndRecoversWhenThereIsRoom) {
  auto store = open({.path = path(), .max_pages = 150}).value();
  const auto key = key_of("app");
  std::uint64_t stored = 0;
  Result<void> full;
  while (full && stored < 10'000) {
    full = loop_.run(store->put_manifest(image(key, stored, {"t" + std::to_string(stored)})));
    if (full) ++stored;
  }
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::kStorageFull);
  EXPECT_THAT(full.error().message, testing::Not(testing::HasSubstr("INSERT")));
  EXPECT_GT(stored, 10U);

  // Reads go on, what was answered is there, and deleting makes room.
  EXPECT_EQ(loop_.run(store->repository(key))->manifest_count, stored);
  EXPECT_EQ(loop_.run(store->resolve(key, tag_of("t0")))->digest, digest_no(0));
  EXPECT_THAT(loop_.run(store->check_consistency(false)).value(), testing::IsEmpty());
  EXPECT_TRUE(loop_.run(store->remove_repository(key)));
  EXPECT_TRUE(loop_.run(store->put_manifest(image(key, 1, {"again"}))));
}

TEST_F(SqliteStore, ADatabaseLockedByAnotherProcessIsUnavailableNotBroken) {
  auto store = open({.path = path(), .lock_wait = std::chrono::milliseconds(20)}).value();
  auto other = raw_connection(path());
  *other << "BEGIN IMMEDIATE";
  const auto refused = loop_.run(store->put_manifest(image(key_of("app"), 1, {})));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  *other << "ROLLBACK";
  EXPECT_TRUE(loop_.run(store->put_manifest(image(key_of("app"), 1, {}))));
}

TEST_F(SqliteStore, ConsistencyCheckFindsAndRepairsEveryKeptCount) {
  auto store = open({.path = path()}).value();
  ASSERT_TRUE(loop_.run(store->link_blob(key_of("a"), blob_no(10), "")));
  ASSERT_TRUE(loop_.run(store->link_blob(key_of("a"), blob_no(11), "")));
  ASSERT_TRUE(loop_.run(store->put_manifest(image(key_of("a"), 1, {"v1"}, {10}))));
  const std::string blob = "'" + digest_no(10).text() + "'";
  struct Damage {
    std::string sql, named;
  };
  const std::vector<Damage> damages = {
      {"UPDATE repositories SET manifest_count = 7", "repository default/a: 7 manifests"},
      {"UPDATE repositories SET tag_count = 7", "7 tags"},
      {"UPDATE blobs SET links = 0 WHERE digest = " + blob, "0 links are counted, 1 exist"},
      {"UPDATE registry_blobs SET links = 5 WHERE digest = " + blob, "5 links are counted"},
      {"DELETE FROM registry_blobs WHERE digest = " + blob, "is linked, but not counted"},
      {"UPDATE registry_usage SET bytes = 1", "1 bytes and 1 repositories are counted"},
      {"UPDATE registry_usage SET repositories = 3", "3 repositories are counted, 250 and 1"},
      {"UPDATE repository_blobs SET needed = 0", "marked as idle"},
      {"UPDATE repository_blobs SET needed = 1", "marked as needed"},
  };
  for (const Damage& damage : damages) {
    sql(damage.sql);
    const auto found = loop_.run(store->check_consistency(true)).value();
    EXPECT_THAT(found, testing::Contains(testing::HasSubstr(damage.named))) << damage.sql;
    EXPECT_THAT(loop_.run(store->check_consistency(false)).value(), testing::IsEmpty())
        << damage.sql;
  }
  EXPECT_EQ(loop_.run(store->usage("default"))->bytes, 250U);
}

TEST_F(SqliteStore, AValueThatWasTamperedWithIsAnErrorNotACrash) {
  auto store = open({.path = path(), .cache_entries = 0}).value();
  ASSERT_TRUE(loop_.run(store->put_manifest(image(key_of("a"), 1, {"v1"}))));
  sql("UPDATE tags SET name = 'not a tag!'");
  const auto page = loop_.run(store->tag_names(key_of("a"), "", 10));
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, Code::kInternal);
  EXPECT_THAT(page.error().cause, testing::HasSubstr("not a tag!"));
  EXPECT_THAT(page.error().message, testing::Not(testing::HasSubstr("not a tag!")));
  sql("UPDATE tags SET name = 'v1'");
  EXPECT_TRUE(loop_.run(store->tag_names(key_of("a"), "", 10)));
}

}  // namespace
}  // namespace berth::meta
