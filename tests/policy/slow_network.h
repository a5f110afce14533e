// Who may come in, a second time: acr-access-model A2 read aloud, step by step, over the rules as
// an operator writes them: texts, in lists, looked through from the first to the last. Shares with
// the engine nothing but the Source. What Berth adds to A2 is docs/network.md §4: endpoints that
// are not approved, rules that expire, subnet rules for kinds, ways that are declared for services.
// Pure; tests only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/source.h"

namespace berth::permissions {

struct PlainIpRule {
  std::string block;         // as written, host bits and all
  std::int64_t expires = 0;  // microseconds since 1970; 0: never
};
struct PlainSubnetRule {
  std::string subnet;
  std::vector<std::string> kinds;
};
struct PlainEndpoint {
  std::string id, state;
  std::vector<std::string> links;
};
struct PlainSubnet {
  std::string id, listener, block;
};
struct PlainIngress {
  std::string kind;
  std::vector<std::string> networks, listeners, client_cas;
};
// One registry's rules and what is declared around it.
struct PlainNetwork {
  bool public_access = true, default_allow = true, bypass = true, bypass_for_tasks = false;
  std::vector<PlainIpRule> ip_rules;
  std::vector<PlainSubnetRule> subnet_rules;
  std::vector<PlainEndpoint> endpoints;
  std::vector<PlainSubnet> subnets;
  std::vector<PlainIngress> ingresses;
};
std::string to_text(const PlainNetwork& network);

// The bits of an address as characters '0' and '1': 32 of IPv4, 128 of IPv6; none: it is none.
std::optional<std::string> address_bits(std::string_view text);
// The bits that an address of the block begins with, and its family.
struct PlainBlock {
  std::size_t family = 0;
  std::string begins;
  bool holds(const std::string& bits) const;
};
PlainBlock plain_block(std::string_view text);

class SlowNetwork {
 public:
  explicit SlowNetwork(PlainNetwork network);

  // What of a source counts, whoever it is.
  struct Seen {
    const PlainEndpoint* endpoint = nullptr;
    std::string subnet;
    std::vector<std::string> declared;  // kinds of service
    bool ip_rule = false;
  };
  struct Answer {
    bool in = false;
    std::string rule;
  };
  Seen look(const policy::Source& source, std::int64_t now) const;
  // For an identity of that kind of service; empty: of none, or nobody.
  Answer answer(const Seen& seen, std::string_view kind) const;
  // Who gets in: everybody, or these kinds; and by which rule, or why nobody does.
  struct Door {
    bool everybody = false;
    std::vector<std::string> kinds;
    std::string rule;
  };
  Door door(const Seen& seen) const;

 private:
  const PlainEndpoint* endpoint(const policy::Source& source) const;
  std::string subnet(const policy::Source& source, const std::string& bits) const;
  bool bypass_applies(std::string_view kind) const;
  std::string why_nobody(const Seen& seen) const;

  PlainNetwork network_;
  std::vector<PlainBlock> ip_blocks_, subnet_blocks_;
  std::vector<std::vector<PlainBlock>> ingress_blocks_;
};

inline constexpr std::string_view kAllKinds[] = {"vm",
                                                 "kubernetes",
                                                 "container-instances",
                                                 "machine-learning",
                                                 "scanner",
                                                 "import",
                                                 "tasks",
                                                 "app-service",
                                                 "devops"};

}  // namespace berth::permissions
