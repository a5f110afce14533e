#include "meta/locks.h"

#include <fmt/format.h>

namespace berth::meta {

LockTarget repository_target(const RepositoryKey& key) {
  return {fmt::format("Repository '{}'", key.name.text()),
          fmt::format("/acr/v1/{}", key.name.text())};
}
LockTarget tag_target(const RepositoryKey& key, std::string_view tag) {
  return {fmt::format("Tag '{}'", tag), fmt::format("/acr/v1/{}/_tags/{}", key.name.text(), tag)};
}
LockTarget manifest_target(const RepositoryKey& key, std::string_view digest) {
  return {fmt::format("Manifest '{}'", digest),
          fmt::format("/acr/v1/{}/_manifests/{}", key.name.text(), digest)};
}

Error disallowed(std::string_view reason) {
  return {
      Code::kDisallowed,
      fmt::format("The operation is disallowed on this registry, repository or image. {}", reason)};
}

Result<void> check_lock(const LockTarget& target, const Attributes& attributes, LockedFor purpose) {
  const bool write_locked = !attributes.write_enabled;
  const bool delete_locked = purpose == LockedFor::kRemoving && !attributes.delete_enabled;
  if (!write_locked && !delete_locked) return {};
  const bool both = write_locked && delete_locked;
  const std::string state = both           ? "writeEnabled=false and deleteEnabled=false"
                            : write_locked ? "writeEnabled=false"
                                           : "deleteEnabled=false";
  const std::string change = both           ? R"({"writeEnabled":true,"deleteEnabled":true})"
                             : write_locked ? R"({"writeEnabled":true})"
                                            : R"({"deleteEnabled":true})";
  return fail(disallowed(fmt::format("{} has {}; unlock it with PATCH {} {}.", target.title, state,
                                     target.path, change)));
}

}  // namespace berth::meta
