#include "access/network_refusal.h"

#include <fmt/format.h>

namespace berth::access {
namespace {

// Not a matter of a registry's rules: the own socket is for some users, plain HTTP for this
// machine.
bool before_the_rules(const policy::Source& source) {
  return source.own_socket || (!source.tls && !source.loopback);
}

std::string what_counts(const NetworkRefusal& refusal) {
  if (refusal.admission.endpoint_state) {
    return "The request came through a private endpoint: the state of its connection counts, no "
           "address does.";
  }
  if (!refusal.source.link.empty()) {
    return fmt::format(
        "The request came through the private link {}, which is no private endpoint of this "
        "registry, so that no address counts.",
        refusal.source.link);
  }
  if (!refusal.source.proxy.empty()) {
    return "The address that a proxy named, which the operator of this server declared.";
  }
  return "The address that reaches this server: behind a proxy, NAT or jump host it is theirs, not "
         "that of your own machine.";
}

// What services do instead that nothing lets pass, unless that was said.
std::string ways_out(const NetworkRefusal& refusal) {
  std::string out;
  for (const policy::ServiceKindRow& row : policy::service_kinds()) {
    const bool meant = (refusal.admission.ingress & policy::kinds_of(row.kind)) != 0;
    const bool said =
        row.instead == refusal.decision.reason || row.instead == refusal.admission.bypass_reason;
    if (!meant || said || row.instead.empty()) continue;
    out += fmt::format("{}{}: {}", out.empty() ? "" : "; ", row.service, row.instead);
  }
  return out;
}

void explain(Error& error, const NetworkRefusal& refusal) {
  const auto add = [&](std::string_view key, std::string value) {
    error.details.push_back({std::string(key), std::move(value)});
  };
  add(kClientAddressDetail, refusal.source.address);
  add("reason", std::string(refusal.decision.reason));
  add("counts", what_counts(refusal));
  if (!refusal.ignored_header.empty()) {
    add("ignoredHeader", fmt::format("{} was sent and did not count: where a request comes from "
                                     "is believed only of a proxy that the operator of this server "
                                     "declared, in the one header that was declared with it.",
                                     refusal.ignored_header));
  }
  if (refusal.admission.only != 0) add("only", policy::kinds_text(refusal.admission.only));
  if (refusal.admission.ingress == 0) return;
  add("services", policy::kinds_text(refusal.admission.ingress));
  const std::string_view bypass = refusal.admission.bypass_reason;
  if (!bypass.empty() && bypass != refusal.decision.reason) add("bypass", std::string(bypass));
  if (std::string instead = ways_out(refusal); !instead.empty()) add("instead", std::move(instead));
}

}  // namespace

Error network_refusal(const NetworkRefusal& refusal) {
  const auto& [decision, admission, source, ignored_header] = refusal;
  // Only on a name that the caller used as a host: no secret, and no reason to look at a firewall.
  if (decision.rule == policy::kRegistryUnknownRule) {
    return Error(Code::kResourceUnknown,
                 "This server has no registry of this name. Compare the login server with the "
                 "registry's 'loginServer' ('berth registry list', 'az acr list').");
  }
  Error error(Code::kDenied, fmt::format("Access denied: {}.", decision.reason));
  error.cause = fmt::format("rule {}", decision.rule);
  if (before_the_rules(source)) {
    if (!source.address.empty()) error.details.push_back({"clientAddress", source.address});
    return error;
  }
  error.message = fmt::format(
      "client with IP '{}' is not allowed access. Refer https://aka.ms/acr/firewall to grant "
      "access.",
      source.address);
  if (admission.only != 0 && decision.rule != policy::kLinkOtherWayRule) {
    error.message += fmt::format(" From there only services of these kinds come in: {}.",
                                 policy::kinds_text(admission.only));
  }
  error.exact_code = decision.rule;
  explain(error, refusal);
  return error;
}

}  // namespace berth::access
