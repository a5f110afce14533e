#include "access/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace berth::access {
namespace {

// The registry behind the laptop face.
constexpr std::string_view kDefaultRegistry = "default";

// Host names are compared without case (RFC 9110 §4.2.3).
bool equal_no_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(x) == lower(y);
  });
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Error refusal(const policy::Decision& decision, const policy::Source& source) {
  Error error(Code::kDenied, fmt::format("Access denied: {}.", decision.reason));
  if (!source.address.empty()) error.details.push_back({"clientAddress", source.address});
  error.cause = fmt::format("rule {}", decision.rule);
  return error;
}

}  // namespace

std::optional<std::string_view> registry_of_host(std::string_view host) {
  static constexpr std::array<std::string_view, 3> kHosts = {"localhost", "127.0.0.1", "[::1]"};
  for (const std::string_view name : kHosts) {
    if (host.size() < name.size() || !equal_no_case(host.substr(0, name.size()), name)) continue;
    const std::string_view rest = host.substr(name.size());
    if (rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)))) return kDefaultRegistry;
  }
  return std::nullopt;
}

bool own_origin(std::string_view origin, std::string_view host) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) return equal_no_case(origin.substr(scheme.size()), host);
  }
  return false;
}

Gate::Gate(policy::Snapshot snapshot)
    : snapshot_(std::make_shared<const policy::Snapshot>(std::move(snapshot))) {}

void Gate::replace(policy::Snapshot snapshot) {
  snapshot_.store(std::make_shared<const policy::Snapshot>(std::move(snapshot)));
}

Result<Visit> Gate::enter(Arrival arrival) const {
  const auto named = registry_of_host(arrival.host);
  const std::string_view registry = named.value_or(kDefaultRegistry);
  // The network first: who may not come in from there learns that, whatever name was used.
  const policy::Decision decision = policy::admit(*snapshot_.load(), arrival.source, registry);
  if (!decision.allowed()) return fail(refusal(decision, arrival.source));
  if (!named) {
    return fail(Error(Code::kMisdirected,
                      "The Host header names no registry of this server; use localhost, 127.0.0.1 "
                      "or [::1] with the port you connected to.")
                    .with("host", std::string(arrival.host.substr(0, 255))));
  }
  if (arrival.origin && !own_origin(*arrival.origin, arrival.host)) {
    return fail(
        Error(Code::kDenied, "Pages of another site may not call this registry (Origin header).")
            .with("origin", std::string(arrival.origin->substr(0, 255))));
  }
  return Visit{std::move(arrival.source), std::string(registry), {}};
}

Result<Visit> Gate::enter_own_socket(policy::Source source) const {
  const policy::Decision decision = policy::admit(*snapshot_.load(), source, {});
  if (!decision.allowed()) return fail(refusal(decision, source));
  return Visit{std::move(source), {}, {}};
}

Result<void> Gate::ask(const Visit& visit, policy::Action action,
                       const oci::RepositoryName* repository) const {
  const policy::Decision decision = policy::decide(
      *snapshot_.load(), {visit.source, visit.principal, action, visit.registry, repository});
  if (decision.allowed()) return {};
  return fail(refusal(decision, visit.source).with("action", std::string(action_name(action))));
}

}  // namespace berth::access
