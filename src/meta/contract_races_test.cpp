#include <atomic>

#include "meta/metadata_store_contract.h"

namespace berth::meta {
namespace {

TEST_P(MetadataStoreContract, AReaderAfterAnAnsweredWriteAlwaysSeesIt) {
  constexpr int kRepositories = 4;
  constexpr std::uint64_t kRounds = 60;
  std::atomic<int> stale{0};
  std::atomic<int> failed{0};
  // One writer per repository moves a tag on and on; after each answer it and a reader of its own
  // must see the new digest at least, while other readers keep the cache warm with old answers.
  std::array<std::atomic<std::uint64_t>, kRepositories> answered{};
  const auto writer = [&](int number) -> Task<void> {
    const auto key = key_of("app" + std::to_string(number));
    for (std::uint64_t round = 1; round <= kRounds; ++round) {
      if (!co_await store().put_manifest(image(key, round, {"latest"}))) ++failed;
      answered[number].store(round);
      const auto seen = co_await store().resolve(key, tag_of("latest"));
      if (!seen || seen->digest != digest_no(round)) ++stale;
    }
  };
  const auto reader = [&](int number) -> Task<void> {
    const auto key = key_of("app" + std::to_string(number));
    while (answered[number].load() < kRounds) {
      const std::uint64_t floor = answered[number].load();
      const auto seen = co_await store().resolve(key, tag_of("latest"));
      if (floor > 0 && (!seen || seen->digest < digest_no(floor))) ++stale;
      co_await asio::post(co_await asio::this_coro::executor, use_task);
    }
  };
  for (int i = 0; i < kRepositories; ++i) {
    loop_.add(writer(i));
    loop_.add(reader(i));
    loop_.add(reader(i));
  }
  loop_.run_all(4);
  EXPECT_EQ(stale.load(), 0);
  EXPECT_EQ(failed.load(), 0);
}

TEST_P(MetadataStoreContract, ManyWritersOfOneRepositoryLoseNothing) {
  constexpr std::uint64_t kTasks = 16;
  constexpr std::uint64_t kEach = 10;
  const auto key = key_of("shared");
  std::atomic<int> failed{0};
  const auto pusher = [&](std::uint64_t task) -> Task<void> {
    for (std::uint64_t i = 0; i < kEach; ++i) {
      const std::uint64_t n = 1000 + task * kEach + i;
      if (!co_await store().link_blob(key, blob_no(n + 5000, 1), "")) ++failed;
      const auto write = image(key, n, {"t" + std::to_string(n), "latest"}, {n + 5000});
      if (!co_await store().put_manifest(write)) ++failed;
    }
  };
  for (std::uint64_t task = 0; task < kTasks; ++task) loop_.add(pusher(task));
  loop_.run_all(4);
  EXPECT_EQ(failed.load(), 0);
  const auto record = ok(store().repository(key));
  EXPECT_EQ(record.manifest_count, kTasks * kEach);
  EXPECT_EQ(record.tag_count, kTasks * kEach + 1);
  EXPECT_EQ(ok(store().usage("default")).bytes, kTasks * kEach * 51);
}

TEST_P(MetadataStoreContract, ARefusedWriteDoesNotDisturbThoseBesideIt) {
  const auto key = key_of("app");
  std::atomic<int> wrong{0};
  const auto good = [&](std::uint64_t n) -> Task<void> {
    if (!co_await store().put_manifest(image(key, n, {"t" + std::to_string(n)}))) ++wrong;
  };
  const auto bad = [&](std::uint64_t n) -> Task<void> {
    const auto refused = co_await store().put_manifest(image(key, n, {"bad"}, {n + 100'000}));
    if (refused || refused.error().code != Code::kManifestBlobUnknown) ++wrong;
  };
  for (std::uint64_t n = 0; n < 64; ++n) loop_.add(n % 2 == 0 ? good(n) : bad(n));
  loop_.run_all(2);
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(ok(store().repository(key)).manifest_count, 32U);
  EXPECT_EQ(code(store().tag(key, tag_of("bad"))), Code::kManifestUnknown);
}

TEST_P(MetadataStoreContract, CollectionBesidePushesNeverTakesWhatAPushNeeds) {
  const auto key = key_of("app");
  std::atomic<bool> done{false};
  std::atomic<int> broken{0};
  // A push that finds its link gone links again, as a client that gets MANIFEST_BLOB_UNKNOWN does.
  const auto pusher = [&]() -> Task<void> {
    for (std::uint64_t n = 1; n <= 60; ++n) {
      for (int attempt = 0;; ++attempt) {
        (void)co_await store().link_blob(key, blob_no(10'000 + n), "");
        if (co_await store().put_manifest(image(key, n, {}, {10'000 + n}))) break;
        if (attempt > 50) ++broken;
      }
      const auto blob = co_await store().find_blob(key, digest_no(10'000 + n));
      if (!blob) ++broken;
    }
    done = true;
  };
  const auto collector = [&]() -> Task<void> {
    while (!done) {
      const auto idle = co_await store().idle_links(0, 100);
      if (idle) (void)co_await store().drop_idle_links(idle->items);
      const auto unlinked = co_await store().unlinked_blobs("", 100);
      if (!unlinked) continue;
      std::vector<oci::Digest> digests;
      for (const auto& row : unlinked->items) digests.push_back(row.digest);
      (void)co_await store().drop_unlinked_blobs(digests);
    }
  };
  loop_.add(pusher());
  loop_.add(collector());
  loop_.run_all(3);
  EXPECT_EQ(broken.load(), 0);
  for (std::uint64_t n = 1; n <= 60; ++n) ok(store().find_blob(key, digest_no(10'000 + n)));
}

}  // namespace
}  // namespace berth::meta
