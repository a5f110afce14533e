// The server's directory: made with mode 0700, owned by one process at a time (flock on `lock`).
#pragma once

#include <string>

#include "base/error.h"
#include "base/file.h"

namespace berth::server {

class DataDirectory {
 public:
  // Creates what is missing. kConflict while another process holds the lock; kInvalidRequest when
  // the path is something else or may not be used. `cause` has the system's words.
  static Result<DataDirectory> open(const std::string& path);

  const std::string& path() const { return path_; }
  std::string database() const { return path_ + "/metadata.db"; }
  std::string socket() const { return path_ + "/berth.sock"; }

 private:
  DataDirectory(std::string path, File lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string path_;
  File lock_;  // released by closing
};

}  // namespace berth::server
