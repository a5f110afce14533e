// The places of a registry as other programs read them: what a client's firewall, proxy or hosts
// file must have. Whole files, fit to be used as they are. Pure.
// Facts: Azure's service-tag file; nft(8); squid.conf acl and http_access; hosts(5).
#pragma once

#include <boost/json/fwd.hpp>
#include <span>
#include <string>

#include "cli/network_resource.h"

namespace berth::cli {

// "the addresses of HOST were looked up here; …": what files say of such a place.
std::string looked_up_text(const ServedHost& place);

// `values` has one tag, "Berth.<region>". changeNumber differs when, and only when, the addresses
// do.
boost::json::object service_tags(const std::string& region, std::span<const ServedHost> places);
// Sets of address and port, and a chain that accepts them, in the table that Debian's rules use: an
// accept in another table would not help against a drop in that one. Loaded twice it is the same.
std::string nftables_text(const std::string& registry, std::span<const ServedHost> places);
std::string squid_text(const std::string& registry, std::span<const ServedHost> places);
std::string hosts_text(std::span<const ServedHost> places);

}  // namespace berth::cli
