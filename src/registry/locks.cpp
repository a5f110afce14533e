#include "registry/locks.h"

#include <fmt/format.h>

namespace berth::registry {

Error not_readable(std::string_view what) {
  return Error(Code::kDisallowed,
               fmt::format("The operation is disallowed on this registry, repository or image. "
                           "'{}' has readEnabled=false on the repository, manifest or tag; unlock "
                           "it with PATCH /acr/v1/… {{\"readEnabled\":true}}.",
                           what));
}

}  // namespace berth::registry
