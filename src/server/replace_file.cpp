#include "server/replace_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/file.h"

namespace berth::server {
namespace {

Error file_error(const std::string& path, std::string_view what, int err) {
  Error error = errno_error(err, what, path);
  if (err == EACCES || err == EPERM || err == EROFS) error.code = Code::kDenied;
  if (err == ENOENT) error.code = Code::kResourceUnknown;
  error.message = fmt::format("Cannot {} {}: {}.", what, path, std::system_category().message(err));
  return error;
}

Result<void> write_all(const File& file, const std::string& path, std::string_view content) {
  while (!content.empty()) {
    const ssize_t n = ::write(file.fd(), content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(file_error(path, "write", errno));
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(file.fd()) != 0) return fail(file_error(path, "sync", errno));
  return {};
}

Result<void> write_new(const std::string& path, std::string_view content, mode_t mode) {
  ::unlink(path.c_str());  // of a run that was cut off
  const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file) return fail(file_error(path, "create", errno));
  // The mask of the process may have taken away what readers need, as of /etc/hosts.
  if (::fchmod(file.fd(), mode) != 0) return fail(file_error(path, "set the mode of", errno));
  return write_all(file, path, content);
}

Result<void> sync_folder(const std::string& folder) {
  const File file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file || ::fsync(file.fd()) != 0) return fail(file_error(folder, "sync", errno));
  return {};
}

}  // namespace

Result<std::string> read_small_file(const std::string& path, std::size_t max_bytes) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail(file_error(path, "read", errno));
  std::string out(max_bytes + 1, '\0');
  std::size_t size = 0;
  while (size < out.size()) {
    const ssize_t n = ::read(file.fd(), out.data() + size, out.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(file_error(path, "read", errno));
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  if (size > max_bytes) {
    return fail(Code::kTooLarge,
                fmt::format("Cannot read {}: it is longer than {} bytes.", path, max_bytes));
  }
  out.resize(size);
  return out;
}

Result<void> replace_file(const std::string& path, std::string_view content, mode_t mode) {
  const std::string fresh = path + ".new";
  auto written = write_new(fresh, content, mode);
  if (written && ::rename(fresh.c_str(), path.c_str()) != 0) {
    written = fail(file_error(path, "replace", errno));
  }
  if (!written) {
    ::unlink(fresh.c_str());
    return written;
  }
  return sync_folder(std::filesystem::path(path).parent_path().string());
}

}  // namespace berth::server
