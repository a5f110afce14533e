// One operation fails, the rest go on: the caller is told, and nothing acknowledged is harmed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "blobs/fs/crash_scenarios.h"

namespace berth::blobs::fs::testing {
namespace {

using ::testing::IsEmpty;

class FsStoreFault : public ::testing::TestWithParam<Story> {
 public:
  ~FsStoreFault() override { disk_.join(); }

 protected:
  // Plays the story with operation `number` of it failing; nullopt when it has fewer.
  std::optional<Ledger> play(Rig& rig, std::uint64_t number, int error) {
    Ledger ledger;
    GetParam().prepare(rig, ledger);
    const std::uint64_t begin = rig.os->operations();
    rig.os->fail_at(begin + number, error);
    GetParam().act(rig, ledger);
    if (rig.os->operations() <= begin + number) return std::nullopt;
    return ledger;
  }

  BlockingPool disk_{1};
};

TEST_P(FsStoreFault, IsReportedAndHarmsNothing) {
  const bool refuses = GetParam().name == "WrongDigest";
  for (const auto& [error, code] :
       {std::pair{ENOSPC, Code::kStorageFull}, {EIO, Code::kInternal}}) {
    for (std::uint64_t number = 0;; ++number) {
      Rig rig(disk_);
      auto ledger = play(rig, number, error);
      if (!ledger) break;
      ASSERT_FALSE(ledger->errors.empty()) << "operation " << number << " failed unnoticed";
      // Removing refused content is best effort: the refusal stays what it was.
      const Code got = ledger->errors.front().code;
      EXPECT_TRUE(got == code || (refuses && got == Code::kDigestInvalid)) << number;
      const auto left = rig.os->list("/srv/data/uploads");
      if (!refuses && !ledger->checkpoint) EXPECT_THAT(*left, IsEmpty()) << number;
      ledger->checkpoint.reset();  // the story has cancelled
      Rig after = rig.crash(3 + number);
      EXPECT_THAT(judge(after, *ledger), IsEmpty()) << number;
      EXPECT_THAT(judge(rig, *ledger), IsEmpty()) << number;
    }
  }
}

TEST_P(FsStoreFault, ShortWritesAreCompleted) {
  Rig rig(disk_);
  Ledger ledger;
  rig.os->limit_writes(300);
  GetParam().prepare(rig, ledger);
  GetParam().act(rig, ledger);
  EXPECT_EQ(ledger.errors.empty(), GetParam().name != "WrongDigest");
  ledger.checkpoint.reset();
  EXPECT_THAT(judge(rig, ledger), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Stories, FsStoreFault, ::testing::ValuesIn(stories()),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace berth::blobs::fs::testing
