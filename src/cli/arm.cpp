#include "cli/arm.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/nearest.h"
#include "base/random.h"
#include "cli/json_text.h"
#include "cli/plain_words.h"
#include "cli/url.h"
#include "server/config_names.h"
#include "server/config_values.h"

namespace berth::cli {
namespace {

namespace json = boost::json;
constexpr unsigned kMaxDays = 3650;
constexpr std::string_view kLaptopRegistry = "default";

// Registries of the subscription that the caller sees; who has only a role on images sees none.
Result<json::array> visible_registries(Job& job) {
  TRY_ASSIGN(const std::string subscription, subscription_id(job));
  auto rows =
      job.api.list(Face::kManagement,
                   versioned(subscription + "/providers/Microsoft.ContainerRegistry/registries",
                             kRegistryVersion));
  if (!rows && rows.error().code == Code::kDenied) return json::array{};
  return rows;
}

// A registry's resource id, in as many words: it becomes the path of a request, in which "." and
// ".." would name another one.
Result<std::string> checked_registry_id(const Job& job, std::string_view given) {
  constexpr std::array<std::string_view, 9> kShape = {"",
                                                      "subscriptions",
                                                      "",
                                                      "resourceGroups",
                                                      "",
                                                      "providers",
                                                      "Microsoft.ContainerRegistry",
                                                      "registries",
                                                      ""};
  std::string out;
  std::string_view rest = given;
  bool good = true;
  for (std::size_t i = 0; good && i < kShape.size(); ++i) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, end);
    good = (i == 0 || !part.empty()) && (end == rest.size()) == (i + 1 == kShape.size()) &&
           (kShape[i].empty() || equal_no_case(part, kShape[i])) && part != "." && part != "..";
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (i != 0) out += "/" + (kShape[i].empty() ? percent_encoded(part) : std::string(kShape[i]));
  }
  if (good) return out;
  return fail(wrong_usage(
      fmt::format("{}: {} is no registry; it must be a name, a login server or a resource id such "
                  "as /subscriptions/S/resourceGroups/G/providers/Microsoft.ContainerRegistry/"
                  "registries/NAME",
                  job.call.path, server::in_quotes(given))));
}

}  // namespace

Result<std::string> subscription_id(const Job& job) {
  std::string id = job.call.value("--subscription");
  if (id.empty()) {
    TRY_ASSIGN(id, job.api.subscription());
  }
  if (id.empty()) {
    return fail(
        with_hint({Code::kDenied, "you see no subscription"},
                  "an Owner gives you a role with berth role assignment create; or name one with "
                  "--subscription ID"));
  }
  return "/subscriptions/" + percent_encoded(id);
}

Result<std::string> group_id(const Job& job) {
  TRY_ASSIGN(const std::string subscription, subscription_id(job));
  const std::string group = job.call.value("--resource-group");
  return child_id(subscription, "resourceGroups", group.empty() ? "default" : group);
}

Result<std::string> registry_id(const Job& job, std::string_view registry) {
  if (registry.starts_with('/')) return checked_registry_id(job, registry);
  TRY_ASSIGN(const std::string group, group_id(job));
  return child_id(group + "/providers/Microsoft.ContainerRegistry", "registries",
                  registry_name(job, registry));
}

std::optional<std::string> registry_of(std::string_view login_server, const std::string& domain) {
  const auto url = parse_url(login_server);
  if (!url) return std::nullopt;
  if (url->loopback()) return std::string(kLaptopRegistry);
  const bool ours = equal_no_case(url->domain(), domain);
  if (!domain.empty() && !ours) return std::nullopt;
  return url->host.substr(0, url->host.find('.'));
}

Result<std::string> meant_registry(Job& job, const std::string& name) {
  const bool placed = name.starts_with('/') || job.call.has("--resource-group");
  if (!name.empty() && placed) return registry_id(job, name);
  TRY_ASSIGN(const json::array rows, visible_registries(job));
  std::vector<std::string> names;
  for (const json::value& row : rows) {
    names.push_back(text_at(row, "name"));
    if (!name.empty() && equal_no_case(names.back(), name)) return text_at(row, "id");
  }
  if (!name.empty()) return registry_id(job, name);
  if (rows.size() == 1) return text_at(rows.front(), "id");
  constexpr std::size_t kNamesInALine = 8;
  std::string there;
  if (rows.size() <= kNamesInALine) there = " (" + server::join_names(names) + ")";
  return fail(wrong_usage(job.call, fmt::format("say which registry{} with --registry NAME",
                                                rows.empty() ? "" : there)));
}

// A name has neither dot nor colon, and a login server has one of them.
std::string registry_name(const Job& job, std::string_view given) {
  const bool host = given.find_first_of(".:") != std::string_view::npos &&
                    given.find('/') == std::string_view::npos;
  const auto named = host ? registry_of(given, job.api.info().domain) : std::nullopt;
  return named.value_or(std::string(given));
}

Result<std::string> location_of(Job& job) {
  if (job.call.has("--location")) return job.call.value("--location");
  TRY_ASSIGN(const std::string group, group_id(job));
  auto answer = job.api.get(Face::kManagement, versioned(group, kGroupVersion));
  if (!answer && answer.error().code == Code::kResourceUnknown) {
    return fail(with_hint(std::move(answer.error()),
                          "the resource group must exist: az group "
                          "create, or leave -g away for default"));
  }
  if (!answer) return fail(std::move(answer.error()));
  return text_at(*answer, "location");
}

std::string child_id(const std::string& parent, std::string_view type, std::string_view name) {
  return fmt::format("{}/{}/{}", parent, type, percent_encoded(name));
}

std::string versioned(const std::string& id, std::string_view version, std::string_view query) {
  return fmt::format("{}?api-version={}{}{}", id, version, query.empty() ? "" : "&", query);
}

std::string find_registry_hint(Job& job) {
  constexpr std::string_view kElsewhere =
      "the registry is in another resource group than -g names; give -r its resource id";
  const std::string given = last_part(registry_name(job, job.call.value("--registry")));
  const auto rows = visible_registries(job);
  std::vector<std::string> names;
  for (const json::value& row : rows ? *rows : json::array{}) {
    names.push_back(text_at(row, "name"));
    if (!equal_no_case(names.back(), given)) continue;
    return std::string(job.call.has("--resource-group") ? kElsewhere : kFindRegistry);
  }
  const auto nearest = given.empty() ? std::nullopt : nearest_name(given, names);
  return nearest ? fmt::format("did you mean the registry {}?", *nearest)
                 : std::string(kFindRegistry);
}

Result<json::value> registry_call(Job& job, std::string_view method, const std::string& id,
                                  const json::value& body) {
  auto answer = job.api.send(Face::kManagement, method, versioned(id, kRegistryVersion), body);
  if (!answer && answer.error().code == Code::kResourceUnknown) {
    return fail(with_hint(std::move(answer.error()), find_registry_hint(job)));
  }
  if (answer) add_resource_group(*answer);
  return answer;
}

Result<void> expect_new(Job& job, const std::string& id, std::string_view what, std::string hint) {
  // Not being there is the good answer here: no hint is looked for.
  const auto found = job.api.get(Face::kManagement, versioned(id, kRegistryVersion));
  if (found) {
    return fail(
        with_hint({Code::kConflict, fmt::format("there is a {} {} already", what, job.name())},
                  std::move(hint)));
  }
  if (found.error().code == Code::kResourceUnknown) return {};
  return fail(found.error());
}

void add_resource_group(json::value& resource) {
  const std::string id = text_at(resource, "id");
  constexpr std::string_view kPart = "/resourcegroups/";
  const auto at = std::search(id.begin(), id.end(), kPart.begin(), kPart.end(),
                              [](char a, char b) { return (a | 0x20) == (b | 0x20); });
  if (at == id.end()) return;
  const auto begin = at + static_cast<std::ptrdiff_t>(kPart.size());
  resource.as_object()["resourceGroup"] = std::string(begin, std::find(begin, id.end(), '/'));
}

std::string days_from_now(int days) {
  return to_rfc3339(SystemClock().now() + std::chrono::hours(24 * days));
}

Result<std::optional<int>> days_of(const Invocation& call, const std::string& flag) {
  if (!call.has(flag)) return std::nullopt;
  const auto number = server::parse_number(call.value(flag));
  if (!number || *number == 0 || *number > kMaxDays) {
    return fail(
        wrong_usage(fmt::format("{}: {} is {}; it must be a number of days from 1 to {}", call.path,
                                flag, server::in_quotes(call.value(flag)), kMaxDays)));
  }
  return static_cast<int>(*number);
}

std::string random_guid() {
  SystemRandom random;
  return make_uuid(random);
}

std::string filter_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return percent_encoded(out + "'");
}

}  // namespace berth::cli
