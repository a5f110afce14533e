// What a lock (ACR's changeableAttributes) forbids, and the words that tell how to unlock. Pure.
//
// Writing needs writeEnabled. Removing needs writeEnabled and deleteEnabled: either one that is
// false keeps an image from being deleted.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "meta/records.h"

namespace berth::meta {

// Something that can be locked: how a message calls it, and the path that unlocks it.
struct LockTarget {
  std::string title;  // "Tag 'v1'"
  std::string path;   // "/acr/v1/library/hello/_tags/v1"
};
LockTarget repository_target(const RepositoryKey& key);
LockTarget tag_target(const RepositoryKey& key, std::string_view tag);
LockTarget manifest_target(const RepositoryKey& key, std::string_view digest);

enum class LockedFor { kWriting, kRemoving };

// kDisallowed, naming the target, the attribute and the request that unlocks.
Result<void> check_lock(const LockTarget& target, const Attributes& attributes, LockedFor purpose);
// kDisallowed with ACR's sentence, then `reason`.
Error disallowed(std::string_view reason);

}  // namespace berth::meta
