#include "meta/read_cache.h"

#include <gtest/gtest.h>

#include <thread>

namespace berth::meta {
namespace {

RepositoryKey key_of(const std::string& name) {
  return {"default", oci::RepositoryName::parse(name).value()};
}

class ReadCacheTest : public testing::Test {
 protected:
  std::string find(ReadCache<std::string>& in, const CacheKey& key) {
    const auto hit = in.find(key);
    return hit ? *hit : "";
  }
  RepositoryVersions versions;
  Counter hits, misses;
  ReadCache<std::string> cache{versions, 160, hits, misses};  // ten entries per shard
  const RepositoryKey app = key_of("app");
  const CacheKey latest{app, "latest"};
};

TEST_F(ReadCacheTest, RemembersUntilTheRepositoryChanges) {
  EXPECT_EQ(find(cache, latest), "");
  cache.insert(latest, versions.current(latest), "one");
  EXPECT_EQ(find(cache, latest), "one");
  EXPECT_EQ(find(cache, CacheKey(app, "other")), "");
  versions.raise(key_of("unrelated"));
  EXPECT_EQ(find(cache, latest), "one");
  versions.raise(app);
  EXPECT_EQ(find(cache, latest), "");
  cache.insert(latest, versions.current(latest), "two");
  EXPECT_EQ(find(cache, latest), "two");
  versions.raise_all();
  EXPECT_EQ(find(cache, latest), "");
  EXPECT_EQ(hits.value(), 3U);
  EXPECT_EQ(misses.value(), 4U);
}

TEST_F(ReadCacheTest, AnAnswerReadBeforeAWriteIsNeverServedAfterIt) {
  const std::uint64_t noted = versions.current(latest);
  // Here the reader reads the old row; then a writer commits, raises the version and answers.
  versions.raise(app);
  cache.insert(latest, noted, "old");
  EXPECT_EQ(find(cache, latest), "");
  cache.insert(latest, versions.current(latest), "new");
  cache.insert(latest, noted, "old");  // a slower reader does not push the newer answer out
  EXPECT_EQ(find(cache, latest), "new");
}

TEST_F(ReadCacheTest, NamesAndReferencesDoNotRunIntoEachOther) {
  const RepositoryKey longer = key_of("applatest");
  cache.insert(latest, versions.current(latest), "mine");
  EXPECT_EQ(find(cache, CacheKey(longer, "")), "");
  const RepositoryKey other_registry{"defaul", oci::RepositoryName::parse("tapp").value()};
  EXPECT_EQ(find(cache, CacheKey(other_registry, "latest")), "");
}

TEST_F(ReadCacheTest, StaysBoundedAndKeepsWhatIsUsed) {
  cache.insert(latest, versions.current(latest), "kept");
  for (int i = 0; i < 5000; ++i) {
    const std::string tag = "t" + std::to_string(i);
    const CacheKey key(app, tag);
    cache.insert(key, versions.current(key), tag);
    EXPECT_EQ(find(cache, key), tag);
    EXPECT_EQ(find(cache, latest), "kept");
  }
  int left = 0;
  for (int i = 0; i < 5000; ++i) {
    if (!find(cache, CacheKey(app, "t" + std::to_string(i))).empty()) ++left;
  }
  EXPECT_LE(left, 159);
  EXPECT_GE(left, 100);
}

TEST_F(ReadCacheTest, SizeZeroSwitchesItOff) {
  ReadCache<std::string> off(versions, 0, hits, misses);
  off.insert(latest, versions.current(latest), "one");
  EXPECT_EQ(find(off, latest), "");
}

TEST_F(ReadCacheTest, ManyThreadsShareIt) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 3000; ++i) {
        const std::string tag = std::to_string(i % 300);
        const CacheKey key(app, tag);
        if (const auto hit = cache.find(key); hit && *hit != tag) ++wrong;
        cache.insert(key, versions.current(key), tag);
        if (t == 0 && i % 100 == 0) versions.raise(app);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace berth::meta
