#include "server/data_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace berth::server {
namespace {

class DataDirectoryTest : public ::testing::Test {
 protected:
  DataDirectoryTest() {
    std::array<char, 32> name{"/tmp/berth-data-dir-XXXXXX"};
    root_ = ::mkdtemp(name.data());
  }
  ~DataDirectoryTest() override { std::filesystem::remove_all(root_); }
  std::string root_;
};

TEST_F(DataDirectoryTest, MakesWhatIsMissingForItsOwnerOnly) {
  const auto data = DataDirectory::open(root_ + "/a/b");
  ASSERT_TRUE(data) << data.error().message;
  struct stat info {};
  ASSERT_EQ(::stat(data->path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
}

TEST_F(DataDirectoryTest, BelongsToOneProcessAtATime) {
  {
    const auto first = DataDirectory::open(root_);
    ASSERT_TRUE(first);
    const auto second = DataDirectory::open(root_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::kConflict);
    EXPECT_NE(second.error().message.find(root_), std::string::npos);
  }
  EXPECT_TRUE(DataDirectory::open(root_));
}

TEST_F(DataDirectoryTest, SaysWhyAPathCannotBeUsed) {
  std::ofstream(root_ + "/file") << "x";
  const auto data = DataDirectory::open(root_ + "/file");
  ASSERT_FALSE(data);
  EXPECT_EQ(data.error().code, Code::kInvalidRequest);
  EXPECT_NE(data.error().message.find("Not a directory"), std::string::npos);
}

}  // namespace
}  // namespace berth::server
