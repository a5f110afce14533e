// Small files that are replaced whole: after a crash there is the old text or the new one.
// Blocks: never on a loop thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/error.h"

namespace berth::server {

// The whole file, of at most `max_bytes`. kResourceUnknown: there is none; kTooLarge; kDenied and
// others name the file and the reason.
Result<std::string> read_small_file(const std::string& path, std::size_t max_bytes);

// Writes a new file beside it, syncs, renames, syncs the folder. The new file is owned by this
// process's user and never had a wider mode than `mode`.
Result<void> replace_file(const std::string& path, std::string_view content, mode_t mode);

}  // namespace berth::server
