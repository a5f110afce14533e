// The records that a private network needs for a registry's private endpoint, as name servers read
// them: the login server and each data host lead to the endpoint's addresses. Berth's certificates
// are for these very names, so they are answered directly; there is no privatelink zone between.
// Every format hides only these names of the domain: others resolve as before. Pure.
// Facts: dnsmasq(8); BIND 9 response-policy; CoreDNS hosts; az network private-dns.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "cli/network_resource.h"

namespace berth::cli {

// Places whose private addresses are those of one endpoint.
using Records = std::span<const ServedHost>;

std::string dnsmasq_text(Records records);
// `serial`: higher than at the last time; seconds since 1970 are.
std::string bind_text(Records records, std::uint32_t serial);
std::string coredns_text(Records records);
std::string azure_dns_text(Records records);

}  // namespace berth::cli
