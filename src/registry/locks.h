// The error of a read that a lock forbids (acr-access-model F2 and B3). Writes are checked inside
// the metadata transaction, which words its errors alike.
#pragma once

#include <string_view>

#include "base/error.h"

namespace berth::registry {

// `what` is the repository, `repository:tag` or `repository@digest` that was asked for.
Error not_readable(std::string_view what);

}  // namespace berth::registry
