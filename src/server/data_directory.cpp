#include "server/data_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace berth::server {
namespace {

Error unusable(const std::string& path, int err) {
  const std::string reason = std::system_category().message(err);
  return Error(Code::kInvalidRequest,
               fmt::format("The data directory {} cannot be used: {}. Choose another with --data, "
                           "or give this user the right to write there.",
                           path, reason));
}

}  // namespace

Result<DataDirectory> DataDirectory::open(const std::string& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  if (error) return fail(unusable(path, error.value()));
  const std::string name = absolute.lexically_normal().string();
  std::filesystem::create_directories(absolute.parent_path(), error);
  if (::mkdir(name.c_str(), 0700) != 0 && errno != EEXIST) return fail(unusable(name, errno));
  File lock(::open((name + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return fail(unusable(name, errno));
  if (::flock(lock.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(unusable(name, errno));
    return fail(Code::kConflict,
                fmt::format("Another berth process uses the data directory {}. Stop it first, or "
                            "choose another directory with --data.",
                            name));
  }
  return DataDirectory(name, std::move(lock));
}

}  // namespace berth::server
