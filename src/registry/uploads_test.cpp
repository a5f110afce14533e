#include "registry/uploads.h"

#include "registry/registry_fixture.h"

namespace berth::registry {
namespace {

using UploadsTest = RegistryFixture;

Chunk chunk(PiecesBody& body, std::optional<std::uint64_t> length = {},
            std::optional<oci::ByteRange> range = {}) {
  return {body, range, length};
}

TEST_F(UploadsTest, ReceivesInChunksAndPublishes) {
  const std::string id = wait_for(uploads_->start(push(), oci::Algorithm::kSha256)).value();
  PiecesBody first({"hel", "lo "});
  EXPECT_EQ(wait_for(uploads_->append(push(), id, chunk(first, 6, oci::ByteRange{0, 5}))).value(),
            6U);
  EXPECT_EQ(wait_for(uploads_->offset(push(), id)).value(), 6U);
  PiecesBody last({"world"});
  const oci::Digest digest = sha256("hello world");
  ASSERT_TRUE(wait_for(uploads_->finish(push(), id, chunk(last), digest)));
  EXPECT_TRUE(has_blob(digest));
  EXPECT_FALSE(has_blob(digest, "other"));
  EXPECT_EQ(wait_for(uploads_->offset(push(), id)).error().code, Code::kBlobUploadUnknown);
}

TEST_F(UploadsTest, AChunkOutOfOrderIsRefusedWithTheOffsetAndNotRead) {
  const std::string id = wait_for(uploads_->start(push(), oci::Algorithm::kSha256)).value();
  PiecesBody body({"abc"});
  const auto refused = wait_for(uploads_->append(push(), id, chunk(body, 3, oci::ByteRange{5, 7})));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kRangeInvalid);
  EXPECT_EQ(refused.error().details[0], (Detail{"offset", "0"}));
  EXPECT_EQ(wait_for(uploads_->offset(push(), id)).value(), 0U);
}

TEST_F(UploadsTest, LengthsThatDisagreeAreRefused) {
  const std::string id = wait_for(uploads_->start(push(), oci::Algorithm::kSha256)).value();
  PiecesBody body({"abc"});
  EXPECT_EQ(
      wait_for(uploads_->append(push(), id, chunk(body, 3, oci::ByteRange{0, 9}))).error().code,
      Code::kSizeInvalid);
  PiecesBody chunked({"abc"});
  EXPECT_EQ(
      wait_for(uploads_->append(push(), id, chunk(chunked, {}, oci::ByteRange{0, 9}))).error().code,
      Code::kSizeInvalid);
}

TEST_F(UploadsTest, WhatCameBeforeTheClientWentAwayStays) {
  const std::string id = wait_for(uploads_->start(push(), oci::Algorithm::kSha256)).value();
  PiecesBody cut({"hello "}, Error(Code::kClientGone, "gone"));
  EXPECT_EQ(wait_for(uploads_->append(push(), id, chunk(cut, 100))).error().code,
            Code::kClientGone);
  EXPECT_EQ(wait_for(uploads_->offset(push(), id)).value(), 6U);
  PiecesBody rest({"world"});
  EXPECT_TRUE(wait_for(uploads_->finish(push(), id, chunk(rest, 5), sha256("hello world"))));
}

TEST_F(UploadsTest, AWrongDigestLeavesNothing) {
  PiecesBody body({"abc"});
  const auto refused = wait_for(uploads_->store(push(), chunk(body, 3), sha256("xyz")));
  EXPECT_EQ(refused.error().code, Code::kDigestInvalid);
  EXPECT_FALSE(has_bytes(sha256("abc")));
  EXPECT_FALSE(has_blob(sha256("abc")));
  EXPECT_EQ(uploads_->open_count(), 0U);
}

TEST_F(UploadsTest, AnUploadBelongsToItsRepository) {
  const std::string id = wait_for(uploads_->start(push("a"), oci::Algorithm::kSha256)).value();
  EXPECT_EQ(wait_for(uploads_->offset(push("b"), id)).error().code, Code::kBlobUploadUnknown);
  EXPECT_EQ(wait_for(uploads_->cancel(push("b"), id)).error().code, Code::kBlobUploadUnknown);
  EXPECT_TRUE(wait_for(uploads_->cancel(push("a"), id)));
  EXPECT_EQ(wait_for(uploads_->offset(push("a"), id)).error().code, Code::kBlobUploadUnknown);
}

// A body without bytes whose reading makes a second request.
class Nosy final : public ByteStream {
 public:
  explicit Nosy(std::function<Task<>()> look) : look_(std::move(look)) {}
  Task<Result<std::size_t>> read(std::span<std::byte> /*out*/) override {
    co_await look_();
    co_return std::size_t{0};
  }

 private:
  std::function<Task<>()> look_;
};

TEST_F(UploadsTest, ASecondWriterIsToldToWait) {
  const std::string id = wait_for(uploads_->start(push(), oci::Algorithm::kSha256)).value();
  Code seen = Code::kInternal;
  Nosy body([&]() -> Task<> { seen = (co_await uploads_->offset(push(), id)).error().code; });
  EXPECT_TRUE(wait_for(uploads_->append(push(), id, {body, {}, {}})));
  EXPECT_EQ(seen, Code::kBlobUploadBusy);
  EXPECT_EQ(wait_for(uploads_->offset(push(), id)).value(), 0U);
}

TEST_F(UploadsTest, ContinuesAfterARestartAtTheLastCheckpoint) {
  limits_.checkpoint_bytes = 4;
  restart();
  const std::string id = wait_for(uploads_->start(push(), oci::Algorithm::kSha256)).value();
  PiecesBody body({"hello "});
  ASSERT_TRUE(wait_for(uploads_->append(push(), id, chunk(body, 6))));
  restart();
  ASSERT_TRUE(wait_for(uploads_->clean_up_at_start()));
  EXPECT_EQ(wait_for(uploads_->offset(push(), id)).value(), 6U);
  EXPECT_EQ(wait_for(uploads_->offset(push("b"), id)).error().code, Code::kBlobUploadUnknown);
  PiecesBody rest({"world"});
  EXPECT_TRUE(wait_for(uploads_->finish(push(), id, chunk(rest, 5), sha256("hello world"))));
  EXPECT_TRUE(wait_for(meta_->upload_ids()).value().empty());
}

TEST_F(UploadsTest, OnlyOneRequestMayBringAnUploadBackFromDisk) {
  limits_.checkpoint_bytes = 1;
  restart();
  const std::string id = wait_for(uploads_->start(push(), oci::Algorithm::kSha256)).value();
  PiecesBody body({"hello "});
  ASSERT_TRUE(wait_for(uploads_->append(push(), id, chunk(body, 6))));
  restart();
  // Two at once: one continues, the other is told to wait; then both find it in memory.
  std::vector<Code> refused;
  const auto look = [&]() -> Task<> {
    const auto offset = co_await uploads_->offset(push(), id);
    if (!offset) refused.push_back(offset.error().code);
  };
  asio::io_context& loop = blobs::testing::test_loop();
  for (int i = 0; i < 2; ++i) {
    asio::co_spawn(asio::make_strand(loop), look,
                   [](const std::exception_ptr& e) { EXPECT_FALSE(e); });
  }
  loop.run();
  EXPECT_EQ(refused, (std::vector{Code::kBlobUploadBusy}));
  EXPECT_EQ(wait_for(uploads_->offset(push(), id)).value(), 6U);
}

TEST_F(UploadsTest, AGracefulStopKeepsEveryIdleUpload) {
  const std::string id = wait_for(uploads_->start(push(), oci::Algorithm::kSha256)).value();
  PiecesBody body({"hello "});
  ASSERT_TRUE(wait_for(uploads_->append(push(), id, chunk(body, 6))));
  wait_for(uploads_->checkpoint_all());
  restart();
  EXPECT_EQ(wait_for(uploads_->offset(push(), id)).value(), 6U);
}

TEST_F(UploadsTest, OldUploadsExpireAlsoThoseOfEarlierRuns) {
  limits_.checkpoint_bytes = 1;
  restart();
  const std::string old = wait_for(uploads_->start(push(), oci::Algorithm::kSha256)).value();
  PiecesBody body({"abc"});
  ASSERT_TRUE(wait_for(uploads_->append(push(), old, chunk(body, 3))));
  restart();
  const std::string idle = wait_for(uploads_->start(push(), oci::Algorithm::kSha256)).value();
  clock_.advance(limits_.expire + std::chrono::seconds(1));
  const std::string fresh = wait_for(uploads_->start(push(), oci::Algorithm::kSha256)).value();
  wait_for(uploads_->expire());
  EXPECT_EQ(wait_for(uploads_->offset(push(), old)).error().code, Code::kBlobUploadUnknown);
  EXPECT_EQ(wait_for(uploads_->offset(push(), idle)).error().code, Code::kBlobUploadUnknown);
  EXPECT_TRUE(wait_for(uploads_->offset(push(), fresh)));
  EXPECT_TRUE(wait_for(meta_->upload_ids()).value().empty());
}

TEST_F(UploadsTest, LimitsOnNumberAndSize) {
  limits_.max_open = 1;
  limits_.max_blob_bytes = 4;
  restart();
  PiecesBody announced({"12345"});
  EXPECT_EQ(wait_for(uploads_->store(push(), chunk(announced, 5), sha256("12345"))).error().code,
            Code::kTooLarge);
  PiecesBody chunked({"123", "45"});
  EXPECT_EQ(wait_for(uploads_->store(push(), chunk(chunked), sha256("12345"))).error().code,
            Code::kTooLarge);
  ASSERT_TRUE(wait_for(uploads_->start(push(), oci::Algorithm::kSha256)));
  EXPECT_EQ(wait_for(uploads_->start(push(), oci::Algorithm::kSha256)).error().code,
            Code::kTooManyRequests);
}

TEST_F(UploadsTest, ABlobInOneRequestTakesThePlaceOfAnUpload) {
  limits_.max_open = 1;
  restart();
  Code started = Code::kInternal;
  Code stored = Code::kInternal;
  PiecesBody unread({"abc"});
  Nosy body([&]() -> Task<> {
    EXPECT_EQ(uploads_->open_count(), 1U);
    started = (co_await uploads_->start(push(), oci::Algorithm::kSha256)).error().code;
    stored = (co_await uploads_->store(push(), chunk(unread, 3), sha256("abc"))).error().code;
    co_await uploads_->expire();  // a request has it
  });
  EXPECT_TRUE(wait_for(uploads_->store(push(), {body, {}, {}}, sha256(""))));
  EXPECT_EQ(started, Code::kTooManyRequests);
  EXPECT_EQ(stored, Code::kTooManyRequests);
  EXPECT_EQ(uploads_->open_count(), 0U);
  EXPECT_TRUE(wait_for(uploads_->store(push(), chunk(unread, 3), sha256("abc"))))
      << "what was refused was not read";
}

TEST_F(UploadsTest, ALockedRepositoryTakesNoUpload) {
  push_blob("x");
  ASSERT_TRUE(wait_for(catalog_->change(permit<policy::Action::kMetadataWrite>(),
                                        meta::AttributesChange{.write_enabled = false})));
  EXPECT_EQ(wait_for(uploads_->start(push(), oci::Algorithm::kSha256)).error().code,
            Code::kDisallowed);
}

TEST_F(UploadsTest, Sha512IsHashedFromTheStartWhenItIsKnown) {
  const std::string id = wait_for(uploads_->start(push(), oci::Algorithm::kSha256)).value();
  PiecesBody body({"abc"});
  const oci::Digest digest = crypto::digest_of(oci::Algorithm::kSha512, std::string_view("abc"));
  EXPECT_TRUE(wait_for(uploads_->finish(push(), id, chunk(body, 3), digest)));
  EXPECT_TRUE(has_blob(digest));
}

}  // namespace
}  // namespace berth::registry
