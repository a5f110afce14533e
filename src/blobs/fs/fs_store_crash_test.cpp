// What was acknowledged survives a power cut at any operation, and nothing else shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blobs/fs/crash_scenarios.h"

namespace berth::blobs::fs::testing {
namespace {

using ::testing::IsEmpty;

constexpr std::uint64_t kSeeds = 40;
const auto kHonest = [](FaultyFileSystem&) {};

class FsStoreCrash : public ::testing::TestWithParam<Story> {
 public:
  ~FsStoreCrash() override { disk_.join(); }

 protected:
  BlockingPool disk_{1};
};

TEST_P(FsStoreCrash, KeepsEveryPromise) {
  EXPECT_THAT(crash_everywhere(disk_, GetParam(), kSeeds, kHonest), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Stories, FsStoreCrash, ::testing::ValuesIn(stories()),
                         [](const auto& param) { return param.param.name; });

TEST(FsStoreFirstOpen, SurvivesAPowerCutAnywhere) {
  BlockingPool disk(1);
  const auto nothing = [](Rig&, Ledger&) {};
  const auto open_and_put = [](Rig& rig, Ledger& ledger) {
    if (rig.open()) stories().front().act(rig, ledger);
  };
  const Story story{"FirstOpen", nothing, open_and_put};
  EXPECT_THAT(crash_everywhere(disk, story, kSeeds, kHonest), IsEmpty());
  disk.join();
}

// The tests above can fail: without the one or the other sync they do.
TEST(FsStoreCrashModel, CatchesAMissingSync) {
  BlockingPool disk(1);
  using Sync = FaultyFileSystem::Sync;
  const auto without = [&](Sync kind, const char* name) {
    for (const Story& story : stories()) {
      if (story.name != name) continue;
      return crash_everywhere(disk, story, 8, [=](FaultyFileSystem& os) { os.ignore_syncs(kind); });
    }
    return std::vector<std::string>{};
  };
  for (const char* name : {"Put", "StreamedUpload", "CheckpointedUpload", "ResumedUpload"}) {
    EXPECT_FALSE(without(Sync::kData, name).empty()) << name;
  }
  for (const char* name : {"Put", "StreamedUpload", "CheckpointedUpload", "Remove"}) {
    EXPECT_FALSE(without(Sync::kDirectory, name).empty()) << name;
  }
  disk.join();
}

}  // namespace
}  // namespace berth::blobs::fs::testing
