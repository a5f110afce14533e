// The only way by which blobs/fs reaches the operating system. One method is one system call (or
// one short, fixed sequence of them), so that a test can fail each, count them, and cut the power
// between any two (FaultyFileSystem).
//
// Durability is that of POSIX and no more: file content survives a power cut after sync_data() on
// it, a name after sync_directory() on the directory that holds it. Implementations may assume and
// promise one thing beyond POSIX, which every journaling file system gives: a rename is atomic also
// across a power cut; the file has its old name or its new one.
//
// Thread contract: safe from any thread; all methods block, so only pool threads call them. Errors
// are errno values. Paths are absolute or relative to the working directory; sizes are bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"

namespace berth::blobs::fs {

template <class T = void>
using OsResult = tl::expected<T, int>;  // the error is an errno value

struct FileStatus {
  std::uint64_t size = 0;
  TimePoint modified{};
};

enum class Access { kRead, kReadWrite };

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // An empty file open for reading and writing, mode 0600. Content that it had is gone.
  virtual OsResult<File> create(const std::string& path) = 0;
  // ENOENT when it is missing; ELOOP for a symbolic link, EINVAL for anything but a regular file.
  virtual OsResult<File> open(const std::string& path, Access access) = 0;
  // May write less than asked, never 0 of a non-empty span.
  virtual OsResult<std::size_t> write_at(const File& file, std::span<const std::byte> bytes,
                                         std::uint64_t offset) = 0;
  // 0 at the end of the file.
  virtual OsResult<std::size_t> read_at(const File& file, std::span<std::byte> out,
                                        std::uint64_t offset) = 0;
  // After an error the content is undefined and a second call proves nothing: give the file up.
  virtual OsResult<> sync_data(const File& file) = 0;
  virtual OsResult<> truncate(const File& file, std::uint64_t size) = 0;
  virtual OsResult<FileStatus> status(const File& file) = 0;

  virtual OsResult<FileStatus> status(const std::string& path) = 0;
  // Replaces `to` when it exists.
  virtual OsResult<> rename(const std::string& from, const std::string& to) = 0;
  virtual OsResult<> unlink(const std::string& path) = 0;
  // Mode 0700. EEXIST when there is something of that name.
  virtual OsResult<> make_directory(const std::string& path) = 0;
  virtual OsResult<> sync_directory(const std::string& path) = 0;
  // The names in a directory, sorted by byte value, without "." and "..".
  virtual OsResult<std::vector<std::string>> list(const std::string& path) = 0;
  // Bytes that this process may still allocate on the file system of `path`; 0 when it is out of
  // inodes.
  virtual OsResult<std::uint64_t> free_bytes(const std::string& path) = 0;
};

inline tl::unexpected<int> os_fail(int error) {
  return tl::unexpected<int>(error);
}

// The same result for the caller of the store: errno becomes an Error whose cause names the
// operation and its object.
template <class T>
Result<T> checked(OsResult<T> result, std::string_view operation, std::string_view path) {
  if (!result) return fail(errno_error(result.error(), operation, path));
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return std::move(*result);
  }
}

}  // namespace berth::blobs::fs
