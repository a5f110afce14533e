// The real file system behind the seam: plain system calls, EINTR retried.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "blobs/fs/file_system.h"

namespace berth::blobs::fs {

class PosixFileSystem final : public FileSystem {
 public:
  OsResult<File> create(const std::string& path) override;
  OsResult<File> open(const std::string& path, Access access) override;
  OsResult<std::size_t> write_at(const File& file, std::span<const std::byte> bytes,
                                 std::uint64_t offset) override;
  OsResult<std::size_t> read_at(const File& file, std::span<std::byte> out,
                                std::uint64_t offset) override;
  OsResult<> sync_data(const File& file) override;
  OsResult<> truncate(const File& file, std::uint64_t size) override;
  OsResult<FileStatus> status(const File& file) override;
  OsResult<FileStatus> status(const std::string& path) override;
  OsResult<> rename(const std::string& from, const std::string& to) override;
  OsResult<> unlink(const std::string& path) override;
  OsResult<> make_directory(const std::string& path) override;
  OsResult<> sync_directory(const std::string& path) override;
  OsResult<std::vector<std::string>> list(const std::string& path) override;
  OsResult<std::uint64_t> free_bytes(const std::string& path) override;
};

}  // namespace berth::blobs::fs
