// What every blob backend promises, as one suite. A backend's test includes this header in one
// source file and says how to make a store:
//
//   INSTANTIATE_TEST_SUITE_P(MyStore, BlobStoreContract, ::testing::Values(Backend{"Mine", make}));
//
// The suite looks at nothing but blobs/blob_store.h: locations stay opaque, and damage, crashes and
// faults are the backend's own tests.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <functional>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "blobs/blob_store.h"
#include "blobs/store_testing.h"
#include "crypto/hasher.h"

namespace berth::blobs::testing {

// One place where content is kept, and the store on it.
class StoreRig {
 public:
  virtual ~StoreRig() = default;
  virtual BlobStore& store() = 0;
  // Closes the store and opens it again on the same place, as a restart does.
  virtual void reopen() = 0;
};

struct Backend {
  std::string name;
  std::function<std::unique_ptr<StoreRig>()> make;
};
inline void PrintTo(const Backend& backend, std::ostream* out) {
  *out << backend.name;
}

inline constexpr const char* kUploadId = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";
inline constexpr const char* kOtherUploadId = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d";

class BlobStoreContract : public ::testing::TestWithParam<Backend> {
 protected:
  BlobStore& store() { return rig_->store(); }
  void reopen() { rig_->reopen(); }

  static oci::Digest digest(std::string_view content,
                            oci::Algorithm algorithm = oci::Algorithm::kSha256) {
    return crypto::digest_of(algorithm, content);
  }
  BlobLocation put(std::string_view content) {
    auto location = wait_for(store().put(bytes_of(content), digest(content)));
    EXPECT_TRUE(location) << location.error().cause;
    return location.value_or(BlobLocation{});
  }
  std::unique_ptr<UploadSession> start(const char* id = kUploadId,
                                       oci::Algorithm algorithm = oci::Algorithm::kSha256) {
    auto upload = wait_for(store().start_upload(id, algorithm));
    EXPECT_TRUE(upload);
    return upload ? std::move(*upload) : nullptr;
  }
  static Result<void> append(UploadSession& upload, std::string_view content) {
    return wait_for(upload.append(bytes_of(content)));
  }
  void expect_content(const BlobLocation& location, std::string_view content) {
    auto read = read_blob(store(), location);
    ASSERT_TRUE(read) << read.error().cause;
    EXPECT_TRUE(*read == content) << "content differs at " << location.text;
    auto info = wait_for(store().stat(location));
    ASSERT_TRUE(info);
    EXPECT_EQ(info->size, content.size());
  }
  void expect_absent(const BlobLocation& location) {
    auto info = wait_for(store().stat(location));
    ASSERT_FALSE(info);
    EXPECT_EQ(info.error().code, Code::kBlobUnknown);
    auto source = wait_for(store().open(location, std::nullopt));
    ASSERT_FALSE(source);
    EXPECT_EQ(source.error().code, Code::kBlobUnknown);
  }
  std::size_t count() {
    auto all = list_all(store());
    EXPECT_TRUE(all);
    return all ? all->size() : 0;
  }
  // Ends with an uploaded blob's location.
  BlobLocation commit(UploadSession& upload, const oci::Digest& expected) {
    auto location = wait_for(upload.commit(expected));
    EXPECT_TRUE(location) << location.error().cause;
    return location.value_or(BlobLocation{});
  }

  std::unique_ptr<StoreRig> rig_ = GetParam().make();
};

TEST_P(BlobStoreContract, PutIsThereAlsoAfterARestart) {
  const std::string content = content_of(10'000);
  const BlobLocation location = put(content);
  expect_content(location, content);
  reopen();
  expect_content(location, content);
}

TEST_P(BlobStoreContract, AnEmptyBlobIsABlob) {
  expect_content(put(""), "");
  auto upload = start();
  const BlobLocation location = commit(*upload, digest("", oci::Algorithm::kSha256));
  expect_content(location, "");
  EXPECT_EQ(count(), 1U);
}

TEST_P(BlobStoreContract, PutRefusesAnotherDigestNamingBothAndStoresNothing) {
  auto refused = wait_for(store().put(bytes_of("one"), digest("two")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kDigestInvalid);
  const std::vector<Detail> both = {{"expected", digest("two").text()},
                                    {"got", digest("one").text()}};
  EXPECT_EQ(refused.error().details, both);
  EXPECT_EQ(count(), 0U);
}

TEST_P(BlobStoreContract, OpensRangesAndRefusesWhatLiesOutside) {
  const std::string content = content_of(5'000);
  const BlobLocation location = put(content);
  for (const oci::ByteRange range : {oci::ByteRange{0, 0}, oci::ByteRange{1, 4'998},
                                     oci::ByteRange{4'999, 4'999}, oci::ByteRange{0, 4'999}}) {
    auto read = read_blob(store(), location, range);
    ASSERT_TRUE(read);
    EXPECT_TRUE(*read == content.substr(range.first, range.length()));
  }
  for (const oci::ByteRange range :
       {oci::ByteRange{0, 5'000}, oci::ByteRange{5'000, 5'000}, oci::ByteRange{7, 6}}) {
    auto source = wait_for(store().open(location, range));
    ASSERT_FALSE(source);
    EXPECT_EQ(source.error().code, Code::kRangeInvalid);
  }
}

TEST_P(BlobStoreContract, AnOpenBlobCanBeReadAfterItsRemoval) {
  const std::string content = content_of(100);
  const BlobLocation location = put(content);
  auto source = wait_for(store().open(location, std::nullopt));
  ASSERT_TRUE(source);
  ASSERT_TRUE(wait_for(store().remove(location)));
  if (const auto* file = std::get_if<FileRange>(&*source)) {
    EXPECT_TRUE(read_range(*file) == content);
  }
}

TEST_P(BlobStoreContract, RemovesForGoodAndRemovingNothingIsNoError) {
  const BlobLocation location = put("gone");
  const BlobLocation other = put("stays");
  ASSERT_TRUE(wait_for(store().remove(location)));
  expect_absent(location);
  EXPECT_TRUE(wait_for(store().remove(location)));
  reopen();
  expect_absent(location);
  expect_content(other, "stays");
  expect_content(put("gone"), "gone");
}

TEST_P(BlobStoreContract, ListsEverythingOnceInOrderWhateverThePage) {
  std::set<std::string> expected;
  for (int i = 0; i < 40; ++i) expected.insert(put(content_of(10, i)).text);
  for (const std::size_t page : {std::size_t{1}, std::size_t{7}, std::size_t{40}}) {
    auto all = list_all(store(), page);
    ASSERT_TRUE(all);
    std::vector<std::string> seen;
    for (const StoredBlob& blob : *all) seen.push_back(blob.location.text);
    EXPECT_TRUE(std::equal(seen.begin(), seen.end(), expected.begin(), expected.end()));
    EXPECT_EQ(all->front().info.size, 10U);
  }
  EXPECT_TRUE(wait_for(store().list({}, 0))->empty());
}

TEST_P(BlobStoreContract, AListGoesOnAfterABlobThatWasRemoved) {
  for (int i = 0; i < 5; ++i) put(content_of(10, i));
  auto all = list_all(store());
  ASSERT_EQ(all->size(), 5U);
  ASSERT_TRUE(wait_for(store().remove((*all)[2].location)));
  auto rest = wait_for(store().list((*all)[2].location, 10));
  ASSERT_TRUE(rest);
  ASSERT_EQ(rest->size(), 2U);
  EXPECT_EQ(rest->front().location, (*all)[3].location);
}

TEST_P(BlobStoreContract, UploadsInPiecesOfAnySize) {
  const std::string content = content_of(700'000);
  for (const std::size_t piece : {1'000UL, 65'536UL, 300'000UL, 700'000UL}) {
    auto upload = start();
    for (std::size_t at = 0; at < content.size(); at += piece) {
      ASSERT_TRUE(append(*upload, std::string_view(content).substr(at, piece)));
      EXPECT_EQ(upload->offset(), std::min(at + piece, content.size()));
    }
    EXPECT_EQ(upload->unsynced(), content.size());
    expect_content(commit(*upload, digest(content)), content);
    EXPECT_EQ(count(), 1U);  // nothing but the blob, and the blob once
  }
}

TEST_P(BlobStoreContract, FlushingBetweenRequestsChangesNothing) {
  const std::string content = content_of(3'000);
  auto upload = start();
  for (std::size_t at = 0; at < content.size(); at += 1'000) {
    ASSERT_TRUE(append(*upload, std::string_view(content).substr(at, 1'000)));
    ASSERT_TRUE(wait_for(upload->flush()));
    ASSERT_TRUE(wait_for(upload->flush()));
    EXPECT_EQ(upload->offset(), at + 1'000);
  }
  EXPECT_EQ(upload->unsynced(), content.size());
  expect_content(commit(*upload, digest(content)), content);
  EXPECT_EQ(count(), 1U);
}

TEST_P(BlobStoreContract, AWrongDigestRemovesTheUploadAndNamesBoth) {
  for (const std::size_t size : {std::size_t{10}, std::size_t{600'000}}) {
    const std::string content = content_of(size);
    auto upload = start();
    ASSERT_TRUE(append(*upload, content));
    auto refused = wait_for(upload->commit(digest("other")));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kDigestInvalid);
    const std::vector<Detail> both = {{"expected", digest("other").text()},
                                      {"got", digest(content).text()}};
    EXPECT_EQ(refused.error().details, both);
    EXPECT_FALSE(append(*upload, "more"));
    upload.reset();
    EXPECT_EQ(count(), 0U);
    auto stale = wait_for(store().remove_stale_uploads([](std::string_view) { return false; }));
    EXPECT_EQ(stale.value_or(99), 0U);
  }
}

TEST_P(BlobStoreContract, CancelRemovesWhatWasReceived) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, std::size_t{600'000}}) {
    auto upload = start();
    ASSERT_TRUE(append(*upload, content_of(size)));
    wait_for(upload->cancel());
    EXPECT_FALSE(append(*upload, "more"));
    auto stale = wait_for(store().remove_stale_uploads([](std::string_view) { return false; }));
    EXPECT_EQ(stale.value_or(99), 0U);
  }
  EXPECT_EQ(count(), 0U);
}

TEST_P(BlobStoreContract, AnEndedUploadTakesNothingMore) {
  auto upload = start();
  ASSERT_TRUE(append(*upload, "x"));
  commit(*upload, digest("x"));
  EXPECT_EQ(append(*upload, "y").error().code, Code::kBlobUploadInvalid);
  EXPECT_EQ(wait_for(upload->checkpoint()).error().code, Code::kBlobUploadInvalid);
  EXPECT_EQ(wait_for(upload->commit(digest("x"))).error().code, Code::kBlobUploadInvalid);
  wait_for(upload->cancel());
  EXPECT_EQ(count(), 1U);  // cancelling late does not take the blob
}

TEST_P(BlobStoreContract, PublishingAgainIsNoError) {
  const std::string content = content_of(1'000);
  const BlobLocation first = put(content);
  auto upload = start();
  ASSERT_TRUE(append(*upload, content));
  expect_content(commit(*upload, digest(content)), content);
  expect_content(put(content), content);
  static_cast<void>(first);
}

TEST_P(BlobStoreContract, ManyMayPublishTheSameDigestAtOnce) {
  const std::string content = content_of(20'000);
  const oci::Digest expected = digest(content);
  asio::io_context& loop = test_loop();
  std::vector<Result<BlobLocation>> results(8, BlobLocation{});
  auto one = [&](std::size_t i) -> Task<> {
    results[i] = co_await store().put(bytes_of(content), expected);
  };
  for (std::size_t i = 0; i < results.size(); ++i) {
    asio::co_spawn(asio::make_strand(loop), one(i),
                   [](const std::exception_ptr& e) { EXPECT_FALSE(e); });
  }
  std::thread second([&] { loop.run(); });
  loop.run();
  second.join();
  for (const auto& result : results) {
    ASSERT_TRUE(result) << result.error().cause;
    expect_content(*result, content);
  }
}

TEST_P(BlobStoreContract, KeepsBothAlgorithms) {
  const std::string content = content_of(300'000);
  const oci::Digest wide = digest(content, oci::Algorithm::kSha512);
  auto location = wait_for(store().put(bytes_of(content), wide));
  ASSERT_TRUE(location);
  expect_content(*location, content);
  auto upload = start(kUploadId, oci::Algorithm::kSha512);
  EXPECT_EQ(upload->algorithm(), oci::Algorithm::kSha512);
  ASSERT_TRUE(append(*upload, content));
  expect_content(commit(*upload, wide), content);
  const BlobLocation narrow = put(content);
  EXPECT_NE(narrow, *location);
  EXPECT_EQ(count(), 2U);
}

TEST_P(BlobStoreContract, CommitUnderAnotherAlgorithmThanTheRunningOne) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, std::size_t{2'000'000}}) {
    const std::string content = content_of(size);
    auto upload = start();
    ASSERT_TRUE(append(*upload, std::string_view(content).substr(0, size / 2)));
    ASSERT_TRUE(append(*upload, std::string_view(content).substr(size / 2)));
    expect_content(commit(*upload, digest(content, oci::Algorithm::kSha512)), content);
    auto wrong = start();
    ASSERT_TRUE(append(*wrong, content));
    auto refused = wait_for(wrong->commit(digest("other", oci::Algorithm::kSha512)));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kDigestInvalid);
    const Detail got{"got", digest(content, oci::Algorithm::kSha512).text()};
    EXPECT_EQ(refused.error().details.back(), got);
  }
}

TEST_P(BlobStoreContract, ACheckpointContinuesAfterARestart) {
  const std::string content = content_of(900'000);
  for (const std::size_t cut : {0UL, 10UL, 400'000UL, 900'000UL}) {
    auto upload = start();
    ASSERT_TRUE(append(*upload, std::string_view(content).substr(0, cut)));
    auto saved = wait_for(upload->checkpoint());
    ASSERT_TRUE(saved) << saved.error().cause;
    EXPECT_EQ(saved->offset, cut);
    EXPECT_EQ(upload->unsynced(), 0U);
    upload.reset();
    reopen();
    auto resumed = wait_for(store().resume_upload(kUploadId, *saved));
    ASSERT_TRUE(resumed) << resumed.error().cause;
    EXPECT_EQ((*resumed)->offset(), cut);
    EXPECT_EQ((*resumed)->unsynced(), 0U);
    ASSERT_TRUE(append(**resumed, std::string_view(content).substr(cut)));
    expect_content(commit(**resumed, digest(content)), content);
  }
}

// What came after the checkpoint, more than will come again, must be cut off and not hashed.
TEST_P(BlobStoreContract, ACheckpointOlderThanTheContentCutsItBack) {
  const std::string content = content_of(800'000);
  const std::string_view text = content;
  for (const std::size_t cut : {0UL, 300'000UL}) {
    auto upload = start();
    ASSERT_TRUE(append(*upload, text.substr(0, cut)));
    auto saved = wait_for(upload->checkpoint());
    ASSERT_TRUE(saved);
    ASSERT_TRUE(append(*upload, content_of(600'000, 99)));
    EXPECT_EQ(upload->unsynced(), 600'000U);
    upload.reset();
    reopen();
    auto resumed = wait_for(store().resume_upload(kUploadId, *saved));
    ASSERT_TRUE(resumed);
    EXPECT_EQ((*resumed)->offset(), cut);
    ASSERT_TRUE(append(**resumed, text.substr(cut, 5)));  // shorter than what was cut off
    auto again = wait_for((*resumed)->checkpoint());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->offset, cut + 5);
    resumed->reset();
    resumed = wait_for(store().resume_upload(kUploadId, *again));
    ASSERT_TRUE(resumed);
    ASSERT_TRUE(append(**resumed, text.substr(cut + 5)));
    expect_content(commit(**resumed, digest(content)), content);
  }
}

// A backend may hash again or refuse; what it may not do is to go on from the wrong state.
TEST_P(BlobStoreContract, AHashStateThatDoesNotFitIsNeverContinued) {
  const std::string content = content_of(500'000);
  auto upload = start(kUploadId, oci::Algorithm::kSha512);
  ASSERT_TRUE(append(*upload, std::string_view(content).substr(0, 100'000)));
  const auto older = wait_for(upload->checkpoint());
  ASSERT_TRUE(older);
  ASSERT_TRUE(append(*upload, std::string_view(content).substr(100'000, 300'000)));
  auto saved = wait_for(upload->checkpoint());
  ASSERT_TRUE(saved);
  upload.reset();
  for (const std::string& state : {older->hash_state, std::string("made by another build")}) {
    saved->hash_state = state;
    auto resumed = wait_for(store().resume_upload(kUploadId, *saved));
    if (!resumed) {
      EXPECT_EQ(resumed.error().code, Code::kInternal);
      continue;
    }
    EXPECT_EQ((*resumed)->algorithm(), oci::Algorithm::kSha512);
    ASSERT_TRUE(append(**resumed, std::string_view(content).substr(400'000)));
    expect_content(commit(**resumed, digest(content, oci::Algorithm::kSha512)), content);
    // The next round finds the upload as this one found it.
    upload = start(kUploadId, oci::Algorithm::kSha512);
    ASSERT_TRUE(append(*upload, std::string_view(content).substr(0, 400'000)));
    ASSERT_TRUE(wait_for(upload->checkpoint()));
    upload.reset();
  }
}

TEST_P(BlobStoreContract, ResumingWhatIsLostIsAnUnknownUpload) {
  auto upload = start();
  ASSERT_TRUE(append(*upload, "some"));
  auto saved = wait_for(upload->checkpoint());
  ASSERT_TRUE(saved);
  wait_for(upload->cancel());
  for (const char* id : {kUploadId, kOtherUploadId, "../../etc/passwd"}) {
    auto resumed = wait_for(store().resume_upload(id, *saved));
    ASSERT_FALSE(resumed);
    EXPECT_EQ(resumed.error().code, Code::kBlobUploadUnknown);
  }
}

TEST_P(BlobStoreContract, ABackendStateOfAnotherKindIsRefused) {
  UploadCheckpoint foreign{3, "x", "parts:7"};
  auto resumed = wait_for(store().resume_upload(kUploadId, foreign));
  ASSERT_FALSE(resumed);
  EXPECT_EQ(resumed.error().code, Code::kInternal);
}

TEST_P(BlobStoreContract, StaleUploadsAreThoseNobodyKnows) {
  const std::string content = content_of(400'000);
  std::vector<UploadCheckpoint> saved;
  for (const char* id : {kUploadId, kOtherUploadId}) {
    auto upload = start(id);
    ASSERT_TRUE(append(*upload, content));
    saved.push_back(*wait_for(upload->checkpoint()));
  }
  const BlobLocation location = put("a blob");
  reopen();
  const auto known = [](std::string_view id) { return id == kUploadId; };
  EXPECT_EQ(wait_for(store().remove_stale_uploads(known)).value_or(99), 1U);
  EXPECT_EQ(wait_for(store().remove_stale_uploads(known)).value_or(99), 0U);
  EXPECT_FALSE(wait_for(store().resume_upload(kOtherUploadId, saved[1])));
  auto resumed = wait_for(store().resume_upload(kUploadId, saved[0]));
  ASSERT_TRUE(resumed);
  expect_content(commit(**resumed, digest(content)), content);
  expect_content(location, "a blob");
}

TEST_P(BlobStoreContract, IsReadyAndLeavesNoTrace) {
  EXPECT_TRUE(wait_for(store().check()));
  EXPECT_EQ(count(), 0U);
  reopen();
  auto stale = wait_for(store().remove_stale_uploads([](std::string_view) { return false; }));
  EXPECT_EQ(stale.value_or(99), 0U);
}

}  // namespace berth::blobs::testing
