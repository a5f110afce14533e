#include "meta/writer.h"

#include <fcntl.h>

#include "meta/metadata_store_contract.h"
#include "meta/sqlite_open.h"
#include "meta/sqlite_test_files.h"

namespace berth::meta {
namespace {

class WriterTest : public testing::Test {
 protected:
  void SetUp() override { open(0); }
  void open(std::uint64_t reserve) {
    writer_.reset();
    const std::string path = directory_.file("m.db");
    ASSERT_TRUE(open_sqlite_writer({.path = path}, clock_.now()));
    auto connection = raw_connection(path);
    *connection << "PRAGMA foreign_keys = ON";
    raw_ = connection.get();
    writer_ = std::make_unique<Writer>(
        std::make_unique<Session>(std::move(connection), sqlite_dialect()),
        SpaceReserve(reserve_path(), reserve), versions_, clock_, metrics_, log_);
  }
  std::string reserve_path() const { return directory_.file("m.db-reserve"); }
  static Result<void> store_blob(Transaction& tx, std::uint64_t number) {
    tx.db.execute(Sql::kInsertBlob, {digest_no(number), 1, "at", tx.now});
    return {};
  }
  bool stored(std::uint64_t number) {
    return loop_
        .run(writer_->write([&](Transaction& tx) -> Result<bool> {
          return tx.db.exists(Sql::kBlob, {digest_no(number)});
        }))
        .value();
  }
  // Runs all jobs in one batch: another job holds the writer until they are queued. On one thread,
  // tasks that are added first wait for the writer when a later one has been around many times.
  void run_together(const std::vector<std::function<Task<void>()>>& tasks) {
    std::atomic<bool> held{false};
    std::atomic<bool> queued{false};
    const auto hold = [&]() -> Task<void> {
      (void)co_await writer_->write([&](Transaction&) -> Result<void> {
        held = true;
        while (!queued) std::this_thread::yield();
        return {};
      });
    };
    const auto coordinate = [&]() -> Task<void> {
      const auto executor = co_await asio::this_coro::executor;
      while (!held) co_await asio::post(executor, use_task);
      for (const auto& task : tasks) loop_.add(task());
      for (int i = 0; i < 100; ++i) co_await asio::post(executor, use_task);
      queued = true;
    };
    loop_.add(hold());
    loop_.add(coordinate());
    loop_.run_all(1);
  }

  TestLoop loop_;
  TemporaryDirectory directory_;
  ManualClock clock_;
  Metrics metrics_;
  File null_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  Logger log_{null_.fd(), LogFormat::kHuman, LogLevel::kOff, clock_};
  RepositoryVersions versions_;
  soci::session* raw_ = nullptr;
  std::unique_ptr<Writer> writer_;
};

TEST_F(WriterTest, AFailedJobUndoesItselfAlone) {
  Result<void> good, refused, thrown, constraint;
  run_together({
      [&]() -> Task<void> {
        good = co_await writer_->write([](Transaction& tx) { return store_blob(tx, 1); });
      },
      [&]() -> Task<void> {
        refused = co_await writer_->write([](Transaction& tx) -> Result<void> {
          TRY(store_blob(tx, 2));
          return fail(Code::kDisallowed, "no");
        });
      },
      [&]() -> Task<void> {
        thrown = co_await writer_->write([](Transaction& tx) -> Result<void> {
          TRY(store_blob(tx, 3));
          throw std::runtime_error("a bug");
        });
      },
      [&]() -> Task<void> {
        constraint = co_await writer_->write([](Transaction& tx) -> Result<void> {
          TRY(store_blob(tx, 4));
          return store_blob(tx, 1);  // there already
        });
      },
  });
  EXPECT_TRUE(good);
  EXPECT_EQ(refused.error().message, "no");
  EXPECT_EQ(thrown.error().code, Code::kInternal);
  EXPECT_EQ(thrown.error().cause, "a bug");
  EXPECT_EQ(constraint.error().code, Code::kInternal);
  EXPECT_THAT(constraint.error().cause, testing::HasSubstr("UNIQUE"));
  EXPECT_THAT(constraint.error().message, testing::Not(testing::HasSubstr("UNIQUE")));
  EXPECT_TRUE(stored(1));
  for (const std::uint64_t n : {2U, 3U, 4U}) EXPECT_FALSE(stored(n)) << n;
}

TEST_F(WriterTest, AFailedCommitFailsTheWholeBatchAndTheNextOneWorks) {
  Result<void> innocent, guilty;
  const auto violate = [this](Transaction& tx) -> Result<void> {
    // A constraint that is checked at COMMIT: the tag of a repository that does not exist.
    *raw_ << "PRAGMA defer_foreign_keys = ON";
    tx.db.execute(Sql::kInsertTag, {77, "v1", digest_no(1), tx.now, tx.now});
    return {};
  };
  run_together({
      [&]() -> Task<void> {
        innocent = co_await writer_->write([](Transaction& tx) { return store_blob(tx, 1); });
      },
      [&]() -> Task<void> { guilty = co_await writer_->write(violate); },
  });
  // Both ran in one batch, so neither is stored.
  ASSERT_FALSE(guilty);
  EXPECT_THAT(guilty.error().cause, testing::HasSubstr("FOREIGN KEY"));
  ASSERT_FALSE(innocent);
  EXPECT_EQ(innocent.error().code, Code::kInternal);
  EXPECT_FALSE(stored(1));
  EXPECT_TRUE(loop_.run(writer_->write([](Transaction& tx) { return store_blob(tx, 1); })));
  EXPECT_TRUE(stored(1));
}

TEST_F(WriterTest, ALostTransactionFailsTheWholeBatch) {
  Result<void> before, lost;
  run_together({
      [&]() -> Task<void> {
        before = co_await writer_->write([](Transaction& tx) { return store_blob(tx, 1); });
      },
      [&]() -> Task<void> {
        // What SQLite does by itself on some disk errors.
        lost = co_await writer_->write([this](Transaction&) -> Result<void> {
          *raw_ << "ROLLBACK";
          throw std::runtime_error("disk gone");
        });
      },
  });
  EXPECT_EQ(before.error().cause, "disk gone");
  EXPECT_EQ(lost.error().cause, "disk gone");
  EXPECT_FALSE(stored(1));
}

TEST_F(WriterTest, AJobAloneSharesItsTransactionWithNobody) {
  Result<void> before, alone, after;
  run_together({
      [&]() -> Task<void> {
        before = co_await writer_->write([](Transaction& tx) { return store_blob(tx, 1); });
      },
      [&]() -> Task<void> {
        alone = co_await writer_->write_alone([this](Transaction& tx) -> Result<void> {
          TRY(store_blob(tx, 2));
          *raw_ << "ROLLBACK";
          throw std::runtime_error("disk gone");
        });
      },
      [&]() -> Task<void> {
        after = co_await writer_->write([](Transaction& tx) -> Result<void> {
          // The order of the queue is kept.
          if (!tx.db.exists(Sql::kBlob, {digest_no(1)})) return fail(Code::kInternal, "overtaken");
          return store_blob(tx, 3);
        });
      },
  });
  EXPECT_TRUE(before);
  EXPECT_EQ(alone.error().cause, "disk gone");
  EXPECT_TRUE(after);
  EXPECT_TRUE(stored(1));
  EXPECT_FALSE(stored(2));
  EXPECT_TRUE(stored(3));
}

TEST_F(WriterTest, AFullDiskLetsTheReserveGoForWhatFreesSpace) {
  open(65'536);
  ASSERT_EQ(std::filesystem::file_size(reserve_path()), 65'536U);
  // The disk is full as long as the reserve is there.
  const auto needs_room = [this](Transaction& tx, std::uint64_t number) -> Result<void> {
    TRY(store_blob(tx, number));
    if (std::filesystem::file_size(reserve_path()) == 0) return {};
    throw SqlError(Error(Code::kStorageFull, "full"));
  };
  Result<void> adding, freeing;
  run_together({
      [&]() -> Task<void> {
        adding = co_await writer_->write([&](Transaction& tx) { return needs_room(tx, 1); });
      },
      [&]() -> Task<void> {
        freeing =
            co_await writer_->write_freeing([&](Transaction& tx) { return needs_room(tx, 2); });
      },
  });
  EXPECT_EQ(adding.error().code, Code::kStorageFull);
  EXPECT_TRUE(freeing);
  EXPECT_EQ(std::filesystem::file_size(reserve_path()), 0U);
  EXPECT_TRUE(loop_.run(writer_->write([](Transaction& tx) { return store_blob(tx, 3); })));
  EXPECT_EQ(std::filesystem::file_size(reserve_path()), 65'536U);  // there is room again
  EXPECT_FALSE(stored(1));
  EXPECT_TRUE(stored(2));
}

TEST_F(WriterTest, WithoutItsReserveItTakesOnlyWhatFreesSpace) {
  open(1ULL << 60);  // no disk has this
  const auto refused = loop_.run(writer_->write([](Transaction& tx) { return store_blob(tx, 1); }));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kStorageFull);
  EXPECT_TRUE(loop_.run(writer_->write_freeing([](Transaction& tx) { return store_blob(tx, 2); })));
  EXPECT_TRUE(loop_.run(writer_->write_alone([](Transaction& tx) { return store_blob(tx, 3); })));
  open(0);
  EXPECT_FALSE(stored(1));
  EXPECT_TRUE(stored(2));
  EXPECT_TRUE(stored(3));
}

TEST_F(WriterTest, RaisesTheVersionsBeforeItAnswers) {
  const RepositoryKey app = key_of("app");
  const CacheKey key(app, "x");
  const RepositoryKey elsewhere = key_of("other");
  const CacheKey other(elsewhere, "x");
  const auto before = versions_.current(key);
  const auto untouched = versions_.current(other);
  ASSERT_TRUE(loop_.run(writer_->write([&](Transaction& tx) -> Result<void> {
    tx.touch(app);
    return {};
  })));
  EXPECT_GT(versions_.current(key), before);
  EXPECT_EQ(versions_.current(other), untouched);
}

TEST_F(WriterTest, MoreJobsThanABatchHoldsAllRun) {
  std::atomic<int> done{0};
  const auto one = [&](std::uint64_t n) -> Task<void> {
    if (co_await writer_->write([n](Transaction& tx) { return store_blob(tx, n); })) ++done;
  };
  for (std::uint64_t n = 0; n < 3 * Writer::kMaxBatch; ++n) loop_.add(one(n));
  loop_.run_all(1);
  EXPECT_EQ(done.load(), 3 * static_cast<int>(Writer::kMaxBatch));
}

}  // namespace
}  // namespace berth::meta
