// What somebody is told whom the network decision keeps out: ACR's sentence with the address that
// counted (acr-access-model A8), and in the details what explains it to people behind proxies and
// jump hosts (rows N5, N33) and to services whose bypass did not help (A6). Pure.
#pragma once

#include <string_view>

#include "base/error.h"
#include "policy/decision.h"

namespace berth::access {

struct NetworkRefusal {
  const policy::Decision& decision;
  const policy::Admission& admission;  // what admit() found, of the same snapshot
  const policy::Source& source;
  std::string_view ignored_header = {};  // access::Arrival
};

// kDenied with the rule as its exact code; kResourceUnknown for a name that no registry has.
Error network_refusal(const NetworkRefusal& refusal);

// The first detail of a refusal by a registry's network rules, and of no other error: renderers put
// the correlation id into the message of those.
inline constexpr std::string_view kClientAddressDetail = "clientIP";

}  // namespace berth::access
