// The model itself: what it keeps, what it may lose, and that it does lose it.
#include "blobs/fs/faulty_file_system.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <string>

#include "blobs/store_testing.h"

namespace berth::blobs::fs {
namespace {

using blobs::testing::bytes_of;
using blobs::testing::content_of;

constexpr std::uint64_t kSeeds = 200;

// "-" when there is no such file.
std::string content_at(FaultyFileSystem& os, const std::string& path) {
  auto file = os.open(path, Access::kRead);
  if (!file) return "-";
  std::string content(os.status(*file)->size, '\0');
  const auto out = std::as_writable_bytes(std::span(content.data(), content.size()));
  return os.read_at(*file, out, 0) ? content : "unreadable";
}

// Every outcome that the seeds bring.
std::set<std::string> outcomes(const FaultyFileSystem& os, const std::string& path) {
  std::set<std::string> all;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    all.insert(content_at(*os.crash(seed), path));
  }
  return all;
}

class FaultyFileSystemTest : public ::testing::Test {
 protected:
  FaultyFileSystemTest() {
    EXPECT_TRUE(os_.make_directory("/a"));
    EXPECT_TRUE(os_.make_directory("/b"));
    EXPECT_TRUE(os_.sync_directory("/"));
  }
  File write(const std::string& path, const std::string& content) {
    File file = std::move(*os_.create(path));
    EXPECT_TRUE(os_.write_at(file, bytes_of(content), 0));
    return file;
  }
  void write_durably(const std::string& path, const std::string& content) {
    const File file = write(path, content);
    EXPECT_TRUE(os_.sync_data(file));
    EXPECT_TRUE(os_.sync_directory("/a"));
  }
  using Set = std::set<std::string>;
  FaultyFileSystem os_;
};

TEST_F(FaultyFileSystemTest, WhatIsSyncedStays) {
  write_durably("/a/f", "content");
  EXPECT_EQ(outcomes(os_, "/a/f"), Set{"content"});
}

TEST_F(FaultyFileSystemTest, AFileNeedsItsDirectorysSync) {
  const File file = write("/a/f", "content");
  ASSERT_TRUE(os_.sync_data(file));
  EXPECT_EQ(outcomes(os_, "/a/f"), (Set{"-", "content"}));
}

TEST_F(FaultyFileSystemTest, AFileInALostDirectoryIsLost) {
  ASSERT_TRUE(os_.make_directory("/a/d"));
  const File file = write("/a/d/f", "content");
  ASSERT_TRUE(os_.sync_data(file));
  ASSERT_TRUE(os_.sync_directory("/a/d"));
  EXPECT_EQ(outcomes(os_, "/a/d/f"), (Set{"-", "content"}));
}

TEST_F(FaultyFileSystemTest, UnsyncedContentIsLostTornOrZero) {
  const std::string content = content_of(2'000);
  write("/a/f", content);
  ASSERT_TRUE(os_.sync_directory("/a"));
  const Set all = outcomes(os_, "/a/f");
  EXPECT_TRUE(all.contains(""));
  EXPECT_TRUE(all.contains(content));
  EXPECT_TRUE(all.contains(std::string(2'000, '\0')));
  EXPECT_GT(all.size(), 50U);
}

TEST_F(FaultyFileSystemTest, BytesThatDidNotChangeAreNotAtRisk) {
  write_durably("/a/f", "abcdef");
  const auto file = os_.open("/a/f", Access::kReadWrite);
  ASSERT_TRUE(os_.truncate(*file, 3));
  ASSERT_TRUE(os_.write_at(*file, bytes_of("XY"), 3));
  for (const std::string& content : outcomes(os_, "/a/f")) EXPECT_EQ(content.substr(0, 3), "abc");
}

TEST_F(FaultyFileSystemTest, ARenameHappensWhollyOrNot) {
  write_durably("/a/f", "content");
  ASSERT_TRUE(os_.rename("/a/f", "/b/g"));
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto after = os_.crash(seed);
    EXPECT_NE(content_at(*after, "/a/f"), content_at(*after, "/b/g"));
  }
  EXPECT_EQ(outcomes(os_, "/b/g"), (Set{"-", "content"}));
  ASSERT_TRUE(os_.sync_directory("/b"));
  EXPECT_EQ(outcomes(os_, "/b/g"), Set{"content"});
  EXPECT_EQ(outcomes(os_, "/a/f"), Set{"-"});
}

TEST_F(FaultyFileSystemTest, ARemovalMayBeForgotten) {
  write_durably("/a/f", "content");
  ASSERT_TRUE(os_.unlink("/a/f"));
  EXPECT_EQ(outcomes(os_, "/a/f"), (Set{"-", "content"}));
  ASSERT_TRUE(os_.sync_directory("/a"));
  EXPECT_EQ(outcomes(os_, "/a/f"), Set{"-"});
}

TEST_F(FaultyFileSystemTest, ALaterOperationWinsOverAnEarlierOne) {
  write_durably("/a/f", "old");
  const File file = write("/b/g", "new");  // the name is not synced
  ASSERT_TRUE(os_.sync_data(file));
  ASSERT_TRUE(os_.rename("/b/g", "/a/f"));
  ASSERT_TRUE(os_.sync_directory("/a"));
  EXPECT_EQ(outcomes(os_, "/a/f"), Set{"new"});
  EXPECT_EQ(outcomes(os_, "/b/g"), Set{"-"});
}

TEST_F(FaultyFileSystemTest, FailsTheChosenOperationOnly) {
  const std::uint64_t next = os_.operations();
  os_.fail_at(next + 1, ENOSPC);
  EXPECT_TRUE(os_.create("/a/f"));
  EXPECT_EQ(os_.create("/a/g").error(), ENOSPC);
  EXPECT_TRUE(os_.create("/a/h"));
  EXPECT_EQ(*os_.list("/a"), (std::vector<std::string>{"f", "h"}));
  EXPECT_EQ(os_.operations(), next + 4);
}

TEST_F(FaultyFileSystemTest, WithoutPowerNothingHappens) {
  write_durably("/a/f", "content");
  os_.cut_power_at(os_.operations());
  EXPECT_EQ(os_.unlink("/a/f").error(), EIO);
  EXPECT_EQ(os_.sync_directory("/a").error(), EIO);
  EXPECT_EQ(outcomes(os_, "/a/f"), Set{"content"});
}

}  // namespace
}  // namespace berth::blobs::fs
