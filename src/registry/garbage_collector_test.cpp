#include "registry/garbage_collector.h"

#include <boost/asio/steady_timer.hpp>

#include "registry/registry_fixture.h"

namespace berth::registry {
namespace {

class GarbageCollectorTest : public RegistryFixture {
 protected:
  void pass_grace() { clock_.advance(kGrace + std::chrono::seconds(1)); }
  static constexpr GcRequest kNow{.dry_run = false, .grace = std::chrono::seconds(0)};
};

TEST_F(GarbageCollectorTest, KeepsWhatAnImageNeedsAndRemovesTheRestAfterGrace) {
  const oci::Digest config = push_blob("c");
  const oci::Digest layer = push_blob("l");
  const oci::Digest idle = push_blob("idle");
  ASSERT_TRUE(put_manifest(image_of(config, {layer}), "v1"));
  EXPECT_EQ(collect({}).removed, 0U);  // younger than the grace period
  pass_grace();
  const MaintenanceSummary summary = collect({});
  EXPECT_EQ(summary.removed, 1U);
  EXPECT_EQ(summary.removed_bytes, 4U);
  EXPECT_EQ(summary.dropped_links, 1U);
  EXPECT_FALSE(has_bytes(idle));
  EXPECT_FALSE(has_blob(idle));
  EXPECT_TRUE(has_blob(config) && has_blob(layer));
}

TEST_F(GarbageCollectorTest, ADeletedImageGoesWholeButForWhatOthersShare) {
  const oci::Digest config = push_blob("c");
  const oci::Digest shared = push_blob("shared");
  const auto pushed = put_manifest(image_of(config, {shared}), "v1");
  push_blob("c2", "other");
  push_blob("shared", "other");
  ASSERT_TRUE(put_manifest(image_of(sha256("c2"), {shared}), "v1", "other"));
  ASSERT_TRUE(wait_for(manifests_->remove(permit<policy::Action::kDelete>(), pushed->digest)));
  pass_grace();
  EXPECT_EQ(collect({}).removed, 2U);  // config and manifest
  EXPECT_TRUE(has_blob(shared, "other"));
  EXPECT_FALSE(has_blob(shared));
  EXPECT_FALSE(has_bytes(config));
}

TEST_F(GarbageCollectorTest, ABlobThatAClientJustAskedForStays) {
  const oci::Digest idle = push_blob("idle");
  clock_.advance(kGrace);
  ASSERT_TRUE(has_blob(idle));  // HEAD: the client will not push it again
  clock_.advance(std::chrono::seconds(60));
  EXPECT_EQ(collect({}).removed, 0U);
  ASSERT_TRUE(put_manifest(image_of(idle, {}), "v1"));
}

TEST_F(GarbageCollectorTest, RemovesNothingBeforeTheServerRanForAGracePeriod) {
  const oci::Digest idle = push_blob("idle");
  pass_grace();
  restart();  // what clients were told before is forgotten
  EXPECT_EQ(collect({}).removed, 0U);
  EXPECT_EQ(collect(kNow).removed, 1U);  // the operator insists
  EXPECT_FALSE(has_bytes(idle));
}

TEST_F(GarbageCollectorTest, ALeaseKeepsBytesThatHaveNoRowYet) {
  const oci::Digest digest = sha256("abc");
  const auto bytes = blobs::testing::bytes_of("abc");
  clock_.advance(std::chrono::seconds(1));
  {
    const Lease lease = wait_for(leases_->hold(digest));
    ASSERT_TRUE(wait_for(store_->put(bytes, digest)));
    clock_.advance(std::chrono::hours(24 * 365 * 20));  // whatever the file's time says
    EXPECT_EQ(collect(kNow).removed, 0U);
    EXPECT_TRUE(has_bytes(digest));
  }
  EXPECT_EQ(collect(kNow).removed, 1U);  // the push ended without recording it
  EXPECT_FALSE(has_bytes(digest));
}

TEST_F(GarbageCollectorTest, APushWaitsForAClaimAndThenPublishes) {
  const oci::Digest digest = sha256("abc");
  Claim claim = leases_->claim({digest});
  ASSERT_EQ(claim.digests().size(), 1U);
  EXPECT_TRUE(leases_->claim({digest}).empty());
  bool published = false;
  const auto both = [&]() -> Task<bool> {
    asio::co_spawn(
        co_await asio::this_coro::executor,
        [&]() -> Task<> {
          PiecesBody body({"abc"});
          const auto stored = co_await uploads_->store(push(), {body, {}, 3}, digest);
          published = stored.has_value();
        },
        [](std::exception_ptr e) { EXPECT_FALSE(e); });
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(30));
    co_await timer.async_wait(use_task);
    const bool before = published;
    claim.release();
    co_return before;
  };
  EXPECT_FALSE(wait_for(both()));
  EXPECT_TRUE(published);
  EXPECT_TRUE(has_blob(digest));
}

TEST_F(GarbageCollectorTest, DryRunChangesNothingAndGivesAReasonForEveryBlob) {
  const oci::Digest config = push_blob("c");
  ASSERT_TRUE(put_manifest(image_of(config, {}), "v1"));
  pass_grace();
  const oci::Digest old = push_blob("old");
  pass_grace();
  const oci::Digest young = push_blob("young");
  auto run = collector_->begin(operate(), {.dry_run = true, .grace = {}}).value();
  std::map<std::string, Finding> by_content;
  for (Finding& finding : drive(*run)) by_content[finding.content] = finding;
  EXPECT_EQ(run->summary().removed, 1U);
  EXPECT_EQ(by_content.at(config.text()).verdict, Verdict::kKeep);
  EXPECT_NE(by_content.at(config.text()).reason.find("team/app"), std::string::npos);
  EXPECT_EQ(by_content.at(old.text()).verdict, Verdict::kWouldRemove);
  EXPECT_EQ(by_content.at(young.text()).verdict, Verdict::kKeep);
  EXPECT_NE(by_content.at(young.text()).reason.find("grace"), std::string::npos);
  run.reset();
  EXPECT_TRUE(has_bytes(old));
  EXPECT_EQ(collect({}).removed, 1U);  // the real run does just what was said
  EXPECT_FALSE(has_bytes(old));
  EXPECT_TRUE(has_bytes(young));
}

TEST_F(GarbageCollectorTest, TheGracePeriodOfAnOldBlobBeginsWithItsRemoval) {
  const oci::Digest blob = push_blob("old");
  pass_grace();
  ASSERT_TRUE(wait_for(blobs_->remove(permit<policy::Action::kDelete>(), blob)));
  EXPECT_EQ(collect({}).removed, 0U);
  EXPECT_TRUE(has_bytes(blob));
  pass_grace();
  EXPECT_EQ(collect({}).removed, 1U);
}

TEST_F(GarbageCollectorTest, OneRunAtATime) {
  auto run = collector_->begin(operate(), {}).value();
  EXPECT_EQ(collector_->begin(operate(), {}).error().code, Code::kConflict);
  run.reset();
  EXPECT_TRUE(collector_->begin_scheduled());
}

}  // namespace
}  // namespace berth::registry
