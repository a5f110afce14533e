#include "api/challenge.h"

#include <fmt/format.h>

#include <charconv>

namespace berth::api {
namespace {

// "docker/17.05.0-ce go/go1.7.5 …" → {17, 5}. Other clients: nothing.
std::optional<std::pair<int, int>> docker_version(std::string_view agent) {
  constexpr std::string_view kName = "docker/";
  if (!agent.starts_with(kName)) return std::nullopt;
  agent.remove_prefix(kName.size());
  const char* const end = agent.data() + agent.size();
  int major = 0;
  int minor = 0;
  const auto first = std::from_chars(agent.data(), end, major);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, minor);
  if (second.ec != std::errc{}) return std::nullopt;
  return std::pair(major, minor);
}

std::string warning(std::string_view text) {
  return fmt::format("299 - \"{}\"", text);
}

}  // namespace

std::string token_realm(const access::Visit& visit) {
  return fmt::format("{}://{}/oauth2/token", visit.source.tls ? "https" : "http", visit.service);
}

std::string challenge(const access::Visit& visit, std::string_view scope, Code code) {
  std::string out =
      fmt::format("Bearer realm=\"{}\",service=\"{}\"", token_realm(visit), visit.service);
  if (!scope.empty()) out += fmt::format(",scope=\"{}\"", scope);
  // Only to a caller who sent something: docker reads these words as the reason of the refusal.
  if (code == Code::kInsufficientScope) {
    out += ",error=\"insufficient_scope\"";
  } else if (visit.credentials_sent) {
    out += ",error=\"invalid_token\"";
  }
  return out;
}

void add_hints(http::Response& response, const access::Visit& visit,
               std::optional<std::string_view> user_agent) {
  if (response.status == 401 && visit.credentials_sent && visit.registry &&
      visit.registry->anonymous_pull) {
    response.header("Warning", warning(fmt::format(
                                   "{0} allows anonymous pull, but the stored credential that "
                                   "was sent is not good: run 'docker logout {0}' and pull again",
                                   visit.service)));
  }
  const auto version = user_agent ? docker_version(*user_agent) : std::nullopt;
  if (version && *version < std::pair(18, 3)) {
    response.header("Warning", warning(fmt::format("docker {}.{:02} is older than 18.03, the first "
                                                   "that signs in to this registry reliably",
                                                   version->first, version->second)));
  }
}

}  // namespace berth::api
