#include "blobs/fs/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

namespace berth::blobs::fs {
namespace {

// Nobody but the server's own user reads content; what may be pulled is decided per request.
constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0700;

// Calls until a signal does not interrupt; -1 leaves errno.
template <class F>
auto uninterrupted(F call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

OsResult<> outcome(int result) {
  if (result == -1) return os_fail(errno);
  return {};
}

OsResult<FileStatus> describe(const struct stat& raw) {
  if (!S_ISREG(raw.st_mode)) return os_fail(EINVAL);
  const auto since_epoch =
      std::chrono::seconds{raw.st_mtim.tv_sec} + std::chrono::nanoseconds{raw.st_mtim.tv_nsec};
  return FileStatus{static_cast<std::uint64_t>(raw.st_size),
                    TimePoint{std::chrono::duration_cast<std::chrono::microseconds>(since_epoch)}};
}

}  // namespace

OsResult<File> PosixFileSystem::create(const std::string& path) {
  const int flags = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
  File file(uninterrupted([&] { return ::open(path.c_str(), flags, kFileMode); }));
  if (!file) return os_fail(errno);
  return file;
}

OsResult<File> PosixFileSystem::open(const std::string& path, Access access) {
  // O_NONBLOCK keeps a stray FIFO from holding the thread; it means nothing for regular files.
  const int mode = access == Access::kRead ? O_RDONLY : O_RDWR;
  const int flags = mode | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  File file(uninterrupted([&] { return ::open(path.c_str(), flags); }));
  if (!file) return os_fail(errno);
  if (auto regular = status(file); !regular) return os_fail(regular.error());
  return file;
}

OsResult<std::size_t> PosixFileSystem::write_at(const File& file, std::span<const std::byte> bytes,
                                                std::uint64_t offset) {
  const ssize_t n = uninterrupted(
      [&] { return ::pwrite(file.fd(), bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
  if (n == -1) return os_fail(errno);
  if (n == 0 && !bytes.empty()) return os_fail(EIO);
  return static_cast<std::size_t>(n);
}

OsResult<std::size_t> PosixFileSystem::read_at(const File& file, std::span<std::byte> out,
                                               std::uint64_t offset) {
  const ssize_t n = uninterrupted(
      [&] { return ::pread(file.fd(), out.data(), out.size(), static_cast<off_t>(offset)); });
  if (n == -1) return os_fail(errno);
  return static_cast<std::size_t>(n);
}

OsResult<> PosixFileSystem::sync_data(const File& file) {
  // Interrupted means not done yet, unlike every other error of a sync, which is final.
  return outcome(uninterrupted([&] { return ::fdatasync(file.fd()); }));
}

OsResult<> PosixFileSystem::truncate(const File& file, std::uint64_t size) {
  return outcome(uninterrupted([&] { return ::ftruncate(file.fd(), static_cast<off_t>(size)); }));
}

OsResult<FileStatus> PosixFileSystem::status(const File& file) {
  struct stat raw {};
  if (::fstat(file.fd(), &raw) == -1) return os_fail(errno);
  return describe(raw);
}

OsResult<FileStatus> PosixFileSystem::status(const std::string& path) {
  struct stat raw {};
  if (::lstat(path.c_str(), &raw) == -1) return os_fail(errno);
  return describe(raw);
}

OsResult<> PosixFileSystem::rename(const std::string& from, const std::string& to) {
  return outcome(::rename(from.c_str(), to.c_str()));
}

OsResult<> PosixFileSystem::unlink(const std::string& path) {
  return outcome(::unlink(path.c_str()));
}

OsResult<> PosixFileSystem::make_directory(const std::string& path) {
  return outcome(::mkdir(path.c_str(), kDirectoryMode));
}

OsResult<> PosixFileSystem::sync_directory(const std::string& path) {
  const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  const File directory(uninterrupted([&] { return ::open(path.c_str(), flags); }));
  if (!directory) return os_fail(errno);
  return outcome(uninterrupted([&] { return ::fsync(directory.fd()); }));
}

OsResult<std::vector<std::string>> PosixFileSystem::list(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
  if (!directory) return os_fail(errno);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    // The stream belongs to this call alone, for which readdir is safe.
    const dirent* entry = ::readdir(directory.get());  // NOLINT(concurrency-mt-unsafe)
    if (entry == nullptr) break;
    const char* name = static_cast<const char*>(entry->d_name);
    if (std::strcmp(name, ".") != 0 && std::strcmp(name, "..") != 0) names.emplace_back(name);
  }
  if (errno != 0) return os_fail(errno);
  std::sort(names.begin(), names.end());
  return names;
}

OsResult<std::uint64_t> PosixFileSystem::free_bytes(const std::string& path) {
  struct statvfs raw {};
  if (uninterrupted([&] { return ::statvfs(path.c_str(), &raw); }) == -1) return os_fail(errno);
  // Some file systems make inodes as they go and report none at all.
  if (raw.f_files != 0 && raw.f_favail == 0) return std::uint64_t{0};
  return static_cast<std::uint64_t>(raw.f_bavail) * raw.f_frsize;
}

}  // namespace berth::blobs::fs
