#include "policy/admission.h"

#include <array>

#include "base/ascii.h"

namespace berth::policy {
namespace {

constexpr std::string_view kIpRule = "ip-rule";
constexpr std::string_view kServiceKind = "service-kind";

constexpr Decision allow(std::string_view rule) {
  return {Verdict::kAllow, rule, {}};
}
constexpr Decision deny(std::string_view rule, std::string_view reason) {
  return {Verdict::kDenyNetwork, rule, reason};
}

// By EndpointState.
constexpr std::array<Decision, 4> kEndpoints = {
    deny("private-endpoint-pending",
         "the private endpoint waits for an administrator of the registry to approve it"),
    allow("private-endpoint"),
    deny("private-endpoint-rejected",
         "an administrator of the registry rejected the private endpoint"),
    deny("private-endpoint-disconnected",
         "the private endpoint was disconnected from the registry: it has to be made anew")};

constexpr Decision kPublicAccessDisabled =
    deny("public-access-disabled",
         "public network access is disabled: only approved private endpoints are let in");
constexpr Decision kNoRule =
    deny("no-network-rule",
         "no IP rule and no virtual-network rule of the registry lets this address in");
constexpr Decision kNotOfTheKind =
    deny(kServiceKind,
         "from this network, only services of certain kinds are let in, and this identity is of "
         "none of them");

// Why services of these kinds do not bypass the rules. What no setting can cure comes first.
Decision no_bypass(const NetworkRules& rules, KindSet kinds) {
  std::string_view instead;
  bool may_be_covered = false;
  for (const ServiceKindRow& row : service_kinds()) {
    if ((kinds & kinds_of(row.kind)) == 0) continue;
    if (row.bypass != Bypass::kUncovered) may_be_covered = true;
    if (instead.empty()) instead = row.instead;
  }
  if (!may_be_covered) return deny("bypass-not-covered", instead);
  if (!rules.bypass) {
    return deny("bypass-off", "the registry does not let trusted services bypass its rules");
  }
  if (!rules.subnet_rules.empty()) {
    return deny("bypass-virtual-network-rules",
                "trusted services do not bypass the rules of a registry that has virtual-network "
                "rules");
  }
  return deny(
      "bypass-tasks",
      "tasks bypass the registry's rules only while networkRuleBypassAllowedForTasks is on");
}

// What holds whatever the registry is.
Decision admit_to_the_machine(const Snapshot& snapshot, const Source& source) {
  if (source.own_socket) {
    if (speaks_for_the_machine(snapshot, source)) return allow("own-socket");
    return deny("own-socket",
                "the server's socket is for root and for the user that runs the server");
  }
  if (!source.tls && !source.loopback) {
    return deny("loopback-only",
                "without TLS, this server answers only callers on its own machine");
  }
  return allow(source.tls ? "tls" : "loopback");
}

// Rows 2 to 6 of docs/network.md §4: whoever did not come through a private endpoint.
void admit_to_the_public(const Network& network, const std::optional<IpAddress>& address,
                         std::int64_t now, Admission& admission) {
  const NetworkRules& rules = network.rules();
  Decision& decision = admission;
  const KindSet trusted = network.bypassing(admission.ingress);
  const SubnetRule* subnet = rules.public_access ? network.subnet_rule(admission.subnet) : nullptr;
  if (rules.public_access && rules.default_allow) {
    decision = allow("default-action");
  } else if (rules.public_access && address && network.ip_rule(*address, now) != nullptr) {
    decision = allow(kIpRule);
  } else if (subnet != nullptr) {
    decision = allow("virtual-network-rule");
    admission.only = subnet->kinds;
  } else if (trusted != 0) {
    decision = allow("trusted-service");
    admission.only = trusted;
  } else {
    decision = rules.public_access ? kNoRule : kPublicAccessDisabled;
    if (admission.ingress == 0) return;
    const Decision why = no_bypass(rules, admission.ingress);
    admission.bypass_reason = why.reason;
    if (rules.public_access) decision = why;
  }
}

}  // namespace

bool speaks_for_the_machine(const Snapshot& snapshot, const Source& source) {
  return source.own_socket && source.uid &&
         (*source.uid == 0 || *source.uid == snapshot.server_uid);
}

Admission admit(const Snapshot& snapshot, const Source& source, std::string_view registry,
                TimePoint now) {
  Admission admission;
  Decision& decision = admission;
  decision = admit_to_the_machine(snapshot, source);
  admission.private_endpoint = source.private_endpoint;
  admission.subnet = source.subnet;
  if (source.own_socket || !decision.allowed()) return admission;
  // Behind a private link the address is of a network of somebody else, who chooses it.
  const auto address =
      source.link.empty() ? IpAddress::parse(source.address) : std::optional<IpAddress>();
  if (source.subnet.empty() && address && snapshot.subnets) {
    const Subnet* subnet = snapshot.subnets->find(*address, source.listener);
    if (subnet != nullptr) admission.subnet = subnet->id;
  }
  if (snapshot.ingresses) admission.ingress = snapshot.ingresses->kinds(address, source);
  if (registry.empty()) return admission;
  const RegistryPolicy* policy = snapshot.registries.find(registry);
  if (policy == nullptr) {
    decision = kUnknownRegistry;
  } else if (policy->network) {
    const EndpointRule* endpoint = policy->network->endpoint(source);
    if (endpoint != nullptr) {
      decision = kEndpoints[static_cast<std::size_t>(endpoint->state)];
      admission.private_endpoint = endpoint->id;
      admission.endpoint_state = endpoint->state;
      if (source.subnet.empty()) admission.subnet = endpoint->subnet;
    } else {
      admit_to_the_public(*policy->network, address, to_micros(now), admission);
    }
  }
  return admission;
}

Decision admit_link(const Snapshot& snapshot, const LinkRequest& request) {
  const Admission admission = admit(snapshot, request.source, request.registry, request.now);
  const Decision& decision = admission;
  if (!decision.allowed()) return decision;
  const bool same_way = request.private_endpoint.empty() ||
                        (admission.endpoint_state &&
                         equal_no_case(request.private_endpoint, admission.private_endpoint));
  if (!same_way) {
    return deny(kLinkOtherWayRule,
                "the link was given through a private endpoint and is used another way: the name "
                "of the data endpoint leads elsewhere than that of the login server; see its DNS "
                "record");
  }
  if (admission.only != 0 && (admission.only & kinds_of(request.service)) == 0) {
    return kNotOfTheKind;
  }
  return decision;
}

Decision service_may_pass(const Snapshot& snapshot, const Network& network,
                          const Admission& admission, const Principal& principal) {
  if (principal.anonymous()) {
    return {Verdict::kDenyPermission, kServiceKind,
            "from this network, only services of certain kinds are let in: sign in with the "
            "identity of the service"};
  }
  const PrincipalRecord* record =
      principal.in_directory() ? snapshot.principals.find(principal.id) : nullptr;
  const KindSet kind = record == nullptr ? 0 : kinds_of(record->service);
  if ((admission.only & kind) != 0) return allow(kServiceKind);
  if ((admission.ingress & kind) == 0) return kNotOfTheKind;
  return deny(kServiceKind, no_bypass(network.rules(), kind).reason);
}

void write_down(Trace& trace, const RegistryPolicy* registry, const Source& source,
                const Admission& admission, TimePoint now) {
  ConsideredNetwork& out = trace.network;
  out = {.address = source.address,
         .proxy = source.proxy,
         .listener = source.listener,
         .destination = source.destination,
         .link = source.link,
         .client_ca = source.client_ca,
         .private_endpoint = std::string(admission.private_endpoint),
         .endpoint_state = {},
         .subnet = std::string(admission.subnet),
         .ip_rule = {},
         .ingress = {},
         .only = {}};
  if (admission.endpoint_state) out.endpoint_state = state_name(*admission.endpoint_state);
  if (admission.rule == kIpRule && registry != nullptr) {
    const auto address = IpAddress::parse(source.address);
    const IpRule* rule = registry->network->ip_rule(*address, to_micros(now));
    if (rule != nullptr) out.ip_rule = rule->block.text();
  }
  for (const ServiceKindRow& row : service_kinds()) {
    if ((admission.ingress & kinds_of(row.kind)) != 0) out.ingress.emplace_back(row.name);
    if ((admission.only & kinds_of(row.kind)) != 0) out.only.emplace_back(row.name);
  }
}

}  // namespace berth::policy
