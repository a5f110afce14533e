#include "cli/plain_words.h"
#include "base/ascii.h"

#include <array>
#include <utility>

namespace berth::cli {
namespace {

struct Pair {
  std::string_view word;
  std::string_view api;
};
constexpr std::array kModes = {Pair{"rbac", "LegacyRegistryPermissions"},
                               Pair{"rbac-abac", "AbacRepositoryPermissions"}};
constexpr std::array kRoleTypes = {Pair{"built-in", "BuiltInRole"}, Pair{"custom", "CustomRole"}};

// By the segment before the name, the innermost kind first.
constexpr std::array kScopes = {
    Pair{"registry", "registries"}, Pair{"resource group", "resourceGroups"},
    Pair{"subscription", "subscriptions"}, Pair{"management group", "managementGroups"}};

template <std::size_t n>
std::string word_of(const std::array<Pair, n>& pairs, std::string api) {
  for (const Pair& pair : pairs) {
    if (pair.api == api) return std::string(pair.word);
  }
  return api;
}

}  // namespace

std::string last_part(std::string id) {
  id.erase(0, id.rfind('/') + 1);
  return id;
}

// The second segment from the end names the kind of what the last one names.
std::string short_scope(std::string id) {
  if (id == "/") return "the root";
  const std::size_t name = id.rfind('/');
  if (name == std::string::npos || name == 0) return id;
  const std::size_t kind = id.rfind('/', name - 1);
  const std::string segment = id.substr(kind + 1, name - kind - 1);
  for (const Pair& scope : kScopes) {
    if (equal_no_case(scope.api, segment)) {
      return std::string(scope.word) + " " + id.substr(name + 1);
    }
  }
  return id;
}

std::string mode_word(std::string property) {
  return word_of(kModes, std::move(property));
}

std::string mode_property(std::string_view word) {
  for (const Pair& mode : kModes) {
    if (mode.word == word) return std::string(mode.api);
  }
  return std::string(word);
}

std::string effect_words(std::string not_effective) {
  not_effective = not_effective == "true" ? "not effective in this mode" : "";
  return not_effective;
}

std::string role_type_words(std::string type) {
  return word_of(kRoleTypes, std::move(type));
}

}  // namespace berth::cli
