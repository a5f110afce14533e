#include "registry/finding.h"

#include <array>

namespace berth::registry {

std::string_view verdict_name(Verdict verdict) {
  static constexpr std::array<std::string_view, 8> kNames = {
      "keep", "removed", "would-remove", "damaged", "missing", "unreadable", "repaired", "problem"};
  return kNames[static_cast<std::size_t>(verdict)];
}

}  // namespace berth::registry
