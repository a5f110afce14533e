#include "api/route.h"

namespace berth::api {
namespace {

constexpr std::string_view kName = "{name}";

// Whether one segment of a path fits a placeholder; nullopt when `wanted` is a literal.
std::optional<bool> fits_placeholder(std::string_view wanted, std::string_view given) {
  const bool colon = given.find(':') != std::string_view::npos;
  if (wanted == "{reference}") return !given.empty();
  if (wanted == "{digest}") return colon;
  if (wanted == "{tag}") return !given.empty() && !colon;
  return std::nullopt;
}

// The text after `path`'s last '/', cut off together with it; nullopt when there is none.
std::optional<std::string_view> pop_segment(std::string_view& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view segment = path.substr(slash + 1);
  path = path.substr(0, slash);
  return segment;
}

// Matches the segments of `suffix` (what follows {name}) against the end of `path` and cuts them.
bool match_suffix(std::string_view suffix, std::string_view& path, std::string_view& reference) {
  while (!suffix.empty()) {
    const auto wanted = pop_segment(suffix);
    const auto given = pop_segment(path);
    if (!wanted || !given) return false;
    const auto fits = fits_placeholder(*wanted, *given);
    if (!fits.value_or(*wanted == *given)) return false;
    if (fits) reference = *given;
  }
  return true;
}

}  // namespace

std::optional<PathMatch> match_path(std::string_view pattern, std::string_view path) {
  if (pattern.ends_with('/')) {
    pattern.remove_suffix(1);
    if (path.ends_with('/')) path.remove_suffix(1);
  }
  const auto at = pattern.find(kName);
  if (at == std::string_view::npos) {
    return pattern == path ? std::optional(PathMatch()) : std::nullopt;
  }
  if (!path.starts_with(pattern.substr(0, at))) return std::nullopt;
  const std::string_view suffix = pattern.substr(at + kName.size());
  std::string_view reference;
  if (!match_suffix(suffix, path, reference)) return std::nullopt;
  if (path.size() <= at) return std::nullopt;
  // `at` is behind a '/', so this finds a reserved first segment as well.
  if (suffix.empty() && path.find("/_", at - 1) != std::string_view::npos) return std::nullopt;
  return PathMatch{std::string(path.substr(at)), std::string(reference)};
}

Result<std::optional<oci::RepositoryName>> repository_of(std::string_view pattern,
                                                         const Call& call) {
  if (pattern.find(kName) == std::string_view::npos) return std::nullopt;
  TRY_ASSIGN(oci::RepositoryName name, oci::RepositoryName::parse(call.name));
  return name;
}

}  // namespace berth::api
