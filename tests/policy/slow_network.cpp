#include "slow_network.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bitset>
#include <cctype>
#include <utility>

namespace berth::permissions {
namespace {

bool among(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool same_id(const std::string& a, const std::string& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return std::tolower(static_cast<unsigned char>(x)) ==
                  std::tolower(static_cast<unsigned char>(y));
         });
}

template <std::size_t kBits>
std::string binary(const std::string& digits, int base) {
  return std::bitset<kBits>(std::stoul(digits, nullptr, base)).to_string();
}

std::string v4_bits(const std::string& text) {
  std::string bits;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t dot = std::min(text.find('.', at), text.size());
    bits += binary<8>(text.substr(at, dot - at), 10);
    at = dot + 1;
  }
  return bits;
}

// Of groups between colons, the last of which may be written as IPv4.
std::string groups_bits(const std::string& text) {
  std::string bits;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t colon = std::min(text.find(':', at), text.size());
    const std::string group = text.substr(at, colon - at);
    bits += group.find('.') == std::string::npos ? binary<16>(group, 16) : v4_bits(group);
    at = colon + 1;
  }
  return bits;
}

std::string v6_bits(const std::string& text) {
  const std::size_t gap = text.find("::");
  if (gap == std::string::npos) return groups_bits(text);
  const std::string left = groups_bits(text.substr(0, gap));
  const std::string right = groups_bits(text.substr(gap + 2));
  return left + std::string(128 - left.size() - right.size(), '0') + right;
}

const std::string& mapped() {
  static const std::string bits = std::string(80, '0') + std::string(16, '1');
  return bits;
}

// An address has many spellings.
std::string spelled(const std::string& link) {
  const std::string address = "address:";
  if (!link.starts_with(address)) return link;
  return address + address_bits(link.substr(address.size())).value_or("");
}

// The names of the ways here, in the order that counts. A private link is the only one.
std::vector<std::string> links_of(const policy::Source& source) {
  if (!source.link.empty()) return {source.link};
  std::vector<std::string> links;
  if (!source.client_ca.empty()) links.push_back("ca:" + source.client_ca);
  if (!source.listener.empty()) links.push_back("listener:" + source.listener);
  if (!source.destination.empty()) links.push_back(spelled("address:" + source.destination));
  return links;
}

}  // namespace

std::optional<std::string> address_bits(std::string_view text) {
  const std::string copy(text);
  if (copy.empty() || copy.find_first_not_of("0123456789abcdefABCDEF.:") != std::string::npos) {
    return std::nullopt;
  }
  if (copy.find(':') == std::string::npos) return v4_bits(copy);
  std::string bits = v6_bits(copy);
  return bits.starts_with(mapped()) ? bits.substr(96) : bits;
}

bool PlainBlock::holds(const std::string& bits) const {
  return bits.size() == family && bits.starts_with(begins);
}

PlainBlock plain_block(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  const bool v4 = address.find(':') == std::string::npos;
  std::string bits = v4 ? v4_bits(address) : v6_bits(address);
  std::size_t length = bits.size();
  if (slash != std::string_view::npos) length = std::stoul(std::string(text.substr(slash + 1)));
  bits = bits.substr(0, length);
  if (v4) return {32, bits};
  if (bits.starts_with(mapped())) return {32, bits.substr(96)};
  return {128, bits};
}

SlowNetwork::SlowNetwork(PlainNetwork network) : network_(std::move(network)) {
  for (auto& endpoint : network_.endpoints) {
    for (auto& link : endpoint.links) link = spelled(link);
  }
  for (const auto& rule : network_.ip_rules) ip_blocks_.push_back(plain_block(rule.block));
  for (const auto& one : network_.subnets) subnet_blocks_.push_back(plain_block(one.block));
  for (const auto& ingress : network_.ingresses) {
    ingress_blocks_.emplace_back();
    for (const auto& text : ingress.networks) ingress_blocks_.back().push_back(plain_block(text));
  }
}

const PlainEndpoint* SlowNetwork::endpoint(const policy::Source& source) const {
  for (const auto& endpoint : network_.endpoints) {
    if (same_id(endpoint.id, source.private_endpoint)) return &endpoint;
  }
  for (const auto& link : links_of(source)) {
    for (const std::string_view state : {"Approved", "Pending", "Rejected", "Disconnected"}) {
      for (const auto& endpoint : network_.endpoints) {
        if (endpoint.state != state) continue;
        if (among(endpoint.links, link)) return &endpoint;
      }
    }
  }
  return nullptr;
}

std::string SlowNetwork::subnet(const policy::Source& source, const std::string& bits) const {
  if (!source.subnet.empty()) return source.subnet;
  for (const bool of_the_listener : {true, false}) {
    const PlainSubnet* found = nullptr;
    std::size_t longest = 0;
    for (std::size_t i = 0; i < network_.subnets.size(); ++i) {
      const auto& one = network_.subnets[i];
      if (one.listener != (of_the_listener ? source.listener : "")) continue;
      if (!subnet_blocks_[i].holds(bits)) continue;
      if (found != nullptr && subnet_blocks_[i].begins.size() <= longest) continue;
      found = &one;
      longest = subnet_blocks_[i].begins.size();
    }
    if (found != nullptr) return found->id;
  }
  return "";
}

SlowNetwork::Seen SlowNetwork::look(const policy::Source& source, std::int64_t now) const {
  Seen seen;
  // An address behind a private link is one of somebody else's network.
  const std::string bits =
      source.link.empty() ? address_bits(source.address).value_or("") : std::string();
  seen.endpoint = endpoint(source);
  seen.subnet = subnet(source, bits);
  if (seen.endpoint != nullptr) seen.subnet = source.subnet;  // none here stands in a subnet
  for (std::size_t i = 0; i < network_.ingresses.size(); ++i) {
    const auto& ingress = network_.ingresses[i];
    bool here =
        among(ingress.listeners, source.listener) || among(ingress.client_cas, source.client_ca);
    for (const auto& block : ingress_blocks_[i]) here = here || block.holds(bits);
    if (here && !among(seen.declared, ingress.kind)) seen.declared.push_back(ingress.kind);
  }
  for (std::size_t i = 0; i < network_.ip_rules.size(); ++i) {
    const auto expires = network_.ip_rules[i].expires;
    if ((expires == 0 || now < expires) && ip_blocks_[i].holds(bits)) seen.ip_rule = true;
  }
  return seen;
}

// A6, and A4: not for a registry set up with service endpoints.
bool SlowNetwork::bypass_applies(std::string_view kind) const {
  if (!network_.bypass || !network_.subnet_rules.empty()) return false;
  if (kind == "container-instances" || kind == "scanner" || kind == "machine-learning") return true;
  if (kind == "import") return true;
  return kind == "tasks" && network_.bypass_for_tasks;
}

SlowNetwork::Answer SlowNetwork::answer(const Seen& seen, std::string_view kind) const {
  // 1. Over an approved private endpoint: allow; IP rules are not consulted.
  if (seen.endpoint != nullptr) {
    if (seen.endpoint->state == "Approved") return {true, "private-endpoint"};
    if (seen.endpoint->state == "Pending") return {false, "private-endpoint-pending"};
    if (seen.endpoint->state == "Rejected") return {false, "private-endpoint-rejected"};
    return {false, "private-endpoint-disconnected"};
  }
  // 2. The caller is a trusted service and the bypass applies: allow.
  if (among(seen.declared, kind) && bypass_applies(kind)) return {true, "trusted-service"};
  // 3. Public network access disabled: deny, also service-endpoint subnets.
  if (!network_.public_access) return {false, "public-access-disabled"};
  // 4. The default action is Allow: allow.
  if (network_.default_allow) return {true, "default-action"};
  // 5. The address in an IP rule, or the subnet in a virtual-network rule: allow; else deny.
  if (seen.ip_rule) return {true, "ip-rule"};
  for (const auto& rule : network_.subnet_rules) {
    if (!same_id(rule.subnet, seen.subnet)) continue;
    if (rule.kinds.empty() || among(rule.kinds, kind)) return {true, "virtual-network-rule"};
  }
  return {false, "no-network-rule"};
}

std::string SlowNetwork::why_nobody(const Seen& seen) const {
  const std::string rule = answer(seen, "").rule;
  if (rule != "no-network-rule" || seen.declared.empty()) return rule;
  const bool tasks = among(seen.declared, "tasks");
  const bool covered = tasks || among(seen.declared, "container-instances") ||
                       among(seen.declared, "import") || among(seen.declared, "machine-learning") ||
                       among(seen.declared, "scanner");
  if (!covered) return "bypass-not-covered";
  if (!network_.bypass) return "bypass-off";
  return network_.subnet_rules.empty() ? "bypass-tasks" : "bypass-virtual-network-rules";
}

SlowNetwork::Door SlowNetwork::door(const Seen& seen) const {
  const Answer anybody = answer(seen, "");
  if (anybody.in) return {true, {}, anybody.rule};
  Door door;
  for (const auto kind : kAllKinds) {
    const Answer one = answer(seen, kind);
    if (!one.in) continue;
    door.kinds.emplace_back(kind);
    door.rule = one.rule;
  }
  if (door.kinds.empty()) door.rule = why_nobody(seen);
  return door;
}

std::string to_text(const PlainNetwork& network) {
  std::string out =
      fmt::format("public {}, default allow {}, bypass {}, for tasks {}\n", network.public_access,
                  network.default_allow, network.bypass, network.bypass_for_tasks);
  for (const auto& rule : network.ip_rules) {
    out += fmt::format("ip {} until {}\n", rule.block, rule.expires);
  }
  for (const auto& rule : network.subnet_rules) {
    out += fmt::format("subnet rule {} [{}]\n", rule.subnet, fmt::join(rule.kinds, " "));
  }
  for (const auto& one : network.endpoints) {
    out += fmt::format("endpoint {} {} [{}]\n", one.id, one.state, fmt::join(one.links, " "));
  }
  for (const auto& one : network.subnets) {
    out += fmt::format("subnet {} '{}' {}\n", one.id, one.listener, one.block);
  }
  for (const auto& one : network.ingresses) {
    out += fmt::format("ingress {} [{}] [{}] [{}]\n", one.kind, fmt::join(one.networks, " "),
                       fmt::join(one.listeners, " "), fmt::join(one.client_cas, " "));
  }
  return out;
}

}  // namespace berth::permissions
