// Files that hold credentials: read whole, replaced whole, for their owner only (0600). Blocking.
// Errors: kInternal with the file's name in the message and the system's words in it too: the
// reader is the file's owner.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"

namespace berth::cli {

inline constexpr std::size_t kMaxPrivateFileBytes = 1024UL * 1024;

// nullopt: there is no such file.
Result<std::optional<std::string>> read_private(const std::string& path);

// Writes beside the file, then renames: a reader sees the old text or the new one. Makes missing
// directories (0700). A symbolic link stays one: what it leads to is replaced.
Result<void> write_private(const std::string& path, const std::string& text);

}  // namespace berth::cli
