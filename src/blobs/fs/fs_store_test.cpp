// The contract on the real file system and on the model, and what is particular to this backend.
#include "blobs/fs/fs_store.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "blobs/blob_store_contract.h"
#include "blobs/fs/faulty_file_system.h"
#include "blobs/fs/layout.h"
#include "blobs/fs/posix_file_system.h"

namespace berth::blobs::fs {
namespace {

using namespace berth::blobs::testing;  // NOLINT(google-build-using-namespace)
namespace stdfs = std::filesystem;

// A folder of its own under the temporary folder, gone at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string form = (stdfs::temp_directory_path() / "berth-blobs-XXXXXX").string();
    path_ = ::mkdtemp(form.data());
  }
  ~TemporaryFolder() { stdfs::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class FsRig final : public StoreRig {
 public:
  FsRig(std::unique_ptr<FileSystem> os, Options options)
      : os_(std::move(os)), options_(std::move(options)) {
    reopen();
  }
  ~FsRig() override { disk_.join(); }
  BlobStore& store() override { return *store_; }
  void reopen() override {
    SeededRandom random(++runs_);
    auto opened = open_store(options_, disk_, *os_, clock_, random);
    if (!opened) throw std::runtime_error(opened.error().cause);
    store_ = std::move(*opened);
  }
  ManualClock& clock() { return clock_; }

 private:
  std::unique_ptr<FileSystem> os_;
  Options options_;
  ManualClock clock_;
  BlockingPool disk_{2};
  std::unique_ptr<BlobStore> store_;
  std::uint64_t runs_ = 0;
};

class PosixRig final : public StoreRig {
 public:
  BlobStore& store() override { return rig_.store(); }
  void reopen() override { rig_.reopen(); }

 private:
  TemporaryFolder folder_;
  FsRig rig_{std::make_unique<PosixFileSystem>(), {.root = folder_.path() + "/data/"}};
};

Backend posix_backend() {
  return {"Posix", [] { return std::make_unique<PosixRig>(); }};
}
Backend model_backend() {
  return {"Model", [] {
            return std::make_unique<FsRig>(std::make_unique<FaultyFileSystem>(),
                                           Options{.root = "/data"});
          }};
}
INSTANTIATE_TEST_SUITE_P(FsStore, BlobStoreContract,
                         ::testing::Values(posix_backend(), model_backend()),
                         [](const auto& param) { return param.param.name; });

oci::Digest sha256(std::string_view content) {
  return crypto::digest_of(oci::Algorithm::kSha256, content);
}

class FsStoreOnDisk : public ::testing::Test {
 protected:
  BlobStore& store() { return rig_.store(); }
  Result<BlobLocation> put(const std::string& content) {
    return wait_for(store().put(bytes_of(content), sha256(content)));
  }
  std::string root() const { return folder_.path() + "/data"; }
  void write_file(const std::string& path, const std::string& content) {
    std::ofstream(root() + "/" + path) << content;
  }

  TemporaryFolder folder_;
  FsRig rig_{std::make_unique<PosixFileSystem>(), {.root = folder_.path() + "/data"}};
};

TEST_F(FsStoreOnDisk, LiesWhereTheLayoutSaysForNobodyElse) {
  const auto location = put("content");
  ASSERT_TRUE(location);
  const std::string hex(sha256("content").hex());
  EXPECT_EQ(location->text, fmt::format("sha256/{}/{}", hex.substr(0, 2), hex));
  struct stat file {};
  ASSERT_EQ(::stat(fmt::format("{}/blobs/{}", root(), location->text).c_str(), &file), 0);
  EXPECT_EQ(file.st_mode, S_IFREG | 0600U);
  EXPECT_EQ(file.st_size, 7);
  struct stat folder {};
  for (const char* name : {"", "/blobs", "/uploads", "/blobs/sha256", "/blobs/sha512"}) {
    ASSERT_EQ(::stat((root() + name).c_str(), &folder), 0);
    EXPECT_EQ(folder.st_mode, S_IFDIR | 0700U) << name;
  }
  const auto info = wait_for(store().stat(*location));
  ASSERT_TRUE(info);
  EXPECT_EQ(to_micros(info->modified) / 1'000'000, file.st_mtim.tv_sec);
}

TEST_F(FsStoreOnDisk, PublishingAgainRepairsADamagedFile) {
  const auto location = put("content");
  write_file("blobs/" + location->text, "damage!");
  ASSERT_EQ(read_blob(store(), *location).value_or(""), "damage!");
  ASSERT_TRUE(put("content"));
  EXPECT_EQ(read_blob(store(), *location).value_or(""), "content");
}

TEST_F(FsStoreOnDisk, AMalformedLocationNeverReachesTheDisk) {
  write_file("secret", "x");
  for (const char* text : {"", "../secret", "../../etc/passwd", "sha256/ab", "sha256/ab/.."}) {
    const BlobLocation location{text};
    EXPECT_EQ(wait_for(store().stat(location)).error().code, Code::kInternal);
    EXPECT_EQ(wait_for(store().open(location, std::nullopt)).error().code, Code::kInternal);
    EXPECT_EQ(wait_for(store().remove(location)).error().code, Code::kInternal);
  }
  EXPECT_EQ(wait_for(store().list({"../secret"}, 1)).error().code, Code::kInternal);
  EXPECT_TRUE(stdfs::exists(root() + "/secret"));
  const auto upload = wait_for(store().start_upload("../secret", oci::Algorithm::kSha256));
  EXPECT_EQ(upload.error().code, Code::kBlobUploadInvalid);
}

TEST_F(FsStoreOnDisk, ASymbolicLinkIsNoBlob) {
  const BlobLocation location = location_of(sha256("content"));
  write_file("secret", "x");
  stdfs::create_directory(stdfs::path(root() + "/blobs/" + location.text).parent_path());
  stdfs::create_symlink(root() + "/secret", root() + "/blobs/" + location.text);
  EXPECT_FALSE(wait_for(store().open(location, std::nullopt)));
  EXPECT_FALSE(wait_for(store().stat(location)));
}

TEST_F(FsStoreOnDisk, ForeignFilesAreNeitherListedNorRemoved) {
  const auto location = put("content");
  write_file("blobs/" + location->text + ".bak", "x");
  write_file("blobs/sha256/notes", "x");
  stdfs::create_directory(root() + "/blobs/sha256/zz");
  stdfs::create_directory(root() + "/uploads/lost+found");
  write_file("uploads/notes", "x");
  const auto all = list_all(store());
  ASSERT_TRUE(all);
  EXPECT_EQ(all->size(), 1U);
  const auto nobody = [](std::string_view) { return false; };
  EXPECT_EQ(wait_for(store().remove_stale_uploads(nobody)).value_or(99), 0U);
  EXPECT_TRUE(stdfs::exists(root() + "/uploads/notes"));
}

TEST_F(FsStoreOnDisk, WhatAnEarlierRunWasPuttingIsStale) {
  write_file("uploads/1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed.17", "half a blob");
  const auto everything = [](std::string_view) { return true; };
  EXPECT_EQ(wait_for(store().remove_stale_uploads(everything)).value_or(99), 1U);
  EXPECT_TRUE(stdfs::is_empty(root() + "/uploads"));
}

TEST_F(FsStoreOnDisk, AHashStateOfAnotherBuildIsMadeAnew) {
  constexpr const char* kId = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";
  auto upload = wait_for(store().start_upload(kId, oci::Algorithm::kSha256));
  ASSERT_TRUE(wait_for((*upload)->append(bytes_of("one "))));
  auto saved = wait_for((*upload)->checkpoint());
  saved->hash_state = "of another build";
  auto resumed = wait_for(store().resume_upload(kId, *saved));
  ASSERT_TRUE(resumed);
  ASSERT_TRUE(wait_for((*resumed)->append(bytes_of("two"))));
  EXPECT_TRUE(wait_for((*resumed)->commit(sha256("one two"))));
}

TEST_F(FsStoreOnDisk, ARootThatCannotBeMadeIsAnErrorThatNamesIt) {
  write_file("file", "x");
  PosixFileSystem os;
  BlockingPool disk(1);
  SystemClock clock;
  SeededRandom random(1);
  const auto opened = open_store({.root = root() + "/file/data"}, disk, os, clock, random);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().cause.find("/file/data"), std::string::npos);
  disk.join();
}

// The model's counters show what a request costs.
class FsStoreCosts : public ::testing::Test {
 protected:
  static constexpr const char* kId = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";
  Result<BlobLocation> upload(const std::string& content) {
    auto started = wait_for(rig_.store().start_upload(kId, oci::Algorithm::kSha256));
    TRY(wait_for((*started)->append(bytes_of(content))));
    return wait_for((*started)->commit(sha256(content)));
  }
  template <class F>
  std::uint64_t operations_of(F call) {
    const std::uint64_t before = os_->operations();
    EXPECT_TRUE(call());
    return os_->operations() - before;
  }

  FaultyFileSystem* os_ = new FaultyFileSystem;  // the rig's
  FsRig rig_{std::unique_ptr<FileSystem>(os_), {.root = "/data"}};
};

TEST_F(FsStoreCosts, ASmallPushIsFiveOperations) {
  const std::string content = content_of(10'240);
  ASSERT_TRUE(upload(content));  // the first makes the directory and asks for free space
  // create, write, fdatasync, rename, fsync of the directory
  EXPECT_EQ(operations_of([&] { return upload(content); }), 5U);
  EXPECT_EQ(
      operations_of([&] { return wait_for(rig_.store().put(bytes_of(content), sha256(content))); }),
      5U);
}

TEST_F(FsStoreCosts, StartingAndCancellingASmallUploadTouchesNothing) {
  EXPECT_EQ(operations_of([&] {
              auto started = wait_for(rig_.store().start_upload(kId, oci::Algorithm::kSha256));
              auto appended = wait_for((*started)->append(bytes_of("small")));
              wait_for((*started)->cancel());
              return appended;
            }),
            0U);
}

TEST_F(FsStoreCosts, ACheckpointOfNothingNewCostsNothing) {
  auto started = wait_for(rig_.store().start_upload(kId, oci::Algorithm::kSha256));
  ASSERT_TRUE(wait_for((*started)->append(bytes_of("some"))));
  ASSERT_TRUE(wait_for((*started)->checkpoint()));
  EXPECT_EQ(operations_of([&] { return wait_for((*started)->checkpoint()); }), 0U);
}

TEST_F(FsStoreCosts, RefusesUploadsThatWouldCutIntoTheReserve) {
  const std::uint64_t reserve = Options{}.reserve_bytes;
  const std::string content = content_of(1 << 20);
  os_->set_free_bytes(reserve + content.size() - 1);
  EXPECT_EQ(upload(content).error().code, Code::kStorageFull);
  EXPECT_TRUE(os_->list("/data/uploads")->empty());
  const auto put = wait_for(rig_.store().put(bytes_of(content), sha256(content)));
  EXPECT_EQ(put.error().code, Code::kStorageFull);
  EXPECT_TRUE(wait_for(rig_.store().check()));
  os_->set_free_bytes(reserve - 1);
  EXPECT_EQ(wait_for(rig_.store().check()).error().code, Code::kStorageFull);
  os_->set_free_bytes(reserve + content.size());
  EXPECT_TRUE(upload(content));  // at once, without a wait
}

TEST_F(FsStoreCosts, NoticesWithinASecondThatOthersFilledTheDisk) {
  ASSERT_TRUE(upload("fills the allowance"));
  os_->set_free_bytes(0);
  EXPECT_TRUE(upload("within the allowance"));
  rig_.clock().advance(std::chrono::seconds(1));
  EXPECT_EQ(upload("later").error().code, Code::kStorageFull);
}

TEST_F(FsStoreCosts, RemovingWorksOnAFullDisk) {
  const auto location = upload("content");
  os_->set_free_bytes(0);
  rig_.clock().advance(std::chrono::seconds(2));
  EXPECT_TRUE(wait_for(rig_.store().remove(*location)));
}

}  // namespace
}  // namespace berth::blobs::fs
