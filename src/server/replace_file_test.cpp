#include "server/replace_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace berth::server {
namespace {

using testing::HasSubstr;

class ReplaceFile : public testing::Test {
 protected:
  ReplaceFile() {
    std::string pattern = std::filesystem::temp_directory_path() / "berth-replace-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ReplaceFile() override { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  std::string folder_;
};

TEST_F(ReplaceFile, WritesAndReplacesWithTheMode) {
  const auto mode = [&] {
    struct stat info {};
    ::stat(path("f").c_str(), &info);
    return info.st_mode & 0777U;
  };
  ASSERT_TRUE(replace_file(path("f"), "one", 0600));
  EXPECT_EQ(mode(), 0600U);
  ASSERT_TRUE(replace_file(path("f"), "two", 0644));
  EXPECT_EQ(mode(), 0644U);
  EXPECT_EQ(read_small_file(path("f"), 3), "two");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(ReplaceFile, DoesNotFollowWhatStandsInItsWay) {
  std::ofstream(path("precious")) << "precious";
  std::filesystem::create_symlink("precious", path("f.new"));
  ASSERT_TRUE(replace_file(path("f"), "text", 0600));
  EXPECT_EQ(read_small_file(path("precious"), 100), "precious");
  EXPECT_FALSE(std::filesystem::is_symlink(path("f")));
}

TEST_F(ReplaceFile, FailuresNameTheFileAndLeaveNothing) {
  const auto missing = read_small_file(path("f"), 100);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kResourceUnknown);
  EXPECT_THAT(missing.error().message, HasSubstr(path("f")));

  std::filesystem::create_directory(path("folder"));
  EXPECT_FALSE(replace_file(path("folder"), "text", 0600));
  EXPECT_FALSE(replace_file(path("no/such/folder"), "text", 0600));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);

  std::ofstream(path("long")) << "12345";
  EXPECT_EQ(read_small_file(path("long"), 4).error().code, Code::kTooLarge);
}

}  // namespace
}  // namespace berth::server
