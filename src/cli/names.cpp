#include "cli/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <optional>

#include "cli/api_client.h"
#include "cli/api_error.h"
#include "cli/json_text.h"
#include "cli/verbs.h"
#include "server/config_values.h"
#include "server/replace_file.h"

namespace berth::cli {
namespace {

constexpr auto kFaces =
    std::to_array<std::string_view>({"management", "login", "graph", "logs", "portal"});
constexpr std::string_view kRegistries =
    "/subscriptions/{}/providers/Microsoft.ContainerRegistry/registries?api-version=2023-07-01";
constexpr std::size_t kMaxPem = 64UL * 1024;
constexpr std::uint16_t kHttps = 443;
constexpr const char* kDomainHint =
    "start the server with --domain NAME --tls auto, or name its domain with --domain";

Result<server::Config> configuration(const Invocation& call, const Context& context) {
  auto loaded = server::load_config(config_input(call, context));
  if (!loaded) {
    const auto& problem = loaded.error().front();
    return fail(wrong_usage(problem.where + ": " + problem.message));
  }
  return std::move(loaded->config);
}

// What can be said without a server.
Result<Names> configured_names(const Invocation& call, const server::Config& config) {
  Names out;
  out.domain = config.server.domain;
  out.region = config.server.region;
  if (call.has("--domain")) {
    auto domain = server::parse_domain(call.value("--domain"));
    if (!domain) {
      return fail(wrong_usage(fmt::format(
          "--domain is {}; it must be a domain of two labels at least, such as berth.example.org",
          server::in_quotes(call.value("--domain")))));
    }
    out.domain = std::move(*domain);
  }
  if (!config.tls.listen.empty() && config.tls.listen.front().port != kHttps) {
    out.port = std::to_string(config.tls.listen.front().port);
  }
  return out;
}

// A name becomes a line of /etc/hosts and a part of commands for root: nothing else gets through.
bool is_registry_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Result<void> ask_server(ApiClient& api, Names& out) {
  out.asked_server = true;
  out.domain = server::parse_domain(api.info().domain).value_or("");
  out.port = api.info().port;
  if (api.local()) {
    TRY_ASSIGN(const auto info, api.get(Face::kMachine, "/berth/v1/info"));
    out.region = server::parse_region(text_at(info, "region")).value_or(out.region);
  }
  if (out.domain.empty()) return {};
  TRY_ASSIGN(
      const auto registries,
      api.list(Face::kManagement, fmt::format(fmt::runtime(kRegistries), api.info().subscription)));
  for (const auto& registry : registries) {
    std::string name = text_at(registry, "name");
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (is_registry_name(name)) out.registries.push_back(std::move(name));
  }
  std::ranges::sort(out.registries);
  return {};
}

}  // namespace

std::span<const std::string_view> face_names() {
  return kFaces;
}

std::string Names::authority(std::string_view label) const {
  return fmt::format("{}.{}{}{}", label, domain, port.empty() ? "" : ":", port);
}

std::string Names::url(std::string_view label) const {
  return "https://" + authority(label);
}

std::vector<std::string> Names::hosts() const {
  std::vector<std::string> out;
  for (const auto face : kFaces) out.push_back(fmt::format("{}.{}", face, domain));
  for (const auto& registry : registries) {
    out.push_back(fmt::format("{}.{}", registry, domain));
    out.push_back(fmt::format("{}.{}.data.{}", registry, region, domain));
  }
  return out;
}

Result<Names> read_names(const Invocation& call, const Context& context) {
  TRY_ASSIGN(const server::Config config, configuration(call, context));
  TRY_ASSIGN(Names out, configured_names(call, config));
  if (!call.has("--domain")) {
    auto api = ApiClient::open(call, context);
    if (api) {
      TRY(ask_server(*api, out));
    } else if (api.error().code != Code::kUnavailable || out.domain.empty()) {
      return fail(std::move(api).error());
    }
  }
  if (out.domain.empty()) {
    return fail(with_hint({Code::kInvalidRequest, "the server has no domain, so it has no names"},
                          kDomainHint));
  }
  return out;
}

// A server that does not run has left its authority in its directory.
Result<std::string> read_authority(const Invocation& call, const Context& context) {
  const Error none = with_hint({Code::kResourceUnknown, "the server has no authority of its own"},
                               "with tls.mode files, clients trust whoever issued tls.cert; "
                               "--tls auto makes an authority");
  TRY_ASSIGN(const server::Config config, configuration(call, context));
  auto api = ApiClient::open(call, context);
  if (!api && api.error().code != Code::kUnavailable) return fail(std::move(api).error());
  if (!api || !api->local()) {
    const std::string file = config.server.data + "/tls/ca.pem";
    auto pem = server::read_small_file(file, kMaxPem);
    if (pem) context.err << "note: no server answers; the authority is that of " << file << '\n';
    if (pem || pem.error().code != Code::kResourceUnknown) return pem;
    return fail(api ? none : std::move(api).error());
  }
  client::HttpRequest request;
  request.unix_socket = api->socket();
  request.url = "http://localhost/berth/v1/ca";
  request.max_answer_bytes = kMaxPem;
  TRY_ASSIGN(client::HttpResponse answer, client::HttpClient().send(request));
  if (answer.status == 404) return fail(none);
  if (answer.status != 200) return fail(api_error(answer));
  return std::move(answer.body);
}

}  // namespace berth::cli
