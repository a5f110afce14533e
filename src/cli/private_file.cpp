#include "cli/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "base/file.h"
#include "cli/api_error.h"

namespace berth::cli {
namespace {

namespace fs = std::filesystem;

Error cannot(std::string_view what, const std::string& path, int error) {
  Error out{Code::kInternal,
            fmt::format("{} cannot be {}: {}", path, what, std::generic_category().message(error))};
  if (error != EACCES) return out;
  return with_hint(std::move(out),
                   "it may be another user's: sudo -H takes the home of the user that it runs as; "
                   "or set HOME to a directory of your own");
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return ::fsync(fd) == 0;
}

Result<void> make_directories(const fs::path& directory) {
  std::error_code failed;
  if (directory.empty() || fs::exists(directory, failed)) return {};
  if (failed) return fail(cannot("reached", directory.string(), failed.value()));
  TRY(make_directories(directory.parent_path()));
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(cannot("made", directory.string(), errno));
  }
  return {};
}

}  // namespace

Result<std::optional<std::string>> read_private(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return fail(cannot("read", path, errno));
  }
  std::string text;
  std::array<char, 8192> buffer{};
  for (;;) {
    const ssize_t n = ::read(file.fd(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(cannot("read", path, errno));
    if (n == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(n));
    if (text.size() > kMaxPrivateFileBytes) return fail(cannot("read", path, EFBIG));
  }
}

Result<void> write_private(const std::string& path, const std::string& text) {
  std::error_code error;
  fs::path target = fs::is_symlink(path, error) ? fs::canonical(path, error) : fs::path(path);
  if (error && error != std::errc::no_such_file_or_directory) {
    return fail(cannot("written", path, error.value()));
  }
  if (target.empty()) target = path;
  TRY(make_directories(target.parent_path()));
  std::string temporary = target.string() + ".XXXXXX";
  {
    const File file(::mkostemp(temporary.data(), O_CLOEXEC));  // made with 0600
    if (!file) return fail(cannot("written", path, errno));
    if (!write_all(file.fd(), text)) {
      const int why = errno;
      ::unlink(temporary.c_str());
      return fail(cannot("written", path, why));
    }
  }
  if (::rename(temporary.c_str(), target.c_str()) != 0) {
    const int why = errno;
    ::unlink(temporary.c_str());
    return fail(cannot("written", path, why));
  }
  return {};
}

}  // namespace berth::cli
